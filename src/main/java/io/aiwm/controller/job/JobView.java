package io.aiwm.controller.job;

import io.aiwm.common.Json;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.secret.SecretValues;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/** How an execution looks as a job: what was asked for and how far it is, side by side. Secrets are masked. */
public final class JobView {
    /** Of JobCommand, under the same names. */
    private static final List<String> SHOWN = List.of(
            "image",
            "command",
            "entrypoint",
            "env",
            "secretEnv",
            "workDir",
            "network",
            "user",
            "readOnlyRoot",
            "pidsLimit",
            "pullPolicy",
            "registryAuth",
            "inputs",
            "outputs",
            "logLimitBytes",
            "graceMs",
            "resumeFrom",
            "shmBytes",
            "ulimits",
            "init",
            "tmpfs",
            "ipc",
            "stopSignal",
            "groups");
    /** What a list leaves out: it may be large. */
    private static final List<String> LONG =
            List.of("env", "secretEnv", "registryAuth", "entrypoint", "outputs", "ulimits", "tmpfs", "groups");

    private static final List<String> LOG_FILE = List.of("fileId", "sha256", "sizeBytes", "truncated", "droppedBytes");

    private JobView() {}

    /** With everything. @param counts of the tasks as they are now; null where it is no array, or nobody has counted */
    static JsonObject of(Execution job, ArrayCounts counts) {
        return of(job, counts, true);
    }

    /** What a list or an event shows: neither environment nor attempts. */
    public static JsonObject listed(Execution job) {
        return of(job, null, false);
    }

    private static JsonObject of(Execution job, ArrayCounts counts, boolean whole) {
        Step step = job.steps().get(0);
        ArraySpec array = ArraySpec.is(job) ? ArraySpec.of(job) : null;
        StepSpec spec = array == null ? step.spec() : array.each();
        var json = new JsonObject()
                .put("id", job.id())
                .put("version", job.version())
                .put("name", job.name())
                .put("status", job.phase().name())
                .put("progress", job.progress());
        asked(json, spec, whole);
        how(json, job, step);
        if (array != null) {
            json.put("array", array(array, step, counts));
        } else {
            json.put("nodeId", step.nodeId()).put("attempt", step.attempt());
        }
        if (JobPlans.TASK.equals(job.type()) && job.parentExecutionId() != null) {
            json.put("parentJobId", job.parentExecutionId()).put("index", ArraySpec.indexOf(job));
        }
        if (JobPlans.SCHEDULE.equals(job.resourceType())) {
            json.put("scheduleId", job.resourceId());
        }
        if (whole && array == null) {
            var attempts = new JsonArray();
            for (int i = 0; i < step.attempt(); i++) {
                attempts.add(attempt(step.attempts().get(i), i + 1));
            }
            json.put("attempts", attempts);
        }
        json.getMap().values().removeIf(java.util.Objects::isNull);
        return json;
    }

    private static void asked(JsonObject json, StepSpec spec, boolean whole) {
        JsonObject data = SecretValues.masked(spec.data());
        for (String field : SHOWN) {
            if (whole || !LONG.contains(field)) {
                json.put(field, data.getValue(field));
            }
        }
        json.put("requirements", Json.toObject(requirements(spec)))
                .put("priority", spec.priority())
                .put("preemptible", spec.preemptible())
                .put("timeoutMs", spec.timeoutMs())
                .put("maxRetries", spec.maxRetries())
                .put("onNodeLost", spec.onNodeLost().wire());
    }

    private static void how(JsonObject json, Execution job, Step step) {
        JsonObject output = step.output();
        if (output != null && !ArraySpec.is(job)) {
            json.put("exitCode", output.getValue("exitCode"))
                    .put("oomKilled", output.getValue("oomKilled"))
                    .put("logFile", logFile(output));
        }
        json.put("error", job.error() == null ? null : Json.toObject(job.error()))
                .put("cancelReason", job.cancelReason())
                .put("waitingReason", step.status() == StepState.QUEUED ? step.message() : null)
                .put("message", step.status().isOpenAttempt() ? step.message() : null)
                .put("notBefore", text(step.notBefore()))
                .put("createdAt", text(job.createdAt()))
                .put("queuedAt", text(step.queuedAt()))
                .put(
                        "startedAt",
                        text(step.current() == null ? null : step.current().startedAt()))
                .put("finishedAt", text(job.finishedAt()));
    }

    /** What was kept of the log and what was not; null where its worker has kept none. @param output of the job's step */
    public static JsonObject logFile(JsonObject output) {
        JsonObject log = output == null ? null : output.getJsonObject("log");
        if (log == null) {
            return null;
        }
        var json = new JsonObject();
        for (String field : LOG_FILE) {
            json.put(field, log.getValue(field));
        }
        json.getMap().values().removeIf(java.util.Objects::isNull);
        return json;
    }

    /** The counts of now, or those it ended with. */
    private static JsonObject array(ArraySpec array, Step step, ArrayCounts counts) {
        var json = new JsonObject()
                .put("count", array.count())
                .put("parallelism", array.parallelism())
                .put("tolerance", array.tolerance());
        JsonObject tasks = counts != null ? counts.shown() : step.output();
        return tasks == null ? json : json.put("tasks", tasks);
    }

    private static JsonObject attempt(Attempt attempt, int number) {
        var json = new JsonObject()
                .put("number", number)
                .put("nodeId", attempt.nodeId())
                .put("queuedAt", text(attempt.queuedAt()))
                .put("assignedAt", text(attempt.assignedAt()))
                .put("deadline", text(attempt.deadline()))
                .put("startedAt", text(attempt.startedAt()))
                .put("finishedAt", text(attempt.finishedAt()))
                .put(
                        "outcome",
                        attempt.outcome() == null ? null : attempt.outcome().name())
                .put("error", attempt.error() == null ? null : Json.toObject(attempt.error()))
                .put("claim", attempt.claim() == null ? null : Json.toObject(attempt.claim()));
        json.getMap().values().removeIf(java.util.Objects::isNull);
        return json;
    }

    private static String text(Instant moment) {
        return moment == null ? null : moment.toString();
    }

    private static JobRequest.Requirements requirements(StepSpec spec) {
        var shown = JobRequestRequirementsBuilder.builder().nodeId(spec.nodeId());
        Requires needs = spec.requires();
        if (needs != null) {
            shown.cpu(needs.cpu())
                    .memoryBytes(needs.memoryBytes())
                    .gpus(needs.gpus())
                    .zone(needs.zone())
                    .labelSelector(needs.labelSelector())
                    .capabilities(needs.capabilities())
                    .runtime(needs.runtime())
                    .role(needs.role())
                    .models(needs.models())
                    .diskBytes(needs.diskBytes());
        }
        return shown.build();
    }
}
