package io.aiwm.controller.eventlog;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What records were called when the log told of them last: a deletion leaves no record to ask. The newest {@link #MOST} are kept; a
 * deletion of another one is told without a name. Used by one caller at a time.
 */
final class RecordNames {
    private static final int MOST = 10_000;

    private final Map<String, String> names = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST;
        }
    };

    void tell(String record, String note) {
        if (note.startsWith(EventNote.BEGINS)) { // else it is a type alone
            String name = new JsonObject(note).getString("name");
            if (name != null) {
                names.put(record, name);
            }
        }
    }

    /** Tells of an event of the past, the newest first. @param name null: it had none */
    void tellEarlier(String record, String name) {
        if (name != null) {
            names.putIfAbsent(record, name);
        }
    }

    /** Returns the name of a record that is gone. Null: not known. */
    String forget(String record) {
        return names.remove(record);
    }
}
