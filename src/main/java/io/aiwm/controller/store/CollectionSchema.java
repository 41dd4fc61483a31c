package io.aiwm.controller.store;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Op;
import io.aiwm.controller.store.Query.Order;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The declaration of one collection, checked once. Checks every query and document before it reaches a database, so that both
 * adapters refuse the same input with the same message.
 */
public final class CollectionSchema {
    public static final String ID = "id";
    static final int MAX_DOCUMENT_CHARS = 8 << 20;
    private static final int MAX_FIELDS = 62;
    private static final Set<String> RESERVED = Set.of("meta", "changes");
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,62}");
    private static final Pattern PATH = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*");
    private static final Field THE_ID = new Field(ID, DocumentStore.Type.TEXT, true);

    public final String name;
    /** In declared order; {@link FieldValues} uses the same order. */
    public final List<Field> fields;

    public final List<List<String>> indexes;
    public final FieldValues values;
    public final boolean told;
    public final boolean writtenOnce;
    private final Map<String, Field> byPath = new HashMap<>();

    public CollectionSchema(Collection collection) {
        name = collection.name();
        fields = collection.fields();
        indexes = collection.indexes();
        told = collection.told();
        writtenOnce = collection.writtenOnce();
        // A mistake in a declaration is a fault of the program, not of a user: it stops the start.
        demand(NAME.matcher(name).matches() && !RESERVED.contains(name) && !name.startsWith("sqlite_"), "name " + name);
        demand(fields.size() <= MAX_FIELDS, "more than " + MAX_FIELDS + " fields");
        byPath.put(ID, THE_ID);
        Set<String> lower = new HashSet<>(Set.of(ID));
        for (Field field : fields) {
            demand(PATH.matcher(field.path()).matches(), "field " + field.path());
            // SQLite's names are not case-sensitive.
            demand(lower.add(field.path().toLowerCase(Locale.ROOT)), "field " + field.path() + " twice");
            byPath.put(field.path(), field);
            demand(!field.unique() || field.type() != DocumentStore.Type.TEXT_ARRAY, "unique list " + field.path());
        }
        for (List<String> index : indexes) {
            for (String path : index) {
                demand(byPath.containsKey(path), "index on undeclared " + path);
                demand(byPath.get(path).type() != DocumentStore.Type.TEXT_ARRAY, "index on list " + path);
            }
        }
        values = new FieldValues(fields);
    }

    private void demand(boolean right, String wrong) {
        if (!right) {
            throw new IllegalArgumentException("collection " + name + " is declared wrongly: " + wrong);
        }
    }

    public static Failure unknown(String collection) {
        return Failure.invalid("there is no collection " + collection);
    }

    /** Returns this schema. Fails with INVALID when the collection does not record its changes. */
    public CollectionSchema telling() {
        if (!told) {
            throw Failure.invalid("changes of " + name + " are not told");
        }
        return this;
    }

    /** Returns this schema. Fails with INVALID where a write must see what it replaces. */
    public CollectionSchema replaceable() {
        if (told || fields.stream().anyMatch(Field::unique)) {
            throw Failure.invalid("documents of " + name + " are not replaced unseen");
        }
        return this;
    }

    public static Failure closed() {
        return new Failure(Failure.Kind.UNAVAILABLE, "the store is closed");
    }

    /** Returns a record of this collection as a document, and takes the values of the declared fields in the same pass. */
    public Document encode(String id, long version, Object record) {
        return values.encode(id, version, record);
    }

    public Document checked(Document document) {
        if (document.id() == null || document.id().isEmpty() || document.id().length() > 1_000) {
            throw Failure.invalid("/id", "must have 1 to 1000 characters");
        }
        if (document.version() < 1) {
            throw Failure.invalid("/version", "must be at least 1");
        }
        if (document.json().length() > MAX_DOCUMENT_CHARS) {
            throw new Failure(
                    Failure.Kind.TOO_LARGE, "a record may have " + MAX_DOCUMENT_CHARS + " characters at most");
        }
        return document;
    }

    /** Returns the same conditions with each value converted to Long, Double or String. Fails with INVALID. */
    public List<Condition> checked(List<Condition> where) {
        List<Condition> checked = new ArrayList<>(where.size());
        for (Condition condition : where) {
            Field field = field(condition.field());
            Object literal = literal(field, condition.op(), condition.value());
            // IN with one value becomes EQ, so that an index answers it in the list's order.
            checked.add(
                    condition.op() == Op.IN && ((List<?>) literal).size() == 1
                            ? Condition.eq(field.path(), ((List<?>) literal).get(0))
                            : new Condition(field.path(), condition.op(), literal));
        }
        return checked;
    }

    /** Returns the complete order: the requested fields, then the id, so that no two records are equal. */
    public List<Order> order(Query query) {
        List<Order> order = new ArrayList<>();
        for (Order by : query.orderBy()) {
            if (field(by.field()).type() == DocumentStore.Type.TEXT_ARRAY) {
                throw Failure.invalid(by.field() + " is a list and cannot order");
            }
            order.add(by);
            if (by.field().equals(ID)) {
                return order;
            }
        }
        order.add(new Order(ID, !order.isEmpty() && order.get(order.size() - 1).descending()));
        return order;
    }

    public Field countable(String path) {
        Field field = field(path);
        if (field.type() == DocumentStore.Type.TEXT_ARRAY) {
            throw Failure.invalid(path + " is a list and cannot be counted by");
        }
        return field;
    }

    public Field field(String path) {
        Field field = byPath.get(path);
        if (field == null) {
            throw Failure.invalid(name + " cannot be queried by " + path);
        }
        return field;
    }

    /** Returns whether an index of several fields begins with this field. */
    public boolean leadsIndex(Field field) {
        return !field.unique()
                && indexes.stream().anyMatch(index -> index.get(0).equals(field.path()));
    }

    private static Object literal(Field field, Op op, Object value) {
        boolean contains = field.type() == DocumentStore.Type.TEXT_ARRAY;
        return switch (op) {
            case EQ, NE -> value == null && !contains ? null : literal(field, value);
            case LT, LTE, GT, GTE -> {
                if (contains) {
                    throw Failure.invalid(field.path() + " is a list: ask whether it contains a text");
                }
                yield literal(field, value);
            }
            case NONE_OR -> {
                if (contains || value == null) {
                    throw Failure.invalid(field.path() + " needs one value, and is no list");
                }
                yield literal(field, value);
            }
            case CONTAINS -> {
                if (field.type() != DocumentStore.Type.TEXT || value == null) {
                    throw Failure.invalid(field.path() + " is not a text with parts");
                }
                yield literal(field, value);
            }
            case IN -> {
                if (!(value instanceof List<?> list) || list.size() > Query.MAX_IN) {
                    throw Failure.invalid(field.path() + " needs a list of at most " + Query.MAX_IN + " values");
                }
                List<Object> literals = new ArrayList<>(list.size());
                for (Object one : list) {
                    literals.add(literal(field, one));
                }
                yield literals;
            }
        };
    }

    private static Object literal(Field field, Object value) {
        boolean text = field.type() == DocumentStore.Type.TEXT || field.type() == DocumentStore.Type.TEXT_ARRAY;
        if (!text && value instanceof Number number) {
            return FieldValues.number(number);
        }
        if (text && value instanceof String) {
            return value;
        }
        if (field.type() == DocumentStore.Type.TIME && value instanceof Instant time) {
            return FieldValues.micros(time);
        }
        throw Failure.invalid(
                field.path() + " compares with a " + field.type().name().toLowerCase(Locale.ROOT));
    }
}
