package io.aiwm.controller.store;

/**
 * A durable change of a record.
 *
 * @param version the record has since then; of a deletion one more than the record had
 * @param deleted whether the record is gone. Its id may be used again, and then begins with version 1
 */
public record Change(String collection, String id, long version, boolean deleted) {
    /** Names the change for ever and everywhere, so that a receiver recognizes a repetition. */
    public String entryId() {
        return collection + "/" + id + "@" + version;
    }
}
