/**
 * The records of the controller: JSON documents with an id and a version, in declared collections. It imports {@code common}
 * only, and knows no database.
 *
 * <p>{@link io.aiwm.controller.store.DocumentStore} is the port that the adapters implement; {@link
 * io.aiwm.controller.store.Records} is what the services use: one gate per record type, through which every change is a
 * compare-and-set on the version. {@link io.aiwm.controller.store.CollectionSchema} checks documents and queries for all
 * adapters, {@link io.aiwm.controller.store.FieldValues} takes the indexed values out of a document, {@link
 * io.aiwm.controller.store.Migration} brings stored documents to the present form, and {@link
 * io.aiwm.controller.store.ChangeReader} reads what changed.
 */
package io.aiwm.controller.store;
