package io.aiwm.controller.store;

import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Order;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The records of a collection of {@link MemoryStore}, and which of them fit a question. */
final class MemoryTable {
    record Row(Document document, List<Object> values) {}

    final CollectionSchema schema;
    final TreeMap<String, Row> rows = new TreeMap<>();
    /** Where the value of a field is in a row. */
    final Map<String, Integer> places = new HashMap<>();

    MemoryTable(Collection collection) {
        schema = new CollectionSchema(collection);
        for (int i = 0; i < schema.fields.size(); i++) {
            places.put(schema.fields.get(i).path(), i);
        }
    }

    Row row(Document document) {
        return new Row(schema.checked(document), schema.values.of(document));
    }

    boolean taken(Row row) {
        for (int i = 0; i < row.values.size(); i++) {
            int field = i;
            boolean unique = schema.fields.get(i).unique() && row.values.get(i) != null;
            if (unique
                    && rows.values().stream()
                            .anyMatch(other -> !other.document.id().equals(row.document.id())
                                    && row.values.get(field).equals(other.values.get(field)))) {
                return true;
            }
        }
        return false;
    }

    List<Row> found(Query query) {
        List<Condition> where = schema.checked(query.where());
        List<Order> order = schema.order(query);
        List<List<Condition>> ranges = Cursor.ranges(schema, query);
        Comparator<Row> by = order.stream()
                .map(next -> {
                    Comparator<Row> field =
                            (one, other) -> compare(value(one, next.field()), value(other, next.field()));
                    return next.descending() ? field.reversed() : field;
                })
                .reduce(Comparator::thenComparing)
                .orElseThrow();
        return rows.values().stream()
                .filter(row -> fits(row, where) && ranges.stream().anyMatch(range -> fits(row, range)))
                .sorted(by)
                .toList();
    }

    boolean fits(Row row, List<Condition> where) {
        return where.stream().allMatch(one -> fits(value(row, one.field()), one));
    }

    private static boolean fits(Object value, Condition condition) {
        Object literal = condition.value();
        return switch (condition.op()) {
            case EQ -> is(value, literal);
            case NE -> !is(value, literal);
            case NONE_OR -> value == null || is(value, literal);
            case IN -> ((List<?>) literal).stream().anyMatch(one -> is(value, one));
            case LT -> value != null && compare(value, literal) < 0;
            case LTE -> value != null && compare(value, literal) <= 0;
            case GT -> value != null && compare(value, literal) > 0;
            case GTE -> value != null && compare(value, literal) >= 0;
            case CONTAINS ->
                value instanceof String text
                        && text.toLowerCase(Locale.ROOT)
                                .contains(literal.toString().toLowerCase(Locale.ROOT));
        };
    }

    private static boolean is(Object value, Object literal) {
        if (value instanceof List<?> list) {
            return list.contains(literal);
        }
        if (value == null || literal == null) {
            return value == null && literal == null;
        }
        return compare(value, literal) == 0;
    }

    private static int compare(Object one, Object other) {
        if (one == null || other == null) {
            return Boolean.compare(one != null, other != null);
        }
        if (one instanceof Long a && other instanceof Long b) {
            return Long.compare(a, b);
        }
        return one instanceof Number a && other instanceof Number b
                ? Double.compare(a.doubleValue(), b.doubleValue())
                : one.toString().compareTo(other.toString());
    }

    Object value(Row row, String path) {
        if (CollectionSchema.ID.equals(path)) {
            return row.document.id();
        }
        return row.values.get(places.get(path));
    }
}
