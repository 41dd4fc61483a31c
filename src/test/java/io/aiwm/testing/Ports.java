package io.aiwm.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for processes that tests start, below those that systems give out by themselves. Ten at a time are reserved for this
 * JVM, by a lock on a file that ends with it: a port that is free when it is chosen is not chosen by another run of the
 * tests on this machine before somebody listens on it.
 */
final class Ports {
    private static final int FIRST = 20_000;
    private static final int LAST = 30_000;
    private static final int BLOCK = 10;
    private static final Path LOCKS = Path.of(System.getProperty("java.io.tmpdir"), "aiwm-test-ports");

    private static final Map<Integer, FileLock> HELD = new HashMap<>();
    private static int next;
    private static int left;

    private Ports() {}

    /** A port nobody listens on now. */
    static synchronized int one() {
        while (true) {
            if (left == 0) {
                next = block();
                left = BLOCK;
            }
            left--;
            int port = next++;
            if (isFree(port)) {
                return port;
            }
        }
    }

    /** The first of ten neighbouring ports nobody listens on now. */
    static synchronized int block() {
        for (int attempt = 0; attempt < 1_000; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(FIRST / BLOCK, LAST / BLOCK) * BLOCK;
            FileLock lock = HELD.containsKey(first) ? null : lock(first);
            if (lock != null) {
                HELD.put(first, lock);
                if (allFree(first)) {
                    return first;
                }
            }
        }
        throw new IllegalStateException("no ten free ports in a row");
    }

    /** Null when another run has it. Not for one that is held: to close its file once more would give up the lock. */
    private static FileLock lock(int first) {
        try {
            Files.createDirectories(LOCKS);
            var file = FileChannel.open(
                    LOCKS.resolve(Integer.toString(first)), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = file.tryLock();
            if (lock == null) {
                file.close();
            }
            return lock;
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    private static boolean allFree(int first) {
        for (int port = first; port < first + BLOCK; port++) {
            if (!isFree(port)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
