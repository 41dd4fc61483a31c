package io.aiwm.controller.job;

import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * A schedule as it is asked for.
 *
 * @param cron five fields or a macro, see {@link Cron}
 * @param timeZone an IANA name; null: UTC
 * @param catchUp what becomes of times that passed while no controller ran; null: none of them runs
 * @param overlap what happens when a run is due while an earlier one is open; null: both run
 * @param enabled null: yes
 * @param job the body of {@code POST /api/jobs}
 */
@RecordBuilder
public record ScheduleRequest(
        String name,
        String cron,
        String timeZone,
        Schedule.CatchUp catchUp,
        Schedule.Overlap overlap,
        Boolean enabled,
        Instant startAt,
        Instant endAt,
        JsonObject job) {}
