package io.aiwm.controller.job;

import io.aiwm.common.InstantText;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

    /** Room for so many, so that the map of most views need not grow. */
    private static final int USUAL_FIELDS = 48;

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
        var json = new JsonObject(new LinkedHashMap<>(USUAL_FIELDS))
                .put("id", job.id())
                .put("version", job.version());
        put(json, "name", job.name());
        json.put("status", job.phase().name()).put("progress", job.progress());
        asked(json, spec, whole);
        how(json, job, step);
        if (array != null) {
            json.put("array", array(array, step, counts));
        } else {
            put(json, "nodeId", step.nodeId());
            json.put("attempt", step.attempt());
        }
        if (JobPlans.TASK.equals(job.type()) && job.parentExecutionId() != null) {
            json.put("parentJobId", job.parentExecutionId()).put("index", ArraySpec.indexOf(job));
        }
        if (JobPlans.SCHEDULE.equals(job.resourceType())) {
            put(json, "scheduleId", job.resourceId());
        }
        if (whole && array == null) {
            var attempts = new JsonArray();
            for (int i = 0; i < step.attempt(); i++) {
                attempts.add(attempt(step.attempts().get(i), i + 1));
            }
            json.put("attempts", attempts);
        }
        return json;
    }

    private static void asked(JsonObject json, StepSpec spec, boolean whole) {
        JsonObject data = SecretValues.masked(spec.data());
        for (String field : SHOWN) {
            if (whole || !LONG.contains(field)) {
                put(json, field, data.getValue(field));
            }
        }
        json.put("requirements", requirements(spec))
                .put("priority", spec.priority())
                .put("preemptible", spec.preemptible());
        put(json, "timeoutMs", spec.timeoutMs());
        json.put("maxRetries", spec.maxRetries())
                .put("onNodeLost", spec.onNodeLost().wire());
    }

    private static void how(JsonObject json, Execution job, Step step) {
        JsonObject output = step.output();
        if (output != null && !ArraySpec.is(job)) {
            put(json, "exitCode", output.getValue("exitCode"));
            put(json, "oomKilled", output.getValue("oomKilled"));
            put(json, "logFile", logFile(output));
        }
        put(json, "error", object(job.error()));
        put(json, "cancelReason", job.cancelReason());
        put(json, "waitingReason", step.status() == StepState.QUEUED ? step.message() : null);
        put(json, "message", step.status().isOpenAttempt() ? step.message() : null);
        time(json, "notBefore", step.notBefore());
        time(json, "createdAt", job.createdAt());
        time(json, "queuedAt", step.queuedAt());
        time(json, "startedAt", step.current() == null ? null : step.current().startedAt());
        time(json, "finishedAt", job.finishedAt());
    }

    /** What was kept of the log and what was not; null where its worker has kept none. @param output of the job's step */
    public static JsonObject logFile(JsonObject output) {
        JsonObject log = output == null ? null : output.getJsonObject("log");
        if (log == null) {
            return null;
        }
        var json = new JsonObject();
        for (String field : LOG_FILE) {
            put(json, field, log.getValue(field));
        }
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
        var json = new JsonObject().put("number", number);
        put(json, "nodeId", attempt.nodeId());
        time(json, "queuedAt", attempt.queuedAt());
        time(json, "assignedAt", attempt.assignedAt());
        time(json, "deadline", attempt.deadline());
        time(json, "startedAt", attempt.startedAt());
        time(json, "finishedAt", attempt.finishedAt());
        put(
                json,
                "outcome",
                attempt.outcome() == null ? null : attempt.outcome().name());
        put(json, "error", object(attempt.error()));
        put(json, "claim", attempt.claim() == null ? null : attempt.claim().json());
        return json;
    }

    private static JsonObject requirements(StepSpec spec) {
        var json = new JsonObject();
        Requires needs = spec.requires();
        if (needs != null) {
            put(json, "cpu", needs.cpu());
            put(json, "memoryBytes", needs.memoryBytes());
            put(json, "gpus", object(needs.gpus()));
            put(json, "zone", needs.zone());
            put(json, "labelSelector", needs.labelSelector());
            put(json, "capabilities", array(needs.capabilities()));
            put(json, "runtime", needs.runtime());
            put(json, "role", needs.role());
        }
        put(json, "nodeId", spec.nodeId());
        if (needs != null) {
            put(json, "models", array(needs.models()));
            put(json, "diskBytes", needs.diskBytes());
        }
        return json;
    }

    private static JsonObject object(Object record) {
        return record == null ? null : Json.toObject(record);
    }

    private static JsonArray array(List<String> texts) {
        return texts == null ? null : new JsonArray(new ArrayList<Object>(texts));
    }

    private static void time(JsonObject json, String name, Instant moment) {
        if (moment != null) {
            json.put(name, InstantText.of(moment));
        }
    }

    /** A field without a value is left out. */
    private static void put(JsonObject json, String name, Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
