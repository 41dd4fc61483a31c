package io.aiwm.controller.api;

import io.aiwm.common.InstantText;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.TransferProgress;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** How an execution looks over REST: what was asked for and how far it is, side by side. */
public final class ExecutionView {
    /** What the notes call the end of a run that was retried later. */
    private static final Set<String> ENDS = Arrays.stream(ExecutionState.values())
            .filter(ExecutionState::isFinal)
            .map(ExecutionState::name)
            .collect(Collectors.toUnmodifiableSet());

    private ExecutionView() {}

    /** What a list or an event shows: no data, no attempts. */
    public static JsonObject summary(Execution execution) {
        var steps = new JsonArray();
        for (Step step : execution.steps()) {
            var shown = new JsonObject()
                    .put("index", step.spec().index())
                    .put("command", step.spec().command())
                    .put("status", step.status().name())
                    .put("progress", step.progress());
            put(shown, "name", step.spec().name());
            put(shown, "nodeId", step.nodeId());
            put(shown, "message", step.message());
            put(shown, "transfer", step.transfer());
            steps.add(shown);
        }
        var json = begun(execution);
        put(json, "resourceId", execution.resourceId());
        put(json, "createdAt", execution.createdAt());
        put(json, "finishedAt", execution.finishedAt());
        put(json, "error", execution.error());
        put(json, "waiting", waiting(execution));
        return json.put("steps", steps);
    }

    /**
     * What a begun execution waits for of which no step is with a worker: its first step that could run. Null where it does
     * not wait. One look at each step, no question to anybody.
     */
    private static JsonObject waiting(Execution execution) {
        Step first = null;
        for (Step step : execution.status() == ExecutionState.RUNNING ? execution.steps() : List.<Step>of()) {
            if (step.status().isOpenAttempt()) {
                return null;
            }
            first = first == null && step.status() == StepState.QUEUED ? step : first;
        }
        if (first == null) {
            return null;
        }
        var json = new JsonObject().put("step", first.spec().index());
        put(json, "reason", first.message());
        put(json, "since", first.queuedAt());
        put(json, "until", first.notBefore());
        return json;
    }

    private static JsonObject begun(Execution execution) {
        var json = new JsonObject()
                .put("id", execution.id())
                .put("version", execution.version())
                .put("status", execution.status().name())
                .put("progress", execution.progress());
        put(json, "name", execution.name());
        return json;
    }

    /** With everything. */
    static JsonObject of(Execution execution) {
        return of(execution, true);
    }

    /** As {@link #of}, without what steps are given and give back: a thousand of those would be a gigabyte. */
    static JsonObject listed(Execution execution) {
        return of(execution, false);
    }

    private static JsonObject of(Execution execution, boolean whole) {
        var json = begun(execution);
        put(json, "category", execution.category());
        put(json, "type", execution.type());
        put(json, "resourceType", execution.resourceType());
        put(json, "resourceId", execution.resourceId());
        put(json, "parentExecutionId", execution.parentExecutionId());
        json.put("timeoutMs", execution.timeoutMs());
        put(json, "createdAt", execution.createdAt());
        put(json, "startedAt", execution.startedAt());
        put(json, "finishedAt", execution.finishedAt());
        put(json, "cancelReason", execution.cancelReason());
        put(json, "error", execution.error());
        put(json, "waiting", waiting(execution));
        var steps = new JsonArray();
        execution.steps().forEach(step -> steps.add(of(step, whole)));
        return json.put("steps", steps);
    }

    private static JsonObject of(Step step, boolean whole) {
        StepSpec spec = step.spec();
        var json = new JsonObject().put("index", spec.index());
        put(json, "name", spec.name());
        json.put("command", spec.command());
        if (whole) {
            json.put("data", SecretValues.maskedData(spec.data()));
        }
        json.put("dependsOn", new JsonArray(new ArrayList<Object>(spec.dependsOn())))
                .put("optional", spec.optional())
                .put("maxRetries", spec.maxRetries())
                .put("onNodeLost", spec.onNodeLost().wire());
        put(json, "timeoutMs", spec.timeoutMs());
        put(json, "sameNodeAs", spec.sameNodeAs());
        if (spec.requires() != null) {
            JsonObject requirements = Json.toObject(spec.requires());
            // the second is the old word, until version 0.3
            json.put("requirements", requirements).put("requires", requirements.copy());
        }
        json.put("priority", spec.priority());
        if (spec.preemptible()) {
            json.put("preemptible", true);
        }
        put(json, "gang", spec.gang());
        json.put("status", step.status().name()).put("attempt", step.attempt()).put("progress", step.progress());
        put(json, "nodeId", step.nodeId() == null ? spec.nodeId() : step.nodeId());
        put(json, "message", step.message());
        put(json, "transfer", step.transfer());
        put(json, "output", whole && step.output() != null ? SecretValues.maskedData(step.output()) : null);
        put(json, "error", step.error());
        put(json, "queuedAt", step.queuedAt());
        put(json, "notBefore", step.notBefore());
        Attempt current = step.current();
        if (current != null) {
            put(json, "assignedAt", current.assignedAt());
            put(json, "startedAt", current.startedAt());
            put(json, "finishedAt", current.finishedAt());
        }
        var attempts = new JsonArray();
        for (int i = 0; i < step.attempt(); i++) {
            attempts.add(of(step.attempts().get(i), i + 1));
        }
        return json.put("attempts", attempts);
    }

