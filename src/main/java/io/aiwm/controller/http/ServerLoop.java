package io.aiwm.controller.http;

import io.vertx.core.Context;
import io.vertx.core.Vertx;

/** What the handlers of one event loop of the HTTP port have in common. */
public final class ServerLoop {
    private final Vertx vertx;
    private final Context context;
    private final InFlight inFlight;
    private final Shares shares;

    ServerLoop(Vertx vertx, Context context, InFlight inFlight, Shares shares) {
        this.vertx = vertx;
        this.context = context;
        this.inFlight = inFlight;
        this.shares = shares;
    }

    public Vertx vertx() {
        return vertx;
    }

    /** Where requests arrive and answers are written. */
    public Context context() {
        return context;
    }

    /** The requests that have no answer yet. */
    InFlight inFlight() {
        return inFlight;
    }

    /** What each user has open at this controller, the same for all event loops. */
    Shares shares() {
        return shares;
    }
}
