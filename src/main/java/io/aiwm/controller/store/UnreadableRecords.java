package io.aiwm.controller.store;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The stored records that could not be read, because the file is damaged or another version wrote them. For health checks. A record
 * is removed when it was read or deleted. Thread-safe.
 */
public final class UnreadableRecords {
    private static final int MOST_KEPT = 10_000;

    private final Set<String> found = ConcurrentHashMap.newKeySet();

    /** @return false when it was known already */
    public boolean found(String collection, String id) {
        return found.size() < MOST_KEPT && found.add(name(collection, id));
    }

    void over(String collection, String id) {
        if (!found.isEmpty()) {
            found.remove(name(collection, id));
        }
    }

    private static String name(String collection, String id) {
        return collection + "/" + id;
    }

    public int count() {
        return found.size();
    }

    /** Returns at most so many of them, as {@code collection/id}. */
    public List<String> names(int most) {
        return found.stream().sorted().limit(most).toList();
    }
}
