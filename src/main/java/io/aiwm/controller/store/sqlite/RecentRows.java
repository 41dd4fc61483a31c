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
 * The rows written last, as committed. The file has one writer, so these are authoritative: a read of a record in use needs no
 * other thread, and the writer knows which indexed values a replacement changes. Modified by the writer thread only.
 */
final class RecentRows {
    private static final int ROW_OVERHEAD_CHARS = 300;

    record Key(String collection, String id) {}

    /** @param values of the declared fields, as stored; null where there is none */
    record Row(Document document, List<Object> values) {}

    private final long maxChars;
    private final Map<Key, Row> committed = new ConcurrentHashMap<>();
    /** The size of each row, least recently written first. Used by the writer thread only. */
    private final Map<Key, Integer> sizes = new LinkedHashMap<>();

    private long chars;
    /** The writes of the open transaction; a null row was deleted. */
    private final Map<Key, Row> pending = new HashMap<>();

    RecentRows(long maxChars) {
        this.maxChars = maxChars;
    }

    /** Thread-safe. @return null when the row is not cached; the file may have it */
    Document committed(String collection, String id) {
        Row row = committed.get(new Key(collection, id));
        return row == null ? null : row.document();
    }

    /** Returns the row as the writer's open transaction sees it; null when it is not cached. */
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

    /**
     * Called before the commit: until it is acknowledged, readers use the file, so that no reader sees an old value after a new one.
     */
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