    private static JsonObject of(Attempt attempt, int number) {
        var json = new JsonObject()
                .put("number", number)
                .put("nodeId", attempt.nodeId())
                .put("sentMessageId", attempt.messageId());
        put(json, "receivedMessageId", attempt.resultMessageId());
        put(json, "queuedAt", attempt.queuedAt());
        put(json, "assignedAt", attempt.assignedAt());
        put(json, "deadline", attempt.deadline());
        put(json, "startedAt", attempt.startedAt());
        put(json, "finishedAt", attempt.finishedAt());
        put(
                json,
                "outcome",
                attempt.outcome() == null ? null : attempt.outcome().name());
        put(json, "error", attempt.error());
        if (attempt.claim() != null) {
            json.put("claim", attempt.claim().json());
        }
        if (attempt.eviction() != null) {
            json.put("eviction", Json.toObject(attempt.eviction()));
        }
        return json;
    }

    /** The audit trail: notes and the transitions that the attempts tell, oldest first. */
    static List<JsonObject> audit(Execution execution) {
        var entries = new ArrayList<JsonObject>();
        var ends = new ArrayList<JsonObject>();
        for (Execution.Note note : execution.notes()) {
            var entry = entry(note.at(), note.event(), note.stepIndex()).put("actor", note.actor());
            put(entry, "attempt", note.attempt());
            put(entry, "detail", note.detail());
            (ENDS.contains(note.event()) ? ends : entries).add(entry);
        }
        for (Step step : execution.steps()) {
            for (int i = 0; i < step.attempt(); i++) {
                audit(entries, step.spec().index(), i + 1, step.attempts().get(i));
            }
        }
        entries.addAll(ends);
        if (execution.finishedAt() != null) {
            entries.add(entry(execution.finishedAt(), execution.status().name(), null)
                    .put("actor", "system"));
        }
        // entries of one moment keep the order in which they were collected: queued, assigned, running, ended
        entries.sort(Comparator.comparing(entry -> entry.getInstant("at")));
        return entries;
    }

    private static void audit(List<JsonObject> entries, int step, int number, Attempt attempt) {
        attempt(entries, attempt.queuedAt(), "QUEUED", step, number, attempt, null);
        attempt(entries, attempt.assignedAt(), "ASSIGNED", step, number, attempt, attempt.messageId());
        attempt(entries, attempt.startedAt(), "RUNNING", step, number, attempt, null);
        if (attempt.outcome() != null) {
            String outcome = attempt.outcome().name();
            attempt(entries, attempt.finishedAt(), outcome, step, number, attempt, attempt.resultMessageId());
            CommandError error = attempt.error();
            put(entries.get(entries.size() - 1), "detail", error == null ? null : error.message());
        }
    }

    private static void attempt(
            List<JsonObject> entries, Instant at, String event, int step, int number, Attempt attempt, String message) {
        if (at != null) {
            var entry = entry(at, event, step)
                    .put("actor", "system")
                    .put("attempt", number)
                    .put("nodeId", attempt.nodeId());
            put(entry, "messageId", message);
            entries.add(entry);
        }
    }

    private static JsonObject entry(Instant at, String event, Integer step) {
        var entry = new JsonObject().put("at", at).put("event", event);
        put(entry, "stepIndex", step);
        return entry;
    }

    private static void put(JsonObject json, String name, Object value) {
        if (value instanceof CommandError || value instanceof TransferProgress) {
            json.put(name, Json.toObject(value));
        } else if (value instanceof Instant time) {
            json.put(name, InstantText.of(time)); // the same text as of JsonObject, in a fraction of the time
        } else if (value != null) {
            json.put(name, value);
        }
    }
}
