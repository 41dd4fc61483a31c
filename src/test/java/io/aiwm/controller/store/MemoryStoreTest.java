package io.aiwm.controller.store;

/** The store that tests replay runs on keeps what every store promises. */
class MemoryStoreTest extends DocumentStoreContract {
    @Override
    public DocumentStore fresh() {
        return new MemoryStore();
    }
}
