package io.aiwm.controller.agent;

import io.aiwm.controller.agent.Message.Role;
import io.aiwm.controller.agent.Message.ToolCall;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where a branch ends after a turn. Pure. */
final class TurnEnd {
    private TurnEnd() {}

    /**
     * Returns the id of the last message that a next turn can go on from: models refuse a history in which a tool call has no result, so a
     * message that asked for tools counts only with all their results. Null: the turn has made none.
     */
    static String lastOf(List<Message> made) {
        Map<String, Message> byParent = new HashMap<>();
        Message at = null;
        for (Message message : made) {
            if (message.role() == Role.USER) {
                at = message;
            } else {
                byParent.put(message.parentId(), message);
            }
        }
        if (at == null) {
            return null;
        }
        String last = at.id();
        Set<String> open = new HashSet<>();
        for (Message next = byParent.get(at.id()); next != null; next = byParent.get(next.id())) {
            if (next.role() == Role.ASSISTANT) {
                open.clear();
                next.toolCalls().stream().map(ToolCall::id).forEach(open::add);
            } else {
                open.remove(next.toolCallId());
            }
            if (open.isEmpty()) {
                last = next.id();
            }
        }
        return last;
    }
}
