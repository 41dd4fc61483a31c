package io.aiwm.controller.node;

import java.util.Collection;

/**
 * The nodes as the scheduler sees them: a view in memory, kept fresh by changes and sweeps. Reading it never waits, and
 * it may be a moment old; the conditional write is the judge.
 */
public interface NodeDirectory {

    /** Null when there is no such node. */
    Node find(String nodeId);

    Collection<Node> all();

    /** Calls back after a node came, changed or went; on any thread, must not block. */
    void onChange(Runnable listener);

    /** Calls back with the id of a node that has just become OFFLINE or was deleted: its open attempts are lost. */
    void onLost(java.util.function.Consumer<String> listener);
}
