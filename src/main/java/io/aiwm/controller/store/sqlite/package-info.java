/**
 * The store in one SQLite file, for one controller. It imports {@code common}, {@code controller.store} and the settings of
 * {@code boot}, and only it imports the SQLite driver.
 *
 * <p>{@link io.aiwm.controller.store.sqlite.SqliteStore} implements the port. {@code SqliteFile} is the open file with its
 * lock, its one writer thread ({@code SqliteWriter}, which commits what waits together) and its readers ({@code
 * SqliteReaders}); {@code SqliteTable} writes the SQL of a collection, {@code SqliteSchema} makes and migrates tables.
 */
package io.aiwm.controller.store.sqlite;
