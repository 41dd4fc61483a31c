package io.aiwm.controller.change;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import java.util.List;

/**
 * How far a consumer has come.
 *
 * @param id the consumer's name
 * @param owner the controller that runs it; null: none
 * @param position where the store's changes go on; null: it was never told anything
 */
record ConsumerPosition(String id, long version, String owner, String position) {
    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection("changeConsumers", List.of());

    static Records<ConsumerPosition> records(DocumentStore store, boolean alone) {
        return new Records<>(
                store,
                COLLECTION.name(),
                ConsumerPosition.class,
                Records.Shape.of(ConsumerPosition::id, ConsumerPosition::version, ConsumerPosition::withVersion),
                kept -> false,
                alone);
    }

    private ConsumerPosition withVersion(long next) {
        return new ConsumerPosition(id, next, owner, position);
    }

    /** Fails with CONFLICT where it is not as it was seen. */
    ConsumerPosition after(ConsumerPosition seen, String nextOwner, String nextPosition) {
        if (version != seen.version) {
            throw Failure.conflict("consumer " + id + " is run by another controller");
        }
        return new ConsumerPosition(id, version, nextOwner, nextPosition);
    }
}
