package io.aiwm.controller.agent;

import io.aiwm.controller.store.Query.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which records of one type are asked for.
 *
 * @param active null: whether they are or not
 * @param tags one of them is enough; empty: any
 * @param text somewhere in the name, the description or a tag; null: any
 * @param deleted whether the deleted ones are asked for instead of the others
 * @param more conditions of that type
 */
public record ListFilter(Boolean active, List<String> tags, String text, boolean deleted, List<Condition> more) {
    /** Only these conditions, of what is not deleted. */
    static ListFilter of(Condition... more) {
        return new ListFilter(null, List.of(), null, false, List.of(more));
    }

    List<Condition> conditions() {
        var where = new ArrayList<Condition>();
        where.add(Condition.eq("phase", deleted ? "deleted" : "live"));
        if (active != null) {
            where.add(Condition.eq("activity", active ? "active" : "inactive"));
        }
        if (!tags.isEmpty()) {
            where.add(Condition.in("tags", tags));
        }
        if (text != null && !text.isBlank()) {
            where.add(Condition.contains("searchText", text.strip().toLowerCase(Locale.ROOT)));
        }
        where.addAll(more);
        return where;
    }
}
