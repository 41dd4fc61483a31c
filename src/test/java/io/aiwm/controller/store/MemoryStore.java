package io.aiwm.controller.store;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A store in memory that answers at once, on the caller's thread: what a test needs to decide itself when an answer
 * comes. It keeps the contract of every store but the one to survive its process.
 */
public final class MemoryStore implements DocumentStore {
    /** Hears of every write in the order in which they are done. */
    public interface Listener {
        /** @param before null: it is new. @param after null: it is deleted */
        void written(String collection, Document before, Document after);
    }

    private final Map<String, MemoryTable> tables = new HashMap<>();
    private Listener listener = (collection, before, after) -> {};
    private final List<Change> changes = new ArrayList<>();
    /** How many of the first changes were dropped. */
    private int dropped;

    private Runnable hint = () -> {};
    private boolean closed;

    public void onWritten(Listener heard) {
        listener = heard;
    }

    /** Every record of a collection, in the order of ids. */
    public List<Document> all(String collection) {
        return table(collection).rows.values().stream()
                .map(MemoryTable.Row::document)
                .toList();
    }

    @Override
    public Future<Void> open(List<Collection> collections) {
        return answer(() -> {
            collections.forEach(one -> tables.put(one.name(), new MemoryTable(one)));
            return null;
        });
    }

    @Override
    public Future<Void> insert(String collection, Document document) {
        return answer(() -> {
            if (!inserted(table(collection), document)) {
                throw Failure.conflict("there is a record " + document.id() + ", or one with its unique value");
            }
            return null;
        });
    }

    @Override
    public Future<List<Boolean>> insertAll(String collection, List<Document> documents) {
        return answer(() -> {
            MemoryTable table = table(collection);
            documents.forEach(one -> table.row(one)); // one that is wrong refuses all
            return documents.stream().map(one -> inserted(table, one)).toList();
        });
    }

    @Override
    public Future<Void> putAll(String collection, List<Document> documents) {
        return answer(() -> {
            MemoryTable table = table(collection);
            table.schema.replaceable();
            documents.forEach(one -> table.row(one)); // one that is wrong refuses all
            documents.forEach(one -> table.rows.put(one.id(), table.row(one)));
            return null;
        });
    }

    private boolean inserted(MemoryTable table, Document document) {
        MemoryTable.Row row = table.row(document);
        if (table.rows.containsKey(document.id()) || table.taken(row)) {
            return false;
        }
        table.rows.put(document.id(), row);
        written(table, null, document);
        return true;
    }

    @Override
    public Future<Document> get(String collection, String id) {
        return answer(() -> {
            MemoryTable.Row row = table(collection).rows.get(id);
            return row == null ? null : row.document();
        });
    }

    @Override
    public Future<Boolean> replaceIf(String collection, Document document) {
        return answer(() -> {
            MemoryTable table = table(collection);
            MemoryTable.Row row = table.row(document);
            MemoryTable.Row known = table.rows.get(document.id());
            if (known == null || known.document().version() != document.version() - 1) {
                return false;
            }
            if (table.taken(row)) {
                throw Failure.conflict("another record has the unique value of " + document.id());
            }
            table.rows.put(document.id(), row);
            written(table, known.document(), document);
            return true;
        });
    }

    @Override
    public Future<Boolean> delete(String collection, String id, long version) {
        return answer(() -> {
            MemoryTable table = table(collection);
            MemoryTable.Row known = table.rows.get(id);
            if (known == null || (version != -1 && known.document().version() != version)) {
                return false;
            }
            table.rows.remove(id);
            written(table, known.document(), null);
            return true;
        });
    }

    @Override
    public Future<Long> deleteWhere(String collection, Query query) {
        return answer(() -> {
            MemoryTable table = table(collection);
            List<MemoryTable.Row> found = table.found(query);
            List<MemoryTable.Row> some = found.subList(0, Math.min(found.size(), query.limit()));
            some.forEach(row -> {
                table.rows.remove(row.document().id());
                written(table, row.document(), null);
            });
            return (long) some.size();
        });
    }

