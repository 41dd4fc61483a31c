package io.aiwm.worker.docker;

import java.io.ByteArrayInputStream;

/** Bytes that tell when all of them were taken, and more is asked for. */
final class TrackedInput extends ByteArrayInputStream {
    private final Runnable taken;

    TrackedInput(byte[] bytes, Runnable taken) {
        super(bytes);
        this.taken = taken;
    }

    @Override
    public synchronized int read(byte[] into, int at, int length) {
        int read = super.read(into, at, length);
        if (read < 0) {
            taken.run();
        }
        return read;
    }
}
