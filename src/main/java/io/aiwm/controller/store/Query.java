package io.aiwm.controller.store;

import java.util.List;

/**
 * A typed question to a collection. No caller passes database syntax, so no input can carry an operator. Fields must be
 * declared in the collection; the id is called {@code id}.
 *
 * @param limit page size, 1 to {@link #MAX_LIMIT}
 * @param cursor from the page before, or null; fails with INVALID when it is not one
 */
public record Query(List<Condition> where, List<Order> orderBy, int limit, String cursor) {
    public static final int MAX_LIMIT = 10_000;
    public static final int MAX_IN = 10_000;
    /**
     * The time of creation, as every record has it. Ids begin with their time too, but after a prefix that depends on
     * what made them, and with the time at which they were chosen.
     */
    public static final String CREATED = "createdAt";

    public Query {
        where = List.copyOf(where);
        orderBy = List.copyOf(orderBy);
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit " + limit + " is not within 1.." + MAX_LIMIT);
        }
    }

    /** Every record, by id. */
    public static Query all() {
        return where(new Condition[0]);
    }

    public static Query where(Condition... conditions) {
        return where(List.of(conditions));
    }

    public static Query where(List<Condition> conditions) {
        return new Query(conditions, List.of(), 1_000, null);
    }

    public Query orderBy(String field, boolean descending) {
        return new Query(where, List.of(new Order(field, descending)), limit, cursor);
    }

    /** By the time of creation, so the collection must declare {@link #CREATED}. */
    public Query newestFirst() {
        return orderBy(CREATED, true);
    }

    /** By the time of creation, so the collection must declare {@link #CREATED}. */
    public Query oldestFirst() {
        return orderBy(CREATED, false);
    }

    public Query limit(int size) {
        return new Query(where, orderBy, size, cursor);
    }

    public Query after(String pageCursor) {
        return new Query(where, orderBy, limit, pageCursor);
    }

    /**
     * No value is below or above null; NE matches records without a value.
     *
     * @param value a text, a number, an Instant or null (EQ/NE only); for IN a list of at most {@link #MAX_IN} texts or numbers
     */
    public record Condition(String field, Op op, Object value) {
        public static Condition eq(String field, Object value) {
            return new Condition(field, Op.EQ, value);
        }

        public static Condition ne(String field, Object value) {
            return new Condition(field, Op.NE, value);
        }

        /** Whether a field has no value, or this one. Not of lists. */
        public static Condition noneOr(String field, Object value) {
            return new Condition(field, Op.NONE_OR, value);
        }

        public static Condition in(String field, List<?> values) {
            return new Condition(field, Op.IN, List.copyOf(values));
        }

        public static Condition lt(String field, Object value) {
            return new Condition(field, Op.LT, value);
        }

        /** Whether a text has this one somewhere in it; the case of ASCII letters does not count. */
        public static Condition contains(String field, String part) {
            return new Condition(field, Op.CONTAINS, part);
        }

        public static Condition gte(String field, Object value) {
            return new Condition(field, Op.GTE, value);
        }
    }

    public enum Op {
        EQ,
        NE,
        /** No value, or this one. */
        NONE_OR,
        IN,
        LT,
        LTE,
        GT,
        GTE,
        CONTAINS
    }

    public record Order(String field, boolean descending) {}
}
