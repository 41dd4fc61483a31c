package io.aiwm.controller.node;

import java.time.Instant;

/**
 * What is known of a node from moment to moment: in memory only, one per node, held by its session so that a message
 * costs no look-up. Safe to use from any thread; a lost update costs one heartbeat.
 */
public final class Pulse {
    private volatile long seenMillis;
    private volatile long busyMillis;
    private volatile int active;
    private volatile boolean left;
    private volatile boolean heardHere;

    /** The node said something to this controller. */
    public void beat(Instant now) {
        seenMillis = now.toEpochMilli();
        left = false;
        heardHere = true;
    }

    /** How many commands the node is at. */
    public void active(int commands, Instant now) {
        if (commands > 0 || active > 0) {
            busyMillis = now.toEpochMilli();
        }
        active = commands;
    }

    /** The node said goodbye: it gets no new work until it is heard again. */
    public void leave() {
        left = true;
    }

    /** What another controller heard. */
    void heardElsewhere(long seen, int commands, boolean gone) {
        if (seen > seenMillis) {
            seenMillis = seen;
            active(commands, Instant.ofEpochMilli(seen));
            left = gone;
            heardHere = false;
        }
    }

    /** Whether this controller is the one that hears the node, so that it tells the others. */
    boolean heardHere() {
        return heardHere;
    }

    int active() {
        return active;
    }

    boolean left() {
        return left;
    }

    /** Null when never heard since this controller started. */
    public Instant lastSeen() {
        return seenMillis == 0 ? null : Instant.ofEpochMilli(seenMillis);
    }

    /** When it last was at a command; the epoch when never. */
    Instant lastBusy() {
        return Instant.ofEpochMilli(busyMillis);
    }
}
