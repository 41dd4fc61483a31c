package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts what each user has open at this controller and limits it. A user's limit is below the limit for all users, so that
 * one user cannot use up what others need. Safe to use from any thread.
 */
public final class Shares {
    private static final long SOON_SECONDS = 5;

    /** What is counted. */
    enum Kind {
        REQUESTS(20_000, 5_000, "requests that wait for their answer"),
        /** Logs, results of jobs and whatever else goes on; those who read logs are 1,000 altogether. */
        STREAMS(2_000, 250, "answers that go on"),
        UPLOADS(200, 20, "uploads under way"),
        SOCKETS(5_000, 100, "WebSockets open");

        final int most;
        final int mostOfOne;
        private final String words;

        Kind(int most, int mostOfOne, String words) {
            this.most = most;
            this.mostOfOne = mostOfOne;
            this.words = words;
        }
    }

    private final Map<Kind, Map<String, Integer>> open = new EnumMap<>(Kind.class);
    private final Map<Kind, Integer> all = new ConcurrentHashMap<>();

    Shares() {
        for (Kind kind : Kind.values()) {
            open.put(kind, new ConcurrentHashMap<>());
        }
    }

    /** One more of this user's. Fails with LIMITED when that is too many, and counts nothing then. */
    void take(Kind kind, String user) {
        check(kind, user);
        add(kind, user);
    }

    /** The same for what is there already. */
    void add(Kind kind, String user) {
        open.get(kind).merge(user, 1, Integer::sum);
        all.merge(kind, 1, Integer::sum);
    }

    private void check(Kind kind, String user) {
        if (open.get(kind).getOrDefault(user, 0) >= kind.mostOfOne) {
            throw Failure.limited("you have " + kind.mostOfOne + " " + kind.words + "; end some first", SOON_SECONDS);
        }
        if (all.getOrDefault(kind, 0) >= kind.most) {
            throw Failure.limited("there are " + kind.most + " " + kind.words + "; try again later", SOON_SECONDS);
        }
    }

    void giveBack(Kind kind, String user) {
        open.get(kind).computeIfPresent(user, (name, count) -> count == 1 ? null : count - 1);
        all.merge(kind, -1, Integer::sum);
    }

    int size(Kind kind) {
        return all.getOrDefault(kind, 0);
    }
}
