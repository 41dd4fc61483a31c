package io.aiwm.controller.store;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One step from data as an older AIWM wrote it to data as this one reads it. Both adapters apply it to every record of
 * the collection when they open; on MongoDB it may meet a record twice (a controller died in between), so it must leave
 * its own result as it is.
 *
 * @param version what the data has after it: 2 for the first one, one more for each next
 * @param run takes a record and gives the changed one, or null to delete it
 */
public record Migration(int version, String description, String collection, UnaryOperator<JsonObject> run) {
    /** Every migration there ever was, in order; nothing is taken out of this list. */
    public static final List<Migration> ALL = List.of();

    /** What a store has that all of these were applied to; a store is born with 1. */
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
