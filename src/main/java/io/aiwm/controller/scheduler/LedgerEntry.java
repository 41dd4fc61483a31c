package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Claim;

/** Work that holds something of this node. */
final class LedgerEntry {
    final String id;
    final NodeInfo on;
    final Claim claim;
    final int slots;
    final ClaimOwner owner;
    final long sinceMillis;
    /** Which promise of this controller it is; 0: none, it is known from what is stored or claimed. */
    long promise;
    /** Whether the shared claims have it; always, where there is one controller. */
    boolean granted;
    /** Whether a write that names this node may have been made of it. */
    boolean answered;
    /** Whether it was promised within a write, and not by a pass. */
    boolean withinWrite;
    /** False while it is only promised and not yet stored. */
    boolean stored;

    LedgerEntry(String id, NodeInfo on, Claim claim, int slots, ClaimOwner owner, long sinceMillis) {
        this.id = id;
        this.on = on;
        this.claim = claim;
        this.slots = slots;
        this.owner = owner;
        this.sinceMillis = sinceMillis;
    }
}
