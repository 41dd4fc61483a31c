package io.aiwm.controller.node;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.time.Instant;

/**
 * A node is being emptied, or was. Stored with the node, so that whichever controller finds it goes on with it.
 *
 * @param startedAt of the first request, when it was repeated with other terms
 * @param deadline until when running work may finish by itself; null: for ever
 * @param force do not wait for the deadline, and take away also what can run nowhere else
 * @param message why, for people; null when nobody said
 * @param actor who asked for it
 * @param total how many things there were to go, as far as seen; null before the first look
 * @param finishedAt null while it is under way
 */
@RecordBuilder
public record Drain(
        Instant startedAt,
        Instant deadline,
        boolean force,
        String message,
        String actor,
        Integer total,
        Instant finishedAt,
        Outcome outcome) {
    /** For one that names no deadline. */
    public static final Duration DEFAULT_TIME = Duration.ofHours(1);

    public enum Outcome {
        /** Nothing is left on the node that could go. It stays closed until an operator opens it. */
        COMPLETE,
        /** An operator ended it; the node is open again unless it is cordoned. */
        STOPPED
    }

    public boolean underWay() {
        return outcome == null;
    }

    /** Whether it keeps new work away. */
    boolean closes() {
        return outcome != Outcome.STOPPED;
    }

    /** Whether running work is taken away by now. */
    public boolean evicts(Instant now) {
        return underWay() && (force || (deadline != null && !deadline.isAfter(now)));
    }

    Drain seen(int things) {
        return DrainBuilder.builder(this).total(things).build();
    }

    Drain ended(Outcome how, Instant now) {
        return DrainBuilder.builder(this).finishedAt(now).outcome(how).build();
    }
}
