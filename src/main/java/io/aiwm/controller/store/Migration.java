package io.aiwm.controller.store;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One step from the data form of an older AIWM to the next one. Both adapters apply it to every record of the collection when they
 * open. On MongoDB it may process a record twice (after the end of a controller in between), so it must not change its own result.
 *
 * @param version of the data after this step: 2 for the first step, one more for each next one
 * @param run takes a record and returns the migrated one, or null to delete it
 */
public record Migration(int version, String description, String collection, UnaryOperator<JsonObject> run) {
    /** All migrations, in order. No entry is ever removed. */
    public static final List<Migration> ALL = List.of();

    /** Returns the version of a store to which all of these were applied; a new store has version 1. */
    public static int latest(List<Migration> migrations) {
        for (int i = 0; i < migrations.size(); i++) {
            if (migrations.get(i).version() != i + 2) {
                throw new IllegalArgumentException("migration " + (i + 2) + " is missing or out of order");
            }
        }
        return migrations.size() + 1;
    }

    /** @return the record after all migrations newer than this version; null when one of them deletes it */
    public static JsonObject apply(List<Migration> migrations, int from, String collection, JsonObject json) {
        JsonObject record = json;
        for (Migration migration : migrations) {
            if (record != null
                    && migration.version() > from
                    && migration.collection().equals(collection)) {
                record = migration.run().apply(record);
            }
        }
        return record;
    }

    public static String downgradeRefused(String where, int found, int known) {
        return where + " was written by a newer AIWM (schema " + found + ", this one knows " + known
                + "): start that version, or restore a backup made before the upgrade";
    }
}
