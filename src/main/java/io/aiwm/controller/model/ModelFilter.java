package io.aiwm.controller.model;

import io.aiwm.controller.store.Query.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which models are asked for; of each list one is enough, and an empty list asks for nothing.
 *
 * @param states and formats of the newest version
 * @param text somewhere in the name, the description or a tag; null: whatever they say
 */
public record ModelFilter(
        List<String> names,
        List<String> tasks,
        List<String> tags,
        List<String> formats,
        List<String> states,
        String text) {

    List<Condition> conditions() {
        var where = new ArrayList<Condition>();
        where.add(Condition.eq("phase", "active"));
        add(where, "name", names);
        add(where, "task", tasks);
        add(where, "tags", tags);
        add(where, "newest.format", formats);
        add(where, "newest.state", states);
        if (text != null && !text.isBlank()) {
            where.add(Condition.contains("searchText", text.strip().toLowerCase(Locale.ROOT)));
        }
        return where;
    }

    private static void add(List<Condition> where, String field, List<String> values) {
        if (!values.isEmpty()) {
            where.add(Condition.in(field, values));
        }
    }
}
