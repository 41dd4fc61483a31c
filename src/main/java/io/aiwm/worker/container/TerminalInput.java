package io.aiwm.worker.container;

import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntConsumer;

/** What is typed, on its way to a thread that waits for it. Holds at most so many bytes. */
public final class TerminalInput extends InputStream {
    private final int most;
    private final IntConsumer taken;
    private final Deque<byte[]> held = new ArrayDeque<>();
    private int heldBytes;
    /** Where the first of those held goes on. */
    private int at;

    private boolean over;

    /** @param most how many bytes are held. @param taken is told how many were read, on the reader's thread */
    public TerminalInput(int most, IntConsumer taken) {
        this.most = most;
        this.taken = taken;
    }

    /** Returns false when there is no room, and then nothing is held of it. */
    public synchronized boolean offer(byte[] bytes) {
        if (over || bytes.length == 0) {
            return true;
        }
        if (heldBytes + bytes.length > most) {
            return false;
        }
        held.addLast(bytes);
        heldBytes += bytes.length;
        notifyAll();
        return true;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) {
        int read = length == 0 ? 0 : next(into, from, length);
        if (read > 0) {
            taken.accept(read);
        }
        return read;
    }

    private synchronized int next(byte[] into, int from, int length) {
        try {
            while (held.isEmpty() && !over) {
                wait();
            }
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            over = true;
        }
        byte[] first = over ? null : held.peekFirst();
        if (first == null) {
            return -1;
        }
        int read = Math.min(length, first.length - at);
        System.arraycopy(first, at, into, from, read);
        at += read;
        heldBytes -= read;
        if (at == first.length) {
            held.removeFirst();
            at = 0;
        }
        return read;
    }

    /** Ends it: the reader reads no more. */
    @Override
    public synchronized void close() {
        over = true;
        held.clear();
        notifyAll();
    }
}
