package io.aiwm.inference.call;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes of bodies that all calls of a gateway hold together, up to a limit. Safe to use from any event loop. */
public final class HeldBodies {
    private final long most;
    private final AtomicLong held = new AtomicLong();

    public HeldBodies(long most) {
        this.most = most;
    }

    Share share() {
        return new Share();
    }

    /** What one call holds of them, from its first byte to its end. On the call's event loop. */
    final class Share {
        private long bytes;
        private boolean ended;

        /** Returns whether there is room for so many more; nothing is added where there is none. */
        boolean add(int more) {
            if (ended) {
                return false;
            }
            if (held.addAndGet(more) > most) {
                held.addAndGet(-more);
                return false;
            }
            bytes += more;
            return true;
        }

        /** Gives all back. */
        void end() {
            if (!ended) {
                ended = true;
                held.addAndGet(-bytes);
            }
        }
    }
}
