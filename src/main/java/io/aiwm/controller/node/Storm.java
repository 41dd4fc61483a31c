package io.aiwm.controller.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;

/**
 * Too many nodes vanished together, or did so last: one record for the whole fleet, in collection {@code storms}, so that
 * every controller, and the next one, knows. While it is active nothing that was on a vanished node is given to others.
 *
 * @param since when it was found; null: there was none yet
 * @param vanished how many were gone then; {@code up} how many were there before
 * @param nodes those that vanished, at most {@value #MOST_NAMED} of them
 * @param reason in words
 * @param calmSince the share of those still gone is under the limit since then; null: it is not
 * @param endedAt null while it is active
 * @param actor who resolved it; null when it ended otherwise
 */
public record Storm(
        String id,
        long version,
        boolean active,
        Instant since,
        int vanished,
        int up,
        List<String> nodes,
        String reason,
        Instant calmSince,
        Instant endedAt,
        Outcome outcome,
        String actor) {
    static final int MOST_NAMED = 1_000;

    public enum Outcome {
        /** Every node came back. */
        RETURNED,
        /** Enough came back, and the others did not in time: their work is taken as lost. */
        CALMED,
        /** An operator said that those still gone are lost. */
        RESOLVED;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Storm {
        nodes = nodes == null ? List.of() : List.copyOf(nodes);
    }

    static Storm none(String id) {
        return new Storm(id, 1, false, null, 0, 0, List.of(), null, null, null, null, null);
    }

    Storm withVersion(long next) {
        return new Storm(id, next, active, since, vanished, up, nodes, reason, calmSince, endedAt, outcome, actor);
    }

    Storm begun(Instant now, List<String> gone, int before, String why) {
        return new Storm(id, version, true, now, gone.size(), before, named(gone), why, null, null, null, null);
    }

    /** More of them: the same instance when all are named already. */
    Storm joined(List<String> gone) {
        if (nodes.size() >= MOST_NAMED || nodes.containsAll(gone)) {
            return this;
        }
        var all = new LinkedHashSet<>(nodes);
        all.addAll(gone);
        int most = Math.max(vanished, all.size());
        return new Storm(
                id, version, active, since, most, up, named(new ArrayList<>(all)), reason, calmSince, null, null, null);
    }

    Storm calm(Instant from) {
        return new Storm(id, version, active, since, vanished, up, nodes, reason, from, null, null, null);
    }

    Storm ended(Outcome how, Instant now, String who) {
        return new Storm(id, version, false, since, vanished, up, nodes, reason, calmSince, now, how, who);
    }

    private static List<String> named(List<String> all) {
        return all.subList(0, Math.min(all.size(), MOST_NAMED));
    }
}
