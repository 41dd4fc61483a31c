package io.aiwm.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A stranger who was first on a port where members look for each other. */
public final class OccupiedPort implements AutoCloseable {
    /** What it does to who connects. */
    public enum Does {
        /** Says nothing, and keeps the connection. */
        NOTHING,
        /** Sends back what it hears. */
        ECHO,
        /** Passes everything on to a real member, and its answers back. */
        RELAY
    }

    private final ServerSocket server;
    public final Does does;
    private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
    public final AtomicInteger callers = new AtomicInteger();
    /** Most bytes a real member has said to one caller through it. */
    public final AtomicInteger answered = new AtomicInteger();

    private final int target;

    /** @param target where it passes on to */
    public OccupiedPort(int port, Does does, int target) {
        this.does = does;
        this.target = target;
        try {
            server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        } catch (IOException cause) {
            throw new AssertionError(cause);
        }
        thread(this::accept);
    }

    private void accept() throws IOException {
        while (!server.isClosed()) {
            Socket caller = server.accept();
            callers.incrementAndGet();
            open.add(caller);
            switch (does) {
                case NOTHING -> {}
                case ECHO -> thread(() -> pass(caller, caller, false));
                case RELAY -> {
                    try {
                        var real = new Socket(InetAddress.getLoopbackAddress(), target);
                        open.add(real);
                        thread(() -> pass(caller, real, false));
                        thread(() -> pass(real, caller, true));
                    } catch (IOException nobodyThere) {
                        caller.close();
                    }
                }
            }
        }
    }

    private void pass(Socket from, Socket to, boolean counts) throws IOException {
        byte[] some = new byte[4_096];
        InputStream in = from.getInputStream();
        int sum = 0;
        for (int count; (count = in.read(some)) > 0; ) {
            sum += count;
            if (counts) {
                answered.accumulateAndGet(sum, Math::max);
            }
            to.getOutputStream().write(some, 0, count);
        }
        to.close();
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void thread(Task task) {
        var thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException ended) {
                // the other end has gone, or the test has ended
                Thread.currentThread().interrupt();
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket each : open) {
            each.close();
        }
    }
}