    @Override
    public Future<Page> find(String collection, Query query) {
        return answer(() -> {
            MemoryTable table = table(collection);
            List<Document> found =
                    table.found(query).stream().map(MemoryTable.Row::document).toList();
            List<Document> page = found.subList(0, Math.min(found.size(), query.limit()));
            boolean more = found.size() > page.size();
            return new Page(page, more ? Cursor.after(page.get(page.size() - 1), table.schema, query) : null);
        });
    }

    @Override
    public Future<Long> count(String collection, List<Condition> where) {
        return answer(() -> {
            MemoryTable table = table(collection);
            List<Condition> checked = table.schema.checked(where);
            return table.rows.values().stream()
                    .filter(row -> table.fits(row, checked))
                    .count();
        });
    }

    @Override
    public Future<Map<String, Long>> countBy(String collection, String field, List<Condition> where) {
        return answer(() -> {
            MemoryTable table = table(collection);
            List<Condition> checked = table.schema.checked(where);
            String path = table.schema.countable(field).path();
            var counts = new HashMap<String, Long>();
            for (MemoryTable.Row row : table.rows.values()) {
                Object value = table.value(row, path);
                if (value != null && table.fits(row, checked)) {
                    counts.merge(value.toString(), 1L, Long::sum);
                }
            }
            return counts;
        });
    }

    private void written(MemoryTable table, Document before, Document after) {
        String name = table.schema.name;
        if (table.schema.told) {
            changes.add(
                    after == null
                            ? new Change(name, before.id(), before.version() + 1, true)
                            : new Change(name, after.id(), after.version(), false, after.notes()));
            hint.run();
        }
        listener.written(name, before, after);
    }

    /** Its position is the number of changes before it. */
    @Override
    public ChangeReader changes(Set<String> collections, String position) {
        collections.forEach(one -> table(one).schema.telling());
        return new ChangeReader() {
            private int at = position == null ? -1 : Integer.parseInt(position);

            @Override
            public Future<Batch> next(int limit) {
                return answer(() -> {
                    int end = dropped + changes.size();
                    if (at < dropped) {
                        boolean lost = at >= 0;
                        at = end;
                        return lost ? Batch.LOST : Batch.NONE;
                    }
                    var found = new ArrayList<Change>();
                    while (at < end && found.size() < limit) {
                        Change next = changes.get(at++ - dropped);
                        if (collections.contains(next.collection())) {
                            found.add(next);
                        }
                    }
                    return new Batch(found, at < end, false);
                });
            }

            @Override
            public String position() {
                return at < 0 ? null : Integer.toString(at);
            }
        };
    }

    @Override
    public void onChange(Runnable heard) {
        Runnable others = hint;
        hint = () -> {
            others.run();
            heard.run();
        };
    }

    /** It has no time, so it drops all that was passed, and everything where nothing may be kept. */
    @Override
    public Future<Void> trimChanges(List<String> passed, ChangeRetention retention) {
        return answer(() -> {
            int all = dropped + changes.size();
            int needless = passed.stream().mapToInt(Integer::parseInt).min().orElse(all);
            int drop = (retention.most().isZero() ? all : needless) - dropped;
            changes.subList(0, drop).clear();
            dropped += drop;
            return null;
        });
    }

    @Override
    public Future<Void> ping() {
        return answer(() -> null);
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return Future.succeededFuture();
    }

    private MemoryTable table(String collection) {
        MemoryTable table = tables.get(collection);
        if (table == null) {
            throw CollectionSchema.unknown(collection);
        }
        return table;
    }

    private synchronized <T> Future<T> answer(Supplier<T> work) {
        try {
            if (closed) {
                throw CollectionSchema.closed();
            }
            return Future.succeededFuture(work.get());
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
    }
}
