package io.aiwm.controller.store;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Op;
import io.aiwm.controller.store.Query.Order;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * The end of a page: the position of its last record in the order. Its text form is opaque and URL-safe and contains a fingerprint of
 * the query, so that it continues only the list from which it came. It is not signed: a forged cursor only starts at another position
 * of a list that the caller may read.
 */
public final class Cursor {
    private static final int MAX_CHARS = 64 << 10;

    private Cursor() {}

    public static String after(Document last, CollectionSchema schema, Query query) {
        List<Object> values = schema.values.of(last);
        JsonArray place = new JsonArray().add(fingerprint(schema, query));
        for (Order by : schema.order(query)) {
            place.add(
                    by.field().equals(CollectionSchema.ID)
                            ? last.id()
                            : values.get(schema.fields.indexOf(schema.field(by.field()))));
        }
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(place.encode().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns the records after the cursor as ranges, to be read in order; an index answers each range. Without a cursor this is one range
     * without conditions.
     *
     * <p>For the order (a, id) after (5, x): first a = 5 and id &gt; x, then a &gt; 5.
     */
    public static List<List<Condition>> ranges(CollectionSchema schema, Query query) {
        if (query.cursor() == null) {
            return List.of(List.of());
        }
        List<Order> order = schema.order(query);
        Object[] place = read(schema, query, order);
        List<List<Condition>> ranges = new ArrayList<>();
        for (int tie = order.size() - 1; tie >= 0; tie--) {
            List<Condition> same = new ArrayList<>();
            for (int i = 0; i < tie; i++) {
                same.add(Condition.eq(order.get(i).field(), place[i]));
            }
            for (Condition beyond : beyond(order.get(tie), place[tie])) {
                List<Condition> range = new ArrayList<>(same);
                range.add(beyond);
                ranges.add(range);
            }
        }
        return ranges;
    }

    /** Null is below everything. */
    private static List<Condition> beyond(Order by, Object value) {
        if (value == null) {
            return by.descending() ? List.of() : List.of(Condition.ne(by.field(), null));
        }
        Condition next = new Condition(by.field(), by.descending() ? Op.LT : Op.GT, value);
        return by.descending() && !by.field().equals(CollectionSchema.ID)
                ? List.of(next, Condition.eq(by.field(), null))
                : List.of(next);
    }

    private static Object[] read(CollectionSchema schema, Query query, List<Order> order) {
        try {
            if (query.cursor().length() > MAX_CHARS) {
                throw foreign();
            }
            JsonArray place =
                    new JsonArray(new String(Base64.getUrlDecoder().decode(query.cursor()), StandardCharsets.UTF_8));
            if (place.size() != order.size() + 1 || !fingerprint(schema, query).equals(place.getValue(0))) {
                throw foreign();
            }
            Object[] values = new Object[order.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = value(schema, order.get(i), place.getValue(i + 1));
            }
            return values;
        } catch (IllegalArgumentException | DecodeException garbage) {
            throw foreign();
        }
    }

    private static Object value(CollectionSchema schema, Order by, Object value) {
        boolean number = schema.field(by.field()).type() != DocumentStore.Type.TEXT; // no list orders
        if (value == null && !by.field().equals(CollectionSchema.ID)) {
            return null;
        }
        if (number && value instanceof Number some) {
            return FieldValues.number(some);
        }
        if (!number && value instanceof String) {
            return value;
        }
        throw foreign();
    }

    private static Failure foreign() {
        return Failure.invalid("the cursor is not of this list: start again without it");
    }

    private static String fingerprint(CollectionSchema schema, Query query) {
        String question = schema.name + schema.checked(query.where()) + query.orderBy();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(question.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, 9));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
