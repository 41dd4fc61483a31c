package io.aiwm.worker.docker;

import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import io.aiwm.worker.container.Engine.LogListener;

/** Tells a listener what comes, and why it ended. */
class NotifyingWatch extends StreamWatch<Frame> {
    private final LogListener listener;
    private final String what;

    NotifyingWatch(LogListener listener, String what) {
        this.listener = listener;
        this.what = what;
    }

    @Override
    public void onNext(Frame frame) {
        listener.on(frame.getStreamType() == StreamType.STDERR ? "stderr" : "stdout", frame.getPayload());
    }

    @Override
    void ended(Throwable cause) {
        listener.ended(cause == null ? null : DockerErrors.of(what, cause));
    }
}
