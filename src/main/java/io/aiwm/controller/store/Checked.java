package io.aiwm.controller.store;

/** A record type that knows what no record of it can lack. */
public interface Checked {
    /**
     * Throws a NullPointerException, or another RuntimeException, that names what is missing. Called after each reading:
     * such a record is then one that cannot be read, instead of breaking whoever meets it in a list or at a start.
     */
    void check();
}
