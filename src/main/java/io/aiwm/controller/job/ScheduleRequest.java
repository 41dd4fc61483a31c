package io.aiwm.controller.job;

import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

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
        JsonObject job) {
    /** What follows from it, with the defaults; not due yet. */
    Schedule schedule(String id, String by, Instant created, Instant now, List<Schedule.Run> runs) {
        return ScheduleBuilder.builder()
                .id(id)
                .version(1)
                .name(name)
                .cron(cron)
                .timeZone(Objects.requireNonNullElse(timeZone, "UTC"))
                .catchUp(Objects.requireNonNullElse(catchUp, Schedule.CatchUp.NONE))
                .overlap(Objects.requireNonNullElse(overlap, Schedule.Overlap.ALLOW))
                .enabled(!Boolean.FALSE.equals(enabled))
                .startAt(startAt)
                .endAt(endAt)
                .job(job)
                .createdBy(by)
                .createdAt(created)
                .updatedAt(now)
                .nextAtMs(Schedule.NEVER)
                .runs(runs)
                .build();
    }
}
