package io.aiwm.controller.http;

import io.aiwm.controller.auth.Principal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;

/**
 * Addresses of the event bridge at which each listener is told alone: from where it left off, and as fast as it takes it. Called on the
 * event loop of the bridge.
 */
public interface BridgeFeed {
    /** A regular expression for the feed's addresses, and for no others. */
    String addresses();

    /**
     * Returns a reading that has not begun. Fails with NOT_FOUND where there is nothing at the address that the caller may hear.
     *
     * @param after as the listener sends it: what it has already; null: nothing
     */
    Future<Reading> open(Principal caller, String address, String after);

    /** What one listener is told. */
    interface Reading {
        /** Begins, or goes on behind what was told last. */
        void resume(Consumer<JsonObject> listener);

        /** Nothing more is told until {@link #resume}; nothing is kept meanwhile. */
        void pause();

        /** Looks whether there is something to tell that it was not told of. Called every other second. */
        void look();

        void close();
    }
}
