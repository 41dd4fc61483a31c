package io.aiwm.inference.call;

import io.aiwm.common.Monotonic;

/** Looks now and then whether another target has a place for a call that waits in the queue of one. */
final class Elsewhere implements CallTimeouts.Watched {
    private static final long EVERY_MILLIS = 100;

    private final CallTimeouts watch;
    private final Runnable look;
    private long at = Monotonic.millis() + EVERY_MILLIS;

    private Elsewhere(CallTimeouts watch, Runnable look) {
        this.watch = watch;
        this.look = look;
    }

    /** From now on, until it is ended. */
    static Elsewhere begin(CallTimeouts watch, Runnable look) {
        var looks = new Elsewhere(watch, look);
        watch.add(looks);
        return looks;
    }

    void end() {
        watch.remove(this);
    }

    @Override
    public long deadline() {
        return at;
    }

    @Override
    public void expired() {
        at = Monotonic.millis() + EVERY_MILLIS;
        look.run();
    }
}
