/**
 * The store in MongoDB, for several controllers. It imports {@code common} and {@code controller.store}, and only it imports
 * the MongoDB client.
 *
 * <p>{@link io.aiwm.controller.store.mongo.MongoStore} implements the port. {@code MongoQueries} writes documents and queries
 * in the form of MongoDB, {@code MongoSchema} makes indexes and migrates documents, {@code MongoChanges} finds what changed,
 * and {@code MongoPatience} limits the time for which a call waits for a database that does not answer.
 */
package io.aiwm.controller.store.mongo;
