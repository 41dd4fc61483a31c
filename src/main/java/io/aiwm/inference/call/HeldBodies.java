package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of requests, and of answers that cannot be passed on as they come, that all calls of a gateway hold together, up to a
 * limit. Safe to use from any event loop.
 */
public final class HeldBodies {
    static final GatewayError NO_ROOM = new GatewayError(
            503, "overloaded", "the gateway holds as many bodies of calls as it may; come again", null, 1);

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
        /** The part of {@link #bytes} that is held of an answer. */
        private long answer;

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

        /** Returns whether there is room to hold so many bytes of the answer now; nothing changes where there is none. */
        boolean answer(int now) {
            if (ended) {
                return false;
            }
            long more = now - answer;
            if (held.addAndGet(more) > most && more > 0) {
                held.addAndGet(-more);
                return false;
            }
            bytes += more;
            answer = now;
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
