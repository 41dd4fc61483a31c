package io.aiwm.controller.node;

import com.fasterxml.jackson.annotation.JsonValue;
import io.soabase.recordbuilder.core.RecordBuilder;
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
@RecordBuilder
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
        return StormBuilder.builder().id(id).version(1).build();
    }

    Storm withVersion(long next) {
        return but().version(next).build();
    }

    Storm begun(Instant now, List<String> gone, int before, String why) {
        return StormBuilder.builder()
                .id(id)
                .version(version)
                .active(true)
                .since(now)
                .vanished(gone.size())
                .up(before)
                .nodes(named(gone))
                .reason(why)
                .build();
    }

    /** More of them: the same instance when all are named already. */
    Storm joined(List<String> gone) {
        if (nodes.size() >= MOST_NAMED || nodes.containsAll(gone)) {
            return this;
        }
        var all = new LinkedHashSet<>(nodes);
        all.addAll(gone);
        return going().vanished(Math.max(vanished, all.size()))
                .nodes(named(new ArrayList<>(all)))
                .build();
    }

    Storm calm(Instant from) {
        return going().calmSince(from).build();
    }

    Storm ended(Outcome how, Instant now, String who) {
        return but().active(false).endedAt(now).outcome(how).actor(who).build();
    }

    /** Begins a copy that has not ended. */
    private StormBuilder going() {
        return but().endedAt(null).outcome(null).actor(null);
    }

    private StormBuilder but() {
        return StormBuilder.builder(this);
    }

    private static List<String> named(List<String> all) {
        return all.subList(0, Math.min(all.size(), MOST_NAMED));
    }
}
