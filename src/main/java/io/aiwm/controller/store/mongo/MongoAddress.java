package io.aiwm.controller.store.mongo;

import com.mongodb.ConnectionString;
import io.vertx.core.json.JsonObject;

/** The configured address of the database, with the options that the store needs. */
final class MongoAddress {
    private static final String DEFAULT_DATABASE = "aiwm";
    /** Later options win over the same ones in the user's address. */
    private static final String SAFE = "w=majority&journal=true&readPreference=primary";

    /** An unreachable database is reported within two seconds; see {@link MongoPatience} for silent ones. */
    private static final String PATIENCE =
            "serverSelectionTimeoutMS=1500&connectTimeoutMS=1500&socketTimeoutMS=30000&heartbeatFrequencyMS=2000";

    private MongoAddress() {}

    /** Returns the configuration of the client. */
    static JsonObject config(String uri) {
        String database = new ConnectionString(uri).getDatabase();
        return new JsonObject()
                .put("connection_string", safe(uri))
                .put("db_name", database == null ? DEFAULT_DATABASE : database);
    }

    static String safe(String uri) {
        int options = uri.indexOf('?');
        if (options >= 0) {
            return uri.substring(0, options + 1) + PATIENCE + "&" + uri.substring(options + 1) + "&" + SAFE;
        }
        boolean hasPath = uri.indexOf('/', uri.indexOf("://") + 3) >= 0;
        return uri + (hasPath ? "?" : "/?") + PATIENCE + "&" + SAFE;
    }
}
