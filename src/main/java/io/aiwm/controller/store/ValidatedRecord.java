package io.aiwm.controller.store;

/** A record type that checks its required fields. */
public interface ValidatedRecord {
    /**
     * Throws a RuntimeException that names a missing field. Called after each decoding: a record without a required field is treated as
     * unreadable and does not break a list or a start.
     */
    void check();
}
