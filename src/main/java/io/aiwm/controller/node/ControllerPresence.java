package io.aiwm.controller.node;

import io.aiwm.boot.Config;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Which controllers live, as this one sees it. Each raises the version of its own record every {@link #every}; one whose
 * version stands still for {@link #patience} is taken for dead. Time is measured by this process's monotonic clock alone:
 * no time that another machine wrote is compared. Plain: versions and a clock in, an answer out. Safe from any thread.
 *
 * <p>Who lives is decided only by a successful look at the store, so that a store that cannot be read blames nobody. A look
 * that comes late means that this process, or its store, stood still: those that lived get their time anew.
 */
public final class ControllerPresence {
    private static final Duration SHORTEST = Duration.ofMillis(250);
    private static final Duration LONGEST = Duration.ofSeconds(5);
    /** A look may miss this many beats before it blames anybody. */
    private static final int BEATS = 4;
    /** A controller that is dead for so long is forgotten, and its record goes. */
    private static final Duration FORGET = Duration.ofHours(1);
    /** No record was read yet. */
    private static final long UNREAD = -1;

    private final boolean alone;
    private final LongSupplier nanos;
    private final Duration every;
    private final Duration patience;
    private final Map<String, Known> known = new HashMap<>();
    private Long lastLook;

    private static final class Known {
        long version = UNREAD;
        boolean lives = true;
        long proof;
        final long since;

        Known(long now) {
            proof = now;
            since = now;
        }
    }

    /** @param nanos a monotonic clock, like {@link System#nanoTime} */
    public ControllerPresence(Config.Fleet fleet, LongSupplier nanos) {
        this(false, fleet.unhealthyAfter(), nanos);
    }

    private ControllerPresence(boolean alone, Duration unhealthyAfter, LongSupplier nanos) {
        this.alone = alone;
        this.nanos = nanos;
        this.every = bounded(unhealthyAfter.dividedBy(BEATS));
        Duration beats = every.multipliedBy(BEATS);
        this.patience = unhealthyAfter.compareTo(beats) < 0 ? beats : unhealthyAfter;
    }

    /** For a store that belongs to one process: no other controller lives. */
    public static ControllerPresence alone() {
        return new ControllerPresence(true, LONGEST, () -> 0);
    }

    boolean isAlone() {
        return alone;
    }

    /** How often each controller proves that it lives, and looks at the others. */
    public Duration every() {
        return every;
    }

    /** How long a controller may be silent. */
    Duration patience() {
        return patience;
    }

    long now() {
        return nanos.getAsLong();
    }

    /**
     * Whether that other controller lives. One that was never heard of does until the next look shows no record of it: it
     * may have begun since the last.
     *
     * @param controllerId null: no
     */
    synchronized boolean lives(String controllerId) {
        return !alone && controllerId != null && known(controllerId).lives;
    }

    /** Ids of all that live, this one among them when it was seen. Empty where there is only one. */
    synchronized Set<String> living() {
        return known.entrySet().stream()
                .filter(one -> one.getValue().lives)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** How long ago it was last seen alive, at most since this process first heard of it; null: never, or alone. */
    synchronized Duration silence(String controllerId) {
        return alone || controllerId == null ? null : Duration.ofNanos(now() - known(controllerId).proof);
    }

    private Known known(String controllerId) {
        return known.computeIfAbsent(controllerId, first -> new Known(now()));
    }

    /**
     * Takes in a successful look at the store.
     *
     * @param versions of the records there, by the controller's id
     * @param began {@link #now} before the look
     * @return those whose records are of no use any more
     */
    synchronized Set<String> looked(Map<String, Long> versions, long began) {
        long now = now();
        boolean late = lastLook == null || isOver(now - lastLook, patience.dividedBy(2));
        lastLook = now;
        versions.forEach((id, version) -> judge(known(id), version, late, began, now));
        var old = new HashSet<String>();
        known.forEach((id, one) -> {
            if (!versions.containsKey(id) && one.since < began) {
                one.lives = false; // it has stopped in order, or was forgotten by all
            }
            if (!one.lives && isOver(now - one.proof, FORGET)) {
                old.add(id);
            }
        });
        known.keySet().removeIf(id -> old.contains(id) && !versions.containsKey(id));
        old.retainAll(versions.keySet());
        return old;
    }

    private void judge(Known one, long version, boolean late, long began, long now) {
        if (one.version != version) {
            one.version = version;
            one.proof = began;
            one.lives = true;
        } else if (one.lives && late) {
            one.proof = now;
        } else if (isOver(now - one.proof, patience)) {
            one.lives = false;
        }
    }

    private static boolean isOver(long nanos, Duration limit) {
        return nanos >= limit.toNanos();
    }

    private static Duration bounded(Duration wanted) {
        Duration least = wanted.compareTo(SHORTEST) < 0 ? SHORTEST : wanted;
        return least.compareTo(LONGEST) > 0 ? LONGEST : least;
    }
}
