package io.aiwm.worker.command;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * What the worker knows of one command id. Times in milliseconds since the epoch.
 *
 * @param asked null once it has finished
 * @param result of a finished one, as it is offered; null otherwise
 * @param reason of a refused one; null otherwise
 */
record CommandEntry(String id, Asked asked, long deadline, Progress progress, JsonObject result, String reason) {

    /** The command's type and data. */
    private record Asked(String name, JsonObject data) {}

    /**
     * How far it is.
     *
     * @param at when it came into this state
     * @param startedAt 0 while it has not started
     * @param cancelled whether the controller asked to cancel it
     */
    private record Progress(State state, long at, long startedAt, boolean cancelled) {
        static Progress of(State state, long at) {
            return new Progress(state, at, 0, false);
        }
    }

    State state() {
        return progress.state();
    }

    long at() {
        return progress.at();
    }

    /** 0 while it has not started. */
    long startedAt() {
        return progress.startedAt();
    }

    /** Whether the controller asked to cancel it. */
    boolean cancelled() {
        return progress.cancelled();
    }

    /** Null once it has finished. */
    String name() {
        return asked == null ? null : asked.name();
    }

    /** Null once it has finished. */
    JsonObject data() {
        return asked == null ? null : asked.data();
    }

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
        return new CommandEntry(id, new Asked(name, data), deadline, Progress.of(State.RECEIVED, at), null, null);
    }

    static CommandEntry refused(String id, long at, long deadline, String reason) {
        return new CommandEntry(id, null, deadline, Progress.of(State.REFUSED, at), null, reason);
    }

    static CommandEntry finished(String id, JsonObject result, long at, long deadline) {
        return new CommandEntry(id, null, deadline, Progress.of(State.FINISHED, at), result, null);
    }

    CommandEntry started(long now) {
        return new CommandEntry(id, asked, deadline, new Progress(State.STARTED, now, now, cancelled()), null, null);
    }

    /** When it is over, whatever its handler does: one that has begun may use its overtime to end. */
    long overAt() {
        return startedAt() == 0 ? deadline : deadline + Command.overtime(data()).toMillis();
    }

    CommandEntry cancelRequested() {
        return new CommandEntry(id, asked, deadline, new Progress(state(), at(), startedAt(), true), result, reason);
    }

    CommandEntry settled(long now) {
        return new CommandEntry(id, null, deadline, Progress.of(State.SETTLED, now), null, null);
    }

    /** The line that records how this entry came into its state. */
    String line() {
        var json = new JsonObject()
                .put("state", state().name())
                .put("id", id)
                .put("at", at())
                .put("deadline", deadline);
        if (state() == State.RECEIVED) {
            json.put("name", name()).put("data", data());
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
        if (state() == State.STARTED) {
            lines.add(received(id, name(), data(), at(), deadline).line());
        }
        lines.add(line());
        if (cancelled()) {
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
