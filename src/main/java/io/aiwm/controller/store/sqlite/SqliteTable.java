package io.aiwm.controller.store.sqlite;

import io.aiwm.controller.store.CollectionSchema;
import io.aiwm.controller.store.Cursor;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.DocumentStore.Page;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Op;
import io.aiwm.controller.store.Query.Order;
import io.vertx.core.json.JsonArray;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The SQL of one collection. Names in it come from declarations; everything else is a bound parameter. Declared fields are separate
 * columns, filled by the writer: a replacement then updates only the indexes whose values changed, which generated columns cannot do
 * (measured: 2 to 3 times the writes per second with six fields).
 */
public final class SqliteTable {
    static final long ALL_FIELDS = -1;
    private static final String DELETED = " RETURNING id, version";

    final CollectionSchema schema;
    final String quoted;
    final String insert;
    /** The same in place of a row with this id. */
    final String put;

    final String byId;
    final String delete;
    final String deleteVersion;
    /** Ids that are in the index of ids and not in the table: SQLite returns a row of a torn page without an id. */
    final String torn;

    private final Map<Long, String> replaces = new HashMap<>();

    /** An SQL fragment and its parameters. */
    public record Sql(String text, List<Object> parameters) {
        public Object[] bound() {
            return parameters.toArray();
        }
    }

    public SqliteTable(CollectionSchema schema) {
        this.schema = schema;
        quoted = '"' + schema.name + '"';
        String columns =
                schema.fields.stream().map(f -> ", " + column(f.path())).collect(Collectors.joining());
        String row = " INTO " + quoted + " (id, version, json" + columns + ") VALUES (?, ?, ?"
                + ", ?".repeat(schema.fields.size()) + ")";
        insert = "INSERT OR IGNORE" + row;
        put = "INSERT OR REPLACE" + row;
        byId = "SELECT id, version, json FROM " + quoted + " WHERE id = ?";
        delete = "DELETE FROM " + quoted + " WHERE id = ?" + DELETED;
        deleteVersion = "DELETE FROM " + quoted + " WHERE id = ? AND version = ?" + DELETED;
        torn = "SELECT id FROM " + quoted + " INDEXED BY \"sqlite_autoindex_" + schema.name
                + "_1\" EXCEPT SELECT id FROM " + quoted + " NOT INDEXED";
    }

    static String column(String path) {
        return path.equals(CollectionSchema.ID) ? "id" : "\"f_" + path + '"';
    }

    /** Returns the values of the declared fields as they are stored: lists as JSON text. */
    List<Object> values(Document document) {
        List<Object> taken = schema.values.of(document);
        List<Object> values = taken;
        for (int i = 0; i < taken.size(); i++) {
            if (taken.get(i) instanceof List<?> texts) {
                values = values == taken ? new ArrayList<>(taken) : values;
                values.set(i, new JsonArray(texts).encode());
            }
        }
        return values;
    }

    Object[] insertion(RecentRows.Row row) {
        List<Object> parameters = new ArrayList<>(3 + row.values().size());
        parameters.add(row.document().id());
        parameters.add(row.document().version());
        parameters.add(row.document().json());
        parameters.addAll(row.values());
        return parameters.toArray();
    }

    /** One bit per field whose value differs. */
    static long changed(RecentRows.Row old, RecentRows.Row next) {
        long changed = 0;
        for (int i = 0; i < next.values().size(); i++) {
            if (!Objects.equals(old.values().get(i), next.values().get(i))) {
                changed |= 1L << i;
            }
        }
        return changed;
    }

    /** Only for the writer thread. */
    Sql replace(RecentRows.Row row, long changed) {
        List<Object> parameters = new ArrayList<>();
        Document document = row.document();
        parameters.add(document.version());
        parameters.add(document.json());
        for (int i = 0; i < row.values().size(); i++) {
            if ((changed & 1L << i) != 0) {
                parameters.add(row.values().get(i));
            }
        }
        parameters.add(document.id());
        parameters.add(document.version() - 1);
        return new Sql(replaces.computeIfAbsent(changed, this::replaceText), parameters);
    }

    private String replaceText(long changed) {
        StringBuilder sql = new StringBuilder("UPDATE " + quoted + " SET version = ?, json = ?");
        for (int i = 0; i < schema.fields.size(); i++) {
            if ((changed & 1L << i) != 0) {
                sql.append(", ").append(column(schema.fields.get(i).path())).append(" = ?");
            }
        }
        return sql.append(" WHERE id = ? AND version = ?").toString();
    }

    /** @param range further conditions, from {@link Cursor#ranges} */
    public Sql find(Query query, List<Condition> range, int limit) {
        return select("id, version, json", query, range, limit);
    }

    /** The same without any index, in row order: it finds the records on all readable pages. */
    Sql findBesideDamage(Query query, List<Condition> range, int limit) {
        Sql indexed = find(query, range, limit);
        String table = " FROM " + quoted;
        return new Sql(indexed.text().replaceFirst(Pattern.quote(table), table + " NOT INDEXED"), indexed.parameters());
    }

