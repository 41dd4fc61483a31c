package io.aiwm.inference.balance;

import java.util.Set;

/**
 * A call that looks for a replica.
 *
 * @param caller calls of one caller are served in turn with those of others
 * @param priority larger first
 * @param session calls with the same one go to the same replica while that is possible; null: none
 * @param prefix hashes of the prompt's leading blocks, the first block first; each covers all blocks before it. Empty: none
 * @param not ids of replicas that have failed this call
 * @param waitMillis how long it waits for a place at most; 0: not at all
 * @param idleOnly it takes only a replica that has no call of anybody else, and never waits
 */
// the array is made for one call and never changed
@SuppressWarnings("ArrayRecordComponent")
public record PlaceRequest(
        String caller,
        int priority,
        String session,
        long[] prefix,
        Set<String> not,
        long waitMillis,
        boolean idleOnly) {
    private static final long[] NO_PREFIX = {};

    public PlaceRequest(String caller, int priority, String session, long[] prefix, Set<String> not, long waitMillis) {
        this(caller, priority, session, prefix, not, waitMillis, false);
    }

    /** The same, to which a place is given now or not at all. */
    public PlaceRequest withoutWaiting() {
        return new PlaceRequest(caller, priority, session, prefix, not, 0, idleOnly);
    }

    public PlaceRequest {
        prefix = prefix == null ? NO_PREFIX : prefix;
        not = not == null ? Set.of() : not;
    }
}
