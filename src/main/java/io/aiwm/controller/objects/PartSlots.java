package io.aiwm.controller.objects;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * How many parts of uploads may be in memory at once: a quarter of the heap, 2 to 32 parts. Who finds none free waits in turn;
 * its sender is paused meanwhile.
 */
final class PartSlots {
    private static final int LEAST = 2;
    private static final int MOST = 32;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int free;

    PartSlots() {
        this((int) Math.max(LEAST, Math.min(MOST, Runtime.getRuntime().maxMemory() / 4 / S3Parts.PART_BYTES)));
    }

    PartSlots(int parts) {
        free = parts;
    }

    /**
     * Takes one now and returns true; or returns false, and calls back, on any thread, when one is the caller's.
     */
    synchronized boolean take(Runnable later) {
        if (free > 0) {
            free--;
            return true;
        }
        waiting.add(later); // as many as requests are under way, which the HTTP port limits
        return false;
    }

    void giveBack() {
        Runnable next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                free++;
            }
        }
        if (next != null) {
            next.run();
        }
    }
}
