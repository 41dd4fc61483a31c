package io.aiwm.inference.balance;

import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Future;

/** The replicas of one deployment, or an external endpoint as one replica. Safe to use from any event loop. */
public interface Balancer {
    /** Sets the replicas; of those that stay it keeps what it knows, calls that wait may go to new ones. */
    void update(GatewayConfig.Deployed deployed);

    /**
     * Finds a place. Done at once where there is one or the call does not wait, otherwise when one comes free. Fails with
     * {@link io.aiwm.inference.GatewayError.Refused}: 503 {@code model_not_ready} where no replica is ready and none will be woken, 429
     * {@code queue_full} with a time to come again, 504 {@code queue_timeout}, 503 {@code no_replica_left} where all have failed this
     * call, 503 {@link #NOT_IDLE} to one that takes idle replicas only where none is idle.
     */
    Future<Place> acquire(PlaceRequest ask);

    /** Ends the waiting for a place. What {@link #acquire} returned stays as it is: a place that it has already is to be ended. */
    void cancel(Future<Place> acquired);

    /** Code of the refusal of a call that takes idle replicas only. */
    String NOT_IDLE = "not_idle";

    /**
     * How many calls that take idle replicas only could have a place at once, those that have one now included. A replica is idle while it
     * has no other call; none is while calls wait. Has a deployment woken that has no replica.
     */
    int idlePlaces();

    /** Has a deployment woken that has no replica, for calls that come later. */
    void wake();

    /** Calls that have a place and are not {@link Place#quiet}. */
    int inFlight();

    /** Calls that wait. */
    int waiting();
}
