package io.aiwm.inference.balance;

/**
 * Which replica last had a prompt's block: a table of fixed size without objects, in sets of four, of which the one that was unused
 * longest is replaced. Guarded by the balancer's lock.
 */
final class PrefixMemory {
    private static final int WAYS = 4;

    private final long[] hashes;
    private final ReplicaEntry[] members;
    private final int[] used;
    private final int mask;
    private int tick;

    PrefixMemory(int entries) {
        int size = Integer.highestOneBit(Math.max(WAYS, entries) * 2 - 1);
        hashes = new long[size];
        members = new ReplicaEntry[size];
        used = new int[size];
        mask = size / WAYS - 1;
    }

    /** Null: not known, or gone. */
    ReplicaEntry of(long hash) {
        int first = set(hash);
        for (int i = first; i < first + WAYS; i++) {
            if (hashes[i] == hash && members[i] != null) {
                if (!members[i].present) {
                    members[i] = null;
                    return null;
                }
                used[i] = ++tick;
                return members[i];
            }
        }
        return null;
    }

    void put(long hash, ReplicaEntry member) {
        int first = set(hash);
        int oldest = first;
        for (int i = first; i < first + WAYS; i++) {
            if (hashes[i] == hash || members[i] == null) {
                oldest = i;
                if (hashes[i] == hash) {
                    break;
                }
            } else if (members[oldest] != null && used[i] - used[oldest] < 0) {
                oldest = i;
            }
        }
        hashes[oldest] = hash;
        members[oldest] = member;
        used[oldest] = ++tick;
    }

    /** Forgets a replica, so that nothing holds it. */
    void forget(ReplicaEntry member) {
        for (int i = 0; i < members.length; i++) {
            if (members[i] == member) {
                members[i] = null;
            }
        }
    }

    private int set(long hash) {
        return ((int) (hash ^ hash >>> 32) & mask) * WAYS;
    }
}
