package io.aiwm.worker.container;

import io.aiwm.protocol.ContainerHealth;
import io.aiwm.protocol.Probes;
import io.aiwm.protocol.Probes.Probe;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What the probes of one run of a container have found, and when the next look is due. Pure: times come as arguments, in
 * nanoseconds of a monotonic clock. Not safe for more than one thread.
 */
final class ProbeState {
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** Which probe. */
    enum Kind {
        STARTUP,
        READINESS,
        LIVENESS;

        /** The word for it in specs and reports. */
        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What one look found.
     *
     * @param reason why it failed; null: it succeeded
     * @param timedOut whether it failed because it took its whole timeout
     */
    record Look(String reason, boolean timedOut) {
        static final Look GOOD = new Look(null, false);

        static Look bad(String reason) {
            return new Look(reason, false);
        }

        static Look late(String reason) {
            return new Look(reason, true);
        }

        boolean good() {
            return reason == null;
        }
    }

    /** Why it is not well. */
    record Trouble(Kind kind, String reason) {}

    /** One probe. */
    private static final class Track {
        final Probe probe;
        long dueAt;
        boolean underWay;
        int successes;
        int failures;
        /** Null until it has succeeded, or failed, often enough. */
        Boolean verdict;

        /** Of the look with which it failed: those after it say nothing new. */
        String reason;

        Track(Probe probe, long dueAt) {
            this.probe = probe;
            this.dueAt = dueAt;
        }
    }

    private final Map<Kind, Track> tracks = new EnumMap<>(Kind.class);
    private final boolean again;

    /**
     * @param begun when the container was started
     * @param again whether it was restarted for a probe: then it is well only when each of them has succeeded
     */
    ProbeState(Probes probes, long begun, boolean again) {
        this.again = again;
        add(Kind.STARTUP, probes.startup(), begun);
        add(Kind.READINESS, probes.readiness(), begun);
        add(Kind.LIVENESS, probes.liveness(), begun);
    }

    private void add(Kind kind, Probe probe, long begun) {
        if (probe != null) {
            tracks.put(kind, new Track(probe, begun + probe.delay() * NANOS_PER_MILLI));
        }
    }

    Probe probe(Kind kind) {
        return tracks.get(kind).probe;
    }

    /** Those to look at now; each is under way until {@link #took} or {@link #unknown} is called. */
    List<Kind> due(long now) {
        var due = new ArrayList<Kind>(3);
        tracks.forEach((kind, track) -> {
            if (mayBegin(kind) && !track.underWay && track.dueAt - now <= 0) {
                track.underWay = true;
                track.dueAt = now + track.probe.period() * NANOS_PER_MILLI;
                due.add(kind);
            }
        });
        return due;
    }

    /** When {@link #due} has something next; empty while looks are under way and nothing else is to come. */
    OptionalLong next() {
        return tracks.entrySet().stream()
                .filter(entry -> mayBegin(entry.getKey()) && !entry.getValue().underWay)
                .mapToLong(entry -> entry.getValue().dueAt)
                .reduce((one, other) -> one - other < 0 ? one : other);
    }

    private boolean mayBegin(Kind kind) {
        return kind == Kind.STARTUP ? !started() : started();
    }

    private boolean started() {
        Track startup = tracks.get(Kind.STARTUP);
        return startup == null || Boolean.TRUE.equals(startup.verdict);
    }

    /**
     * Takes what a look found at {@code now}. After one that timed out the next begins later by the timeout: a container that
     * does not answer leaves to others at least half of the room for looks. Returns whether the container must be restarted.
     */
    boolean took(Kind kind, Look look, long now) {
        Track track = tracks.get(kind);
        track.underWay = false;
        if (look.timedOut()) {
            long next = track.dueAt - now < 0 ? now : track.dueAt;
            track.dueAt = next + track.probe.timeout() * NANOS_PER_MILLI;
        }
        track.successes = look.good() ? Math.min(track.successes + 1, track.probe.successes()) : 0;
        track.failures = look.good() ? 0 : Math.min(track.failures + 1, track.probe.failures());
        if (track.successes == track.probe.successes()) {
            track.verdict = true;
        } else if (track.failures == track.probe.failures() && !Boolean.FALSE.equals(track.verdict)) {
            track.verdict = false;
            track.reason = look.reason();
        }
        return kind != Kind.READINESS && !look.good() && Boolean.FALSE.equals(track.verdict);
    }

    /** A look that found out nothing counts for nothing. */
    void unknown(Kind kind) {
        tracks.get(kind).underWay = false;
    }

    /** None where there is neither a startup nor a readiness probe, and nothing fails. */
    ContainerHealth health() {
        if (trouble() != null) {
            return ContainerHealth.UNHEALTHY;
        }
        if (!started() || isOpen(Kind.READINESS) || (again && isOpen(Kind.LIVENESS))) {
            return ContainerHealth.STARTING;
        }
        boolean gated = tracks.containsKey(Kind.STARTUP) || tracks.containsKey(Kind.READINESS);
        return gated || again ? ContainerHealth.HEALTHY : ContainerHealth.NONE;
    }

    private boolean isOpen(Kind kind) {
        Track track = tracks.get(kind);
        return track != null && track.verdict == null;
    }

    /** Whether the looks of this run say by now how the container is. */
    boolean isDecided() {
        return health() != ContainerHealth.STARTING;
    }

    /** The first probe that has failed; null: none has. */
    Trouble trouble() {
        for (Kind kind : new Kind[] {Kind.STARTUP, Kind.LIVENESS, Kind.READINESS}) {
            Track track = tracks.get(kind);
            if (track != null && Boolean.FALSE.equals(track.verdict)) {
                return new Trouble(kind, track.reason);
            }
        }
        return null;
    }
}
