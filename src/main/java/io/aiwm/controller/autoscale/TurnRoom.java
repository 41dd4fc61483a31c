package io.aiwm.controller.autoscale;

/** What the scheduler's ledger would have room for, to try it out. */
interface TurnRoom {
    /** Whether a deployment that waits would have a node now. */
    boolean fits(String waiterId);

    /** From now on it has what it asks for. */
    void take(String waiterId);

    /** From now on a deployment holds nothing, or what it holds while it sleeps. @param gone nothing even if it can sleep */
    void without(String residentId, boolean gone);

    /** It holds again what it did. */
    void with(String residentId);

    /** Why one that waits has no node, in words. */
    String why(String waiterId);
}
