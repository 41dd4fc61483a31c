package io.aiwm.worker.docker;

import com.github.dockerjava.api.async.ResultCallback;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/** One stream of the engine. Its end is reported exactly once: when the engine ends it, and not when {@link #end} does. */
abstract class StreamWatch<T> implements ResultCallback<T> {
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile Closeable stream;

    void began() {}

    abstract void ended(Throwable causeOrNull);

    @Override
    public void onStart(Closeable opened) {
        stream = opened;
        if (over.get()) {
            close();
            return;
        }
        began();
    }

    @Override
    public void onError(Throwable cause) {
        if (over.compareAndSet(false, true)) {
            ended(cause);
        }
    }

    @Override
    public void onComplete() {
        if (over.compareAndSet(false, true)) {
            ended(null);
        }
    }

    /** Ends the stream. {@link #ended} is not called. */
    void end() {
        over.set(true);
        close();
    }

    @Override
    public void close() {
        Closeable opened = stream;
        if (opened != null) {
            try {
                opened.close();
            } catch (IOException closing) {
                // the stream is over either way
            }
        }
    }
}
