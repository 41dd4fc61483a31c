package io.aiwm.controller.notification;

import java.util.Set;
import java.util.TreeSet;

/**
 * What a user has read, as stored in collection {@code notificationMarks}. Written by {@link Inbox} only.
 *
 * @param id the user's name
 * @param upTo all up to this revision are read
 * @param read revisions of further ones that are
 */
record InboxMarks(String id, long version, long upTo, Set<Long> read) {
    /** Of more, those up to the lowest count as read. */
    private static final int MOST = 2_000;

    InboxMarks {
        read = Set.copyOf(read == null ? Set.of() : read);
    }

    static InboxMarks none(String user) {
        return new InboxMarks(user, 1, -1, Set.of());
    }

    InboxMarks withVersion(long next) {
        return new InboxMarks(id, next, upTo, read);
    }

    boolean isRead(long revision) {
        return revision <= upTo || read.contains(revision);
    }

    /** The same instance where nothing changes. */
    InboxMarks reading(long revision) {
        if (isRead(revision)) {
            return this;
        }
        var more = new TreeSet<>(read);
        more.add(revision);
        long all = more.size() > MOST ? more.pollFirst() : upTo;
        return new InboxMarks(id, version, all, more);
    }

    InboxMarks readingUpTo(long revision) {
        if (revision <= upTo) {
            return this;
        }
        var left = new TreeSet<>(read);
        left.headSet(revision, true).clear();
        return new InboxMarks(id, version, revision, left);
    }
}
