package io.aiwm.controller.store;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What trouble of which record the log has named, so that one that lasts is named once and not at every look. */
final class Named {
    /** With more than this it forgets all, and names them once more. */
    private static final int MOST = 1_000;

    private final Map<String, String> why = new ConcurrentHashMap<>();

    /** Whether this is to be named: it was not, or was another trouble. */
    boolean isNews(String id, String trouble) {
        if (why.size() >= MOST) {
            why.clear();
        }
        return !trouble.equals(why.put(id, trouble));
    }

    /** Should it come back, it is news. */
    void over(String id) {
        why.remove(id);
    }
}
