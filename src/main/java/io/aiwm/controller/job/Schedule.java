package io.aiwm.controller.job;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A job that is made again and again, as stored in collection {@code schedules}. Written by {@link Schedules} only.
 *
 * @param startAt no run before it; null: from now
 * @param endAt no run after it; null: for ever
 * @param job the body of {@code POST /api/jobs}
 * @param nextAtMs when it is due next, milliseconds since the epoch; {@link #NEVER} when it is not
 * @param runs what became of the newest times it was due, oldest first, {@link #MOST_RUNS} at most
 */
@RecordBuilder
record Schedule(
        String id,
        long version,
        String name,
        String cron,
        String timeZone,
        CatchUp catchUp,
        Overlap overlap,
        boolean enabled,
        Instant startAt,
        Instant endAt,
        JsonObject job,
        String createdBy,
        Instant createdAt,
        Instant updatedAt,
        long nextAtMs,
        List<Run> runs)
        implements ValidatedRecord {
    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(cron, "cron");
        requireNonNull(job, "job");
        requireNonNull(catchUp, "catchUp");
        requireNonNull(overlap, "overlap");
        requireNonNull(runs, "runs");
    }

    /** Later than any clock shows, and exact in a JSON number. */
    static final long NEVER = 9_000_000_000_000_000L;

    static final int MOST_RUNS = 20;

    /** What becomes of times that passed while no controller ran; travels in lower case. */
    enum CatchUp {
        NONE,
        LATEST,
        ALL;

        @JsonValue
        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }

        @JsonCreator
        static CatchUp ofWire(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    /** What happens when a run is due while an earlier one is open. */
    enum Overlap {
        ALLOW("allow"),
        SKIP("skip"),
        CANCEL_RUNNING("cancelRunning");

        private final String wire;

        Overlap(String wire) {
            this.wire = wire;
        }

        @JsonValue
        String wire() {
            return wire;
        }

        @JsonCreator
        static Overlap ofWire(String text) {
            for (Overlap one : values()) {
                if (one.wire.equals(text)) {
                    return one;
                }
            }
            throw new IllegalArgumentException(text);
        }
    }

    /**
     * What became of one time it was due.
     *
     * @param at when it was due, or for the runs asked for by hand, when that was
     * @param jobId null where none was made
     * @param reason why none was made; null where one was
     * @param by who asked for it by hand; null: it was due
     */
    record Run(Instant at, String jobId, String reason, String by) {}

    Cron times() {
        return Cron.parse(cron, ZoneId.of(timeZone));
    }

    /** The first time it is due after a moment, paused or not; {@link #NEVER} when there is none. */
    long dueAfter(Instant moment) {
        List<Instant> next = dueAfter(moment, 1);
        return next.isEmpty() ? NEVER : next.get(0).toEpochMilli();
    }

    List<Instant> dueAfter(Instant moment, int most) {
        // one due at startAt itself counts
        Instant from = startAt != null && startAt.isAfter(moment) ? startAt.minusMillis(1) : moment;
        return times().next(from, most, endAt);
    }

    /** Null before the first. */
    Run newestRun() {
        return runs.isEmpty() ? null : runs.get(runs.size() - 1);
    }

    Schedule withVersion(long next) {
        return but().version(next).build();
    }

    private ScheduleBuilder but() {
        return ScheduleBuilder.builder(this);
    }

    /** With more runs told, and due at another time. */
    Schedule ran(List<Run> more, long nextDueMs, Instant now) {
        var all = new java.util.ArrayList<>(runs);
        all.addAll(more);
        List<Run> newest = List.copyOf(all.subList(Math.max(0, all.size() - MOST_RUNS), all.size()));
        return but().updatedAt(now).nextAtMs(nextDueMs).runs(newest).build();
    }

    /** Whether its times follow from the same words, so that what was due by the other is due by this. */
    boolean isTimedAs(Schedule other) {
        return nextAtMs == other.nextAtMs
                && enabled == other.enabled
                && cron.equals(other.cron)
                && timeZone.equals(other.timeZone)
                && catchUp == other.catchUp
                && overlap == other.overlap
                && Objects.equals(startAt, other.startAt)
                && Objects.equals(endAt, other.endAt);
    }

    /** Paused, or due again from now on: what passed in between is not made up for. */
    Schedule enabled(boolean on, Instant now) {
        return but().enabled(on)
                .updatedAt(now)
                .nextAtMs(on ? dueAfter(now) : NEVER)
                .build();
    }
}
