package io.aiwm.controller.agent;

import io.aiwm.controller.store.Query.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Which conversations are asked for. @param user null: of all users. @param status null: any */
public record ConversationFilter(String user, String agentId, String status, String text, boolean deleted) {
    List<Condition> conditions() {
        var where = new ArrayList<Condition>();
        where.add(Condition.eq("phase", deleted ? "deleted" : "live"));
        if (user != null) {
            where.add(Condition.eq("user", user));
        }
        if (agentId != null) {
            where.add(Condition.eq("agentId", agentId));
        }
        if (status != null) {
            where.add(Condition.eq("status", status));
        }
        if (text != null && !text.isBlank()) {
            where.add(Condition.contains("searchText", text.strip().toLowerCase(Locale.ROOT)));
        }
        return where;
    }
}
