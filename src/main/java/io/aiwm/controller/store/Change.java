package io.aiwm.controller.store;

import java.util.List;

/**
 * A durable change of a record.
 *
 * @param version the version that the change gave the record; for a deletion one more than the version of the deleted record
 * @param deleted whether the record was deleted. Its id may be used again; such a record begins with version 1
 * @param notes what the writer said of this version in the same write; see {@link DocumentStore.Document#notes}
 */
public record Change(String collection, String id, long version, boolean deleted, List<String> notes) {
    public Change {
        notes = List.copyOf(notes);
    }

    public Change(String collection, String id, long version, boolean deleted) {
        this(collection, id, version, deleted, List.of());
    }

    /** Returns an id that is unique among all changes. A consumer recognizes a repeated change by it. */
    public String entryId() {
        return collection + "/" + id + "@" + version;
    }
}
