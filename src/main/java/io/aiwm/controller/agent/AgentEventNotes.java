package io.aiwm.controller.agent;

import io.aiwm.controller.eventlog.EventNote;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** What happened to agents, what they are made of, and what they do, as notes of changes. */
final class AgentEventNotes {
    private AgentEventNotes() {}

    /** @param type such as {@code agent.tool}. @param before null: it is new */
    static List<String> of(String type, CatalogRecord before, CatalogRecord after, Instant now) {
        String word = before == null
                ? "created"
                : Objects.equals(before.deletedAt(), after.deletedAt())
                        ? "updated"
                        : after.deletedAt() == null ? "restored" : "deleted";
        // of a deletion and a restoration the record does not say who asked
        boolean said = before == null || Objects.equals(before.deletedAt(), after.deletedAt());
        return List.of(EventNote.of(type + "." + word, now)
                .name(after.name())
                .actor(said ? after.updatedBy() : null)
                .note());
    }

    /** Turns; told to the user and to administrators alone. @param before null: it is new */
    static List<String> of(Conversation before, Conversation after, Instant now) {
        Conversation.Turn was = before == null ? null : before.turn();
        var notes = new ArrayList<String>(2);
        if (!Objects.equals(id(was), id(after.turn()))) {
            // the next message that waits begins in the write that ends the turn before
            tell("agent.turn.ended", was, after, now, notes);
            tell("agent.turn.started", after.turn(), after, now, notes);
        }
        return notes;
    }

    private static void tell(String type, Conversation.Turn turn, Conversation of, Instant now, List<String> notes) {
        if (turn != null) {
            notes.add(EventNote.of(type, now)
                    .owner(of.user())
                    .name(of.title())
                    .text(turn.executionId())
                    .note());
        }
    }

    private static String id(Conversation.Turn turn) {
        return turn == null ? null : turn.executionId();
    }

    /** Told to the user whose call waits and to administrators alone. @param before null: it is new */
    static List<String> of(Approval before, Approval after, Instant now) {
        if (before != null && before.state() == after.state()) {
            return List.of();
        }
        String word = before == null ? "asked" : after.state().name().toLowerCase(Locale.ROOT);
        EventNote told = EventNote.of("approval." + word, now)
                .owner(after.user())
                .name(after.toolName())
                .reason(after.why())
                .actor(after.decidedBy());
        return List.of((before == null ? told.warning() : told).note());
    }
}
