/**
 * The durable change feed: what must follow a change of a record is a {@link io.aiwm.controller.change.ChangeConsumer} and
 * hears of it here, also when the process is killed right after the write.
 *
 * <p>The store keeps which records changed in the transaction that changes them
 * ({@link io.aiwm.controller.store.DocumentStore#changes}). {@link io.aiwm.controller.change.ChangeFeed} gives them to each
 * consumer by its name, at least once, of each record in the order of its versions; versions that were replaced before they
 * were read are merged into the newest. One consumer name runs on one controller at a time, which holds a lease on the
 * record of its position; {@link io.aiwm.controller.change.ChangeTail} follows without a position, on every controller.
 */
package io.aiwm.controller.change;
