package io.aiwm.controller.agent;

import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which conversations are asked for.
 *
 * @param user null: of all users
 * @param agentId null: of any
 * @param status null: any
 * @param tags one of them is enough; empty: any
 * @param text somewhere in the title or a tag; null: any
 * @param deleted whether the deleted ones are asked for instead of the others
 */
public record ConversationFilter(
        UserIdentity user, String agentId, String status, List<String> tags, String text, boolean deleted) {
    /** Those with a running turn, which cannot be deleted. @param user null: of all. @param agentId null: of any */
    static ConversationFilter running(UserIdentity user, String agentId) {
        return new ConversationFilter(user, agentId, "RUNNING", List.of(), null, false);
    }

    List<Condition> conditions() {
        var where = new ArrayList<Condition>();
        where.add(Condition.eq("phase", deleted ? "deleted" : "live"));
        if (user != null) {
            where.add(Condition.eq("user", user.name()));
            if (user.since() != null) {
                where.add(Condition.gte(Query.CREATED, user.since()));
            }
        }
        if (agentId != null) {
            where.add(Condition.eq("agentId", agentId));
        }
        if (status != null) {
            where.add(Condition.eq("status", status));
        }
        if (!tags.isEmpty()) {
            where.add(Condition.in("tags", tags));
        }
        if (text != null && !text.isBlank()) {
            where.add(Condition.contains("searchText", text.strip().toLowerCase(Locale.ROOT)));
        }
        return where;
    }
}
