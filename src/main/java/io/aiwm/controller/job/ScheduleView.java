package io.aiwm.controller.job;

import io.aiwm.controller.secret.SecretValues;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/** How a schedule looks over REST. Secrets of its job are masked. */
final class ScheduleView {
    static final int NEXT_RUNS = 5;

    private ScheduleView() {}

    static JsonObject of(Schedule schedule, Instant now) {
        var runs = new JsonArray();
        for (int i = schedule.runs().size() - 1; i >= 0; i--) {
            runs.add(run(schedule.runs().get(i)));
        }
        var next = new JsonArray();
        if (schedule.enabled()) {
            schedule.dueAfter(now, NEXT_RUNS).forEach(time -> next.add(time.toString()));
        }
        var json = new JsonObject()
                .put("id", schedule.id())
                .put("version", schedule.version())
                .put("name", schedule.name())
                .put("cron", schedule.cron())
                .put("timeZone", schedule.timeZone())
                .put("catchUp", schedule.catchUp().wire())
                .put("overlap", schedule.overlap().wire())
                .put("enabled", schedule.enabled())
                .put("startAt", text(schedule.startAt()))
                .put("endAt", text(schedule.endAt()))
                .put("job", SecretValues.masked(schedule.job()))
                .put("createdBy", schedule.createdBy())
                .put("createdAt", text(schedule.createdAt()))
                .put("updatedAt", text(schedule.updatedAt()))
                .put("nextRuns", next)
                .put("lastRuns", runs);
        json.getMap().values().removeIf(Objects::isNull);
        return json;
    }

    /** @param states of jobs of its runs, by their ids */
    static JsonObject withStates(JsonObject shown, Map<String, String> states) {
        shown.getJsonArray("lastRuns").forEach(item -> {
            var run = (JsonObject) item;
            String state = states.get(run.getString("jobId", ""));
            if (state != null) {
                run.put("jobStatus", state);
            }
        });
        return shown;
    }

    private static JsonObject run(Schedule.Run run) {
        var json = new JsonObject()
                .put("at", text(run.at()))
                .put("jobId", run.jobId())
                .put("reason", run.reason())
                .put("by", run.by());
        json.getMap().values().removeIf(Objects::isNull);
        return json;
    }

    private static String text(Instant moment) {
        return moment == null ? null : moment.toString();
    }
}
