package io.aiwm.controller.node;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * When the silence of nodes is a storm: so many vanish together that the network, or this side of it, is a likelier cause
 * than the nodes, and starting all their work a second time would make it worse. Pure: values in, a record out.
 *
 * <ul>
 *   <li>It begins when a node would be taken as lost, and with it more than {@code share} of those that were up, at least
 *       {@code minNodes}, have vanished within {@code window}.
 *   <li>It ends when all are back; or when the share of those still gone has been under the limit for {@code window}; or
 *       when an operator says so. What is gone then is lost.
 * </ul>
 *
 * Nodes that said goodbye, or were gone long before, count on neither side.
 */
public final class StormGuard {
    private final double share;
    private final int minNodes;
    private final Duration window;
    private final Duration late;

    /**
     * @param share 0 or 1 and more: there are no storms
     * @param window how long a node is silent before it is OFFLINE
     * @param late silence after which a node does not count as here any more
     */
    public StormGuard(double share, int minNodes, Duration window, Duration late) {
        this.share = share;
        this.minNodes = minNodes;
        this.window = window;
        this.late = late;
    }

    /**
     * One node.
     *
     * @param here whether it is heard
     * @param silentSince of one that is not heard; null: it does not count
     * @param held whether its work is held back already
     */
    public record Sign(String id, boolean here, Instant silentSince, boolean held) {}

    public boolean isOff() {
        return share <= 0 || share >= 1;
    }

    /** @param due whether a node would become OFFLINE now. @return what the record shall be; the same instance: nothing new */
    Storm judge(Storm seen, Collection<Sign> signs, boolean due, Instant now) {
        Instant cut = seen.active() ? seen.since().minus(window.multipliedBy(2)) : now.minus(window.multipliedBy(2));
        int here = 0;
        for (Sign sign : signs) {
            here += sign.here() ? 1 : 0;
        }
        List<String> gone = signs.stream()
                .filter(sign -> !sign.here())
                .filter(sign -> sign.held() || isNew(sign, cut, seen))
                .map(Sign::id)
                .toList();
        boolean over = gone.size() >= minNodes && gone.size() > share * (gone.size() + here);
        if (seen.active()) {
            return goesOn(seen, gone, over, now);
        }
        int up = gone.size() + here;
        return due && over && !isOff()
                ? seen.begun(now, gone, up, gone.size() + " of " + up + " nodes vanished within " + words(window))
                : seen;
    }

    /** What had vanished when the last storm ended was judged with it; what was merely between two heartbeats was not. */
    private boolean isNew(Sign sign, Instant cut, Storm last) {
        return sign.silentSince() != null
                && !sign.silentSince().isBefore(cut)
                && (last.active()
                        || last.endedAt() == null
                        || sign.silentSince().isAfter(last.endedAt().minus(late)));
    }

    private Storm goesOn(Storm seen, List<String> gone, boolean over, Instant now) {
        if (isOff()) {
            return seen.ended(Storm.Outcome.CALMED, now, null);
        }
        if (gone.isEmpty()) {
            return seen.ended(Storm.Outcome.RETURNED, now, null);
        }
        if (over) {
            return (seen.calmSince() == null ? seen : seen.calm(null)).joined(gone);
        }
        if (seen.calmSince() == null) {
            return seen.calm(now);
        }
        return seen.calmSince().plus(window).isAfter(now) ? seen : seen.ended(Storm.Outcome.CALMED, now, null);
    }

    private static String words(Duration time) {
        return time.toSeconds() + " s";
    }
}
