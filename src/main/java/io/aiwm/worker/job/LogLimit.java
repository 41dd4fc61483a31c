package io.aiwm.worker.job;

import io.aiwm.protocol.LogsFollow;
import java.util.Collection;

/**
 * How many logs a worker sends at once. Each controller has a part that another cannot use up, larger than what it asks for, so
 * that a stream which is over for the controller and not yet here does not take a place.
 */
public final class LogLimit {
    static final int OF_ONE_READER = 2 * LogsFollow.MOST_OF_ONE_NODE;
    static final int ALL = 4 * OF_ONE_READER;

    private LogLimit() {}

    /**
     * Why this stream is not sent; null: it is.
     *
     * @param open the ids of those that are sent now, without this one
     */
    public static String refusal(String streamId, Collection<String> open) {
        String reader = LogsFollow.readerOf(streamId);
        long same = open.stream()
                .filter(other -> LogsFollow.readerOf(other).equals(reader))
                .count();
        return same >= OF_ONE_READER || open.size() >= ALL
                ? "this node sends " + (same >= OF_ONE_READER ? same : open.size()) + " logs already; close one first"
                : null;
    }
}
