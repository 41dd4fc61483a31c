package io.aiwm.inference.balance;

import io.aiwm.inference.route.GatewayConfig;

/** A place at a replica, held by one call until {@link #end}. */
public interface Place {
    GatewayConfig.Replica replica();

    /** How long the call waited for it. */
    long waitedMillis();

    /**
     * Whether the call passes nothing for now. It keeps its place, but is no load for which a deployment stays awake. Ignored after the
     * end.
     */
    void quiet(boolean now);

    /** Gives it back, and says how it went. Only the first call counts. */
    void end(Outcome outcome);

    /** How a call went, as far as the replica is concerned. */
    enum Outcome {
        SUCCEEDED,
        /** The caller's fault, or the caller went away: says nothing of the replica. */
        NEUTRAL,
        /** No connection, an answer of 5xx, or one that broke off. */
        FAILED
    }
}
