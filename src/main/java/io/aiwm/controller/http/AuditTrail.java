package io.aiwm.controller.http;

import io.aiwm.common.JsonText;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Where it is written what callers change. */
public interface AuditTrail {
    /** Writes nothing. */
    AuditTrail NONE = new AuditTrail() {
        @Override
        public Future<Void> asked(JsonObject what) {
            return Future.succeededFuture();
        }

        @Override
        public void ended(JsonObject what) {}

        @Override
        public void worked(JsonText what) {}
    };

    /** A change is asked for; it begins when this has succeeded. */
    Future<Void> asked(JsonObject what);

    /** It has ended. */
    void ended(JsonObject what);

    /** Work was asked for, whose record tells of it. */
    void worked(JsonText what);
}
