package io.aiwm.controller.eventlog;

import java.util.ArrayList;
import java.util.List;

/**
 * The part of a record that has its newest events until they are in the log.
 *
 * @param last the number of its last event
 * @param waiting those that may not be in the log yet, oldest first
 */
public record Outbox(long last, List<Event> waiting) {
    public static final Outbox EMPTY = new Outbox(0, List.of());
    /** Where the log cannot be written for so many events, the oldest are lost, which the gap in the numbers shows. */
    static final int MOST_WAITING = 1_000;

    /** For Jackson: equal to one that nothing was ever put into, so that this is not stored. */
    public static final class NeverUsed {
        @Override
        public boolean equals(Object other) {
            return other == null || EMPTY.equals(other);
        }

        @Override
        public int hashCode() {
            return EMPTY.hashCode();
        }
    }

    public Outbox {
        waiting = waiting == null ? List.of() : List.copyOf(waiting);
    }

    /**
     * @param confirmed those up to this number are in the log
     * @return the same instance where nothing changes
     */
    public Outbox without(long confirmed) {
        return waiting.isEmpty() || waiting.get(0).seq() > confirmed
                ? this
                : new Outbox(
                        last,
                        waiting.stream().filter(one -> one.seq() > confirmed).toList());
    }

    /** @param news without numbers */
    public Outbox with(String type, String resourceId, List<Event> news) {
        if (news.isEmpty()) {
            return this;
        }
        var all = new ArrayList<>(waiting);
        long number = last;
        for (Event event : news) {
            all.add(event.numbered(type, resourceId, ++number));
        }
        return new Outbox(number, all.subList(Math.max(0, all.size() - MOST_WAITING), all.size()));
    }
}
