package io.aiwm.worker.command;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * What the worker knows of one command id. Times in milliseconds since the epoch.
 *
 * @param name and data: what was asked; null once it has finished
 * @param at when it came into this state
 * @param startedAt 0 while it has not started
 * @param cancelled whether the controller asked to cancel it
 * @param result of a finished one, as it is offered; null otherwise
 * @param reason of a refused one; null otherwise
 */
record CommandEntry(
        String id,
        State state,
        String name,
        JsonObject data,
        long at,
        long deadline,
        long startedAt,
        boolean cancelled,
        JsonObject result,
        String reason) {

    /**
     * <pre>
     * (unknown) -> RECEIVED -> STARTED -> FINISHED -> SETTLED -> (forgotten)
     * (unknown) -> FINISHED (cancelled before it came)   (unknown) -> REFUSED -> (forgotten)
     * </pre>
     */
    enum State {
        /** On disk, not yet begun. */
        RECEIVED,
        STARTED,
        /** Its result is offered until the controller has stored it. */
        FINISHED,
        /** The controller has its result; known only so that a late delivery starts nothing. */
        SETTLED,
        /** It was turned away; a repeated delivery is turned away in the same words. */
        REFUSED;

        boolean isOpen() {
            return switch (this) {
                case RECEIVED, STARTED -> true;
                case FINISHED, SETTLED, REFUSED -> false;
            };
        }
    }

    static CommandEntry received(String id, String name, JsonObject data, long at, long deadline) {
        return new CommandEntry(id, State.RECEIVED, name, data, at, deadline, 0, false, null, null);
    }

    static CommandEntry refused(String id, long at, long deadline, String reason) {
        return new CommandEntry(id, State.REFUSED, null, null, at, deadline, 0, false, null, reason);
    }

    static CommandEntry finished(String id, JsonObject result, long at, long deadline) {
        return new CommandEntry(id, State.FINISHED, null, null, at, deadline, 0, false, result, null);
    }

    CommandEntry started(long now) {
        return new CommandEntry(id, State.STARTED, name, data, now, deadline, now, cancelled, null, null);
    }

    /** When it is over, whatever its handler does: one that has begun may use its overtime to end. */
    long overAt() {
        return startedAt == 0 ? deadline : deadline + Command.overtime(data).toMillis();
    }

    CommandEntry cancelRequested() {
        return new CommandEntry(id, state, name, data, at, deadline, startedAt, true, result, reason);
    }

    CommandEntry settled(long now) {
        return new CommandEntry(id, State.SETTLED, null, null, now, deadline, 0, false, null, null);
    }

    /** The line that records how this entry came into its state. */
    String line() {
        var json = new JsonObject()
                .put("state", state.name())
                .put("id", id)
                .put("at", at)
                .put("deadline", deadline);
        if (state == State.RECEIVED) {
            json.put("name", name).put("data", data);
        }
        if (result != null) {
            json.put("result", result);
        }
        if (reason != null) {
            json.put("reason", reason);
        }
        return json.encode();
    }

    String cancelLine() {
        return new JsonObject().put("cancel", true).put("id", id).encode();
    }

    /** Every line needed to read this entry back. */
    List<String> lines() {
        var lines = new ArrayList<String>(3);
        if (state == State.STARTED) {
            lines.add(received(id, name, data, at, deadline).line());
        }
        lines.add(line());
        if (cancelled) {
            lines.add(cancelLine());
        }
        return lines;
    }

    /** The entry after this line. @param before what was known of the id; null for nothing */
    static CommandEntry read(JsonObject line, CommandEntry before) {
        if (line.getBoolean("cancel", false)) {
            return before == null ? null : before.cancelRequested();
        }
        String id = line.getString("id");
        long at = line.getLong("at");
        long deadline = line.getLong("deadline");
        return switch (State.valueOf(line.getString("state"))) {
            case RECEIVED -> received(id, line.getString("name"), line.getJsonObject("data"), at, deadline);
            case STARTED -> before == null ? null : before.started(at);
            case FINISHED -> finished(id, line.getJsonObject("result"), at, deadline);
            case SETTLED -> finished(id, null, at, deadline).settled(at);
            case REFUSED -> refused(id, at, deadline, line.getString("reason"));
        };
    }
}
