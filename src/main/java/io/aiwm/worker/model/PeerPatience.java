package io.aiwm.worker.model;

import io.aiwm.protocol.ModelSource;

/** How long a peer is waited for that fetches the content itself: that spares the store a copy. */
final class PeerPatience {
    private static final long PAUSE_MS = 1_000;
    /** The peer may not have heard of its own download yet. */
    private static final long NOT_BEGUN_MS = 15_000;

    private static final int TOO_MANY = 429;
    private static final int NOT_YET = 503;
    private static final int UNKNOWN = 404;

    private final ModelSource.Kind kind;
    private final long waitMs;
    private final long since = System.nanoTime();

    PeerPatience(ModelOrder.Source source) {
        this.kind = source.kind();
        this.waitMs = source.waitMs();
    }

    /** When to ask again after such an answer; 0: not at all. */
    long pauseMs(int status) {
        long waited = (System.nanoTime() - since) / 1_000_000;
        boolean wait = kind == ModelSource.Kind.peer
                && (((status == NOT_YET || status == TOO_MANY) && waited < waitMs)
                        || (status == UNKNOWN && waited < Math.min(waitMs, NOT_BEGUN_MS)));
        return wait ? PAUSE_MS : 0;
    }
}
