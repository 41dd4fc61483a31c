package io.aiwm.worker.container;

import java.util.HashMap;
import java.util.Map;

/** Tells a log that is read once, with times, line by line. */
final class StampedLog implements Engine.LogListener {
    private final LogTail.Listener listener;
    private final Map<String, LogEntries> streams = new HashMap<>();

    StampedLog(LogTail.Listener listener) {
        this.listener = listener;
    }

    @Override
    public void on(String stream, byte[] bytes) {
        LogEntries entries = streams.computeIfAbsent(stream, fresh -> new LogEntries());
        entries.add(bytes);
        for (LogEntries.Entry entry = entries.next(); entry != null; entry = entries.next()) {
            listener.line(stream, entry.stamp, entry.payload);
        }
    }

    @Override
    public void ended(Throwable cause) {
        streams.forEach((stream, entries) -> {
            LogEntries.Entry rest = entries.rest();
            if (rest != null) {
                listener.line(stream, rest.stamp, rest.payload);
            }
        });
        listener.ended(cause);
    }
}
