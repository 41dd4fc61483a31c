package io.aiwm.common;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When bytes arrived on one connection that a server of this process has accepted. Vert.x reports a request only when its
 * head is complete, so that a head that trickles in looks to it like a connection on which nothing happens. Safe to use
 * from any thread.
 */
public final class ArrivalTimes {
    private static final Map<String, ArrivalTimes> OPEN = new ConcurrentHashMap<>();
    private static final long NONE = Long.MIN_VALUE;

    private final String key;
    private volatile long firstMillis = NONE;

    private ArrivalTimes(String key) {
        this.key = key;
    }

    /** Begins to record a connection that was accepted now; {@link #close} ends it. Parameters as in {@link #of}. */
    public static ArrivalTimes open(String host, int port, int ownPort) {
        var arrivals = new ArrivalTimes(key(host, port, ownPort));
        OPEN.put(arrivals.key, arrivals);
        return arrivals;
    }

    /** Those of an open connection, by the address and port of its other end and the port of this one; null: not recorded. */
    public static ArrivalTimes of(String host, int port, int ownPort) {
        return OPEN.get(key(host, port, ownPort));
    }

    private static String key(String host, int port, int ownPort) {
        return host + ' ' + port + ' ' + ownPort;
    }

    /** Called for each piece of data that arrives. */
    public void arrived() {
        if (firstMillis == NONE) {
            firstMillis = Monotonic.millis();
        }
    }

    /** Counts anew from here. */
    public void restart() {
        firstMillis = NONE;
    }

    /** Whether the first byte since the last {@link #restart} arrived that long ago, or longer. */
    public boolean beganBefore(long nowMillis, long agoMillis) {
        long first = firstMillis;
        return first != NONE && nowMillis - first >= agoMillis;
    }

    /** The connection is closed. */
    public void close() {
        OPEN.remove(key, this);
    }
}
