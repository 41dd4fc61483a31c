package io.aiwm.controller.store.sqlite;

import io.aiwm.controller.store.DocumentStore.Document;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The rows written last, as committed. Because the file has one writer, this is the truth: a read of a record in work
 * needs no other thread, and the writer knows which indexed values a replace changes. Only the writer thread changes it.
 */
final class RecentRows {
    private static final int ROW_OVERHEAD_CHARS = 300;

    record Key(String collection, String id) {}

    /** @param values of the declared fields, as stored; null where there is none */
    record Row(Document document, List<Object> values) {}

    private final long maxChars;
    private final Map<Key, Row> committed = new ConcurrentHashMap<>();
    /** Of the writer thread: what each row counts, the one written longest ago first. */
    private final Map<Key, Integer> sizes = new LinkedHashMap<>();

    private long chars;
    /** What the open transaction wrote; a null row was deleted. */
    private final Map<Key, Row> pending = new HashMap<>();

    RecentRows(long maxChars) {
        this.maxChars = maxChars;
    }

    /** From any thread. @return null when it is not known here, which says nothing about the file */
    Document committed(String collection, String id) {
        Row row = committed.get(new Key(collection, id));
        return row == null ? null : row.document();
    }

    /** What the writer's open transaction sees, or null when it is not known here. */
    Row known(String collection, String id) {
        Key key = new Key(collection, id);
        return pending.containsKey(key) ? pending.get(key) : committed.get(key);
    }

    void wrote(String collection, Row row) {
        pending.put(new Key(collection, row.document().id()), row);
    }

    void deleted(String collection, String id) {
        pending.put(new Key(collection, id), null);
    }

    /** Before the commit: until it is acknowledged, readers ask the file, so that none sees old after new. */
    void forgetPending() {
        pending.keySet().forEach(committed::remove);
    }

    /** @return whether the transaction changed anything */
    boolean commit() {
        boolean changed = !pending.isEmpty();
        pending.forEach((key, row) -> {
            chars -= Objects.requireNonNullElse(sizes.remove(key), 0);
            if (row != null) {
                committed.put(key, row);
                sizes.put(key, size(row));
                chars += size(row);
            }
        });
        pending.clear();
        Iterator<Map.Entry<Key, Integer>> oldest = sizes.entrySet().iterator();
        while (chars > maxChars) {
            Map.Entry<Key, Integer> row = oldest.next();
            committed.remove(row.getKey());
            chars -= row.getValue();
            oldest.remove();
        }
        return changed;
    }

    void rollback() {
        pending.clear();
    }

    private static int size(Row row) {
        return row.document().json().length() + ROW_OVERHEAD_CHARS;
    }
}
