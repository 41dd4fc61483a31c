package io.aiwm.controller.agent;

import io.aiwm.controller.eventlog.Happening;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** What happened to agents, what they are made of, and what they do, as notes of changes. */
final class AgentHappenings {
    private AgentHappenings() {}

    /** @param type such as {@code agent.tool}. @param before null: it is new */
    static List<String> of(String type, Listed before, Listed after, Instant now) {
        String word = before == null
                ? "created"
                : Objects.equals(before.deletedAt(), after.deletedAt())
                        ? "updated"
                        : after.deletedAt() == null ? "restored" : "deleted";
        return List.of(Happening.of(type + "." + word, now).name(after.name()).note());
    }

    /** Turns; told to the user and to administrators alone. @param before null: it is new */
    static List<String> of(Conversation before, Conversation after, Instant now) {
        Conversation.Turn was = before == null ? null : before.turn();
        boolean same = Objects.equals(id(was), id(after.turn()));
        return same
                ? List.of()
                : List.of(Happening.of(after.turn() == null ? "agent.turn.ended" : "agent.turn.started", now)
                        .owner(after.user())
                        .name(after.title())
                        .text(after.turn() == null ? id(was) : id(after.turn()))
                        .note());
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
        Happening told = Happening.of("approval." + word, now)
                .owner(after.user())
                .name(after.toolName())
                .reason(after.why())
                .actor(after.decidedBy());
        return List.of((before == null ? told.warning() : told).note());
    }
}
