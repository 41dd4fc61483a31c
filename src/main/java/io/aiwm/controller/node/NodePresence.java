package io.aiwm.controller.node;

import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.protocol.Address;
import java.util.List;

/**
 * Between controllers, every second: the nodes one of them hears, so that the others do not take them for silent, and what
 * is in use there, so that they do not promise it. Lost ones cost nothing but time; repeating is harmless.
 */
record NodePresence(String by, List<Seen> nodes) {
    static final Address<NodePresence, Void> ADDRESS = new Address<>("aiwm.node.seen", NodePresence.class, Void.class);

    /**
     * @param ageMs how long ago it was heard: the clocks of two machines are never compared
     * @param active commands it is at
     * @param left why it is gone, in words; null while it is there
     * @param leftCode the same as a code; null while it is there, and from a controller of an older version
     * @param use what it said last of its use; null: nothing since it was told last
     */
    record Seen(String id, long ageMs, int active, String left, AbsenceReason.Code leftCode, CurrentUsage use) {
        /** Why it is gone; null while it is there. */
        AbsenceReason absence() {
            return left == null
                    ? null
                    : new AbsenceReason(leftCode == null ? AbsenceReason.Code.ofWords(left) : leftCode, left);
        }
    }
}
