package io.aiwm.inference.limit;

import io.aiwm.common.Ids;

/** How holders of leases are named: a process, and where it is known the place at which one process lives at a time. */
public final class LeaseHolders {
    private static final char SEPARATOR = '/';

    private LeaseHolders() {}

    /**
     * A process at a place that nobody shares with it. When a younger one speaks from there, it is dead.
     *
     * @param process made by {@link Ids#next} when the process started
     */
    public static String at(String place, String process) {
        return place + SEPARATOR + process;
    }

    /** Whether one is the younger process at the place of the other. */
    static boolean isSuccessor(String one, String other) {
        int end = one.lastIndexOf(SEPARATOR);
        return end >= 0
                && end == other.lastIndexOf(SEPARATOR)
                && one.startsWith(other.substring(0, end))
                && one.compareTo(other) > 0;
    }
}