    Sql deleteWhere(Query query, List<Condition> range, int limit) {
        Sql ids = select("id", query, range, limit);
        return new Sql("DELETE FROM " + quoted + " WHERE id IN (" + ids.text() + ")" + DELETED, ids.parameters());
    }

    private Sql select(String what, Query query, List<Condition> range, int limit) {
        List<Condition> where = new ArrayList<>(schema.checked(query.where()));
        where.addAll(range);
        Sql conditions = where(where);
        List<Object> parameters = new ArrayList<>(conditions.parameters());
        parameters.add((long) limit);
        String order = schema.order(query).stream().map(this::order).collect(Collectors.joining(", "));
        return new Sql(
                "SELECT " + what + " FROM " + quoted + conditions.text() + " ORDER BY " + order + " LIMIT ?",
                parameters);
    }

    private String order(Order by) {
        return column(by.field()) + (by.descending() ? " DESC" : "");
    }

    Sql count(List<Condition> where) {
        Sql conditions = where(schema.checked(where));
        return new Sql("SELECT count(*) FROM " + quoted + conditions.text(), conditions.parameters());
    }

    Sql countBy(Field field, List<Condition> where) {
        List<Condition> all = new ArrayList<>(schema.checked(where));
        all.add(Condition.ne(field.path(), null));
        Sql conditions = where(all);
        String column = column(field.path());
        return new Sql(
                "SELECT " + column + ", count(*) FROM " + quoted + conditions.text() + " GROUP BY " + column,
                conditions.parameters());
    }

    private Sql where(List<Condition> conditions) {
        List<Object> parameters = new ArrayList<>();
        StringBuilder sql = new StringBuilder();
        for (Condition condition : conditions) {
            sql.append(sql.isEmpty() ? " WHERE " : " AND ");
            boolean list = schema.field(condition.field()).type() == DocumentStore.Type.TEXT_ARRAY;
            String column = column(condition.field());
            Object value = condition.value();
            if (list) {
                sql.append(condition.op() == Op.NE ? "NOT " : "")
                        .append("EXISTS (SELECT 1 FROM json_each(" + column + ") WHERE value "
                                + (condition.op() == Op.IN ? "IN (SELECT value FROM json_each(?)))" : "= ?)"));
            } else if (condition.op() == Op.NONE_OR) {
                sql.append("(" + column + " IS NULL OR " + column + " = ?)");
            } else if (condition.op() == Op.CONTAINS) {
                sql.append(contains(column));
            } else {
                sql.append(column).append(comparison(condition.op(), value));
            }
            if (condition.op() == Op.CONTAINS) {
                parameters.add(lower((String) value));
            } else if (condition.op() == Op.IN) {
                parameters.add(new JsonArray((List<?>) value).encode());
            } else if (value != null) {
                parameters.add(value);
            }
        }
        return new Sql(sql.toString(), parameters);
    }

    private static String comparison(Op op, Object value) {
        return switch (op) {
            case EQ, NONE_OR -> value == null ? " IS NULL" : " = ?";
            case NE -> value == null ? " IS NOT NULL" : " IS NOT ?";
            case IN -> " IN (SELECT value FROM json_each(?))";
            case LT -> " < ?";
            case LTE -> " <= ?";
            case GT -> " > ?";
            case GTE -> " >= ?";
            case CONTAINS -> throw new IllegalArgumentException("see contains");
        };
    }

    /**
     * Looks through the field's own index, which has a name in a few bytes, and reads the documents of matches alone. The plus
     * keeps the order of the list in its index, so that a page of many matches ends early.
     */
    private String contains(String column) {
        return "+rowid IN (SELECT rowid FROM " + quoted + " WHERE instr(lower(" + column + "), ?) > 0)";
    }

    /** As SQLite's lower: ASCII letters only. */
    private static String lower(String text) {
        var lower = new StringBuilder(text.length());
        text.chars().forEach(c -> lower.append((char) (c >= 'A' && c <= 'Z' ? c + 32 : c)));
        return lower.toString();
    }

    /** Returns the page that these statements of {@link #find} give, one after the other, with the cursor behind it. */
    Page page(SqliteSession session, Query query, List<Sql> parts) throws SQLException {
        List<Document> found = new ArrayList<>();
        for (Sql part : parts) {
            for (Document row : session.list(SqliteTable::read, part.text(), part.bound())) {
                if (row.id() != null) { // of a torn page
                    found.add(row);
                }
            }
            if (found.size() > query.limit()) {
                List<Document> page = List.copyOf(found.subList(0, query.limit()));
                return new Page(page, Cursor.after(page.get(page.size() - 1), schema, query));
            }
        }
        return new Page(found, null);
    }

    static Document read(ResultSet row) throws SQLException {
        return new Document(row.getString(1), row.getLong(2), row.getString(3));
    }
}
