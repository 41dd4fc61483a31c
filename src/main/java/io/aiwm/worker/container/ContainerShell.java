package io.aiwm.worker.container;

import io.aiwm.protocol.ShellInput;
import io.aiwm.protocol.ShellOpen;
import io.aiwm.protocol.ShellOutput;
import io.aiwm.protocol.ShellOutputBuilder;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.Shells;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shell on its way: what the terminal prints goes in, messages come out, never more bytes than there is credit for. In between
 * lie at most {@value #MOST_HELD_BYTES} bytes and one piece; then the engine's stream waits, and with it the program. Thread-safe.
 */
final class ContainerShell implements Terminal.Listener {
    static final int MOST_HELD_BYTES = 128 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(ContainerShell.class);

    private final Vertx vertx;
    private final ShellOpen request;
    private final Consumer<ShellOutput> sink;
    private final Consumer<ContainerShell> whenOver;
    private final Duration patience;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private Terminal terminal;
    /** Null while nobody waits for its controller. */
    private Long timer;

    private long credit;
    private long next;
    private long expected;
    private long heardNanos = System.nanoTime();
    private int taken;
    private boolean draining;
    private boolean ended;
    private boolean over;
    private Integer exitCode;
    private String error;

    ContainerShell(
            Vertx vertx,
            ShellOpen request,
            Duration patience,
            Consumer<ShellOutput> sink,
            Consumer<ContainerShell> whenOver) {
        this.vertx = vertx;
        this.request = request;
        this.sink = sink;
        this.whenOver = whenOver;
        this.patience = patience;
        this.credit = Math.max(0, request.credit());
    }

    String id() {
        return request.shellId();
    }

    /** From now on it is ended when its controller is not heard for too long. Once. */
    synchronized void watch() {
        if (!over) {
            timer = vertx.setPeriodic(Math.max(1, patience.toMillis() / 4), tick -> look());
        }
    }

    void start(Engine engine, String containerId) {
        String word = request.shellId().replaceAll("[^A-Za-z0-9]", "-");
        var plan = new Terminal.Plan(
                word,
                request.command() == null ? List.of() : request.command(),
                cells(request.columns()),
                cells(request.rows()));
        engine.terminal(containerId, plan, this).onFailure(this::broken).onSuccess(this::begun);
    }

    private static int cells(int asked) {
        return Math.max(1, Math.min(ShellOpen.MOST_CELLS, asked));
    }

    private void begun(Terminal opened) {
        synchronized (this) {
            terminal = opened;
            if (!over) {
                send(null, false);
                LOG.info("a shell is open in replica {} of deployment {}", request.replica(), request.deploymentId());
            }
        }
        if (isOver()) {
            opened.end();
        } else {
            drainSoon();
        }
    }

    private synchronized boolean isOver() {
        return over;
    }

    private void look() {
        boolean unheard;
        synchronized (this) {
            unheard = System.nanoTime() - heardNanos > patience.toNanos();
        }
        if (unheard) {
            LOG.info("a shell is ended: its controller has not been heard for {} s", patience.toSeconds());
            close();
        }
    }

    /** Takes what is new. */
    void take(ShellInput input) {
        Terminal at;
        synchronized (this) {
            heardNanos = System.nanoTime();
            if (input.from() < expected || over) {
                return; // a repeated delivery
            }
            if (input.from() > expected) {
                fail("a message to the shell was lost on the way");
                return;
            }
            expected++;
            credit += Math.max(0, input.credit());
            at = terminal;
        }
        if (at != null && input.columns() != null && input.rows() != null) {
            at.resize(cells(input.columns()), cells(input.rows()));
        }
        if (input.data() != null && !type(at, input.data())) {
            fail("more was typed than the program takes");
        }
        drainSoon();
    }

    private static boolean type(Terminal at, String data) {
        try {
            // nothing is typed before the shell is said to run
            return at != null && at.type(Base64.getDecoder().decode(data));
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    @Override
    public synchronized void printed(byte[] bytes) {
        try {
            while (!over && held.size() >= MOST_HELD_BYTES) {
                wait();
            }
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            return;
        }
        if (!over) {
            held.writeBytes(bytes);
            drainSoon();
        }
    }

    @Override
    public synchronized void taken(int bytes) {
        taken += bytes;
        drainSoon();
    }

    @Override
    public synchronized void ended(Integer code, Throwable cause) {
        ended = true;
        exitCode = code;
        error = cause == null ? null : words(cause);
        drainSoon();
    }

    void broken(Throwable cause) {
        fail(words(cause));
    }

    /** Ends it before its time, and says why. */
    void fail(String why) {
        synchronized (this) {
            if (over) {
                return;
            }
            sink.accept(Shells.failed(request.shellId(), next++, why));
        }
        close();
    }

    private static String words(Throwable cause) {
        return cause instanceof CommandFailure failure ? failure.error.message() : "the shell broke off";
    }

    private synchronized void drainSoon() {
        if (!draining && !over) {
            draining = true;
            vertx.runOnContext(now -> drain());
        }
    }

    private void drain() {
        boolean done;
        synchronized (this) {
            draining = false;
            if (over || terminal == null) {
                return;
            }
            while (credit > 0 && held.size() > 0) {
                byte[] all = held.toByteArray();
                int length = (int) Math.min(Math.min(credit, all.length), ShellOutput.MAX_BYTES);
                held.reset();
                held.write(all, length, all.length - length);
                credit -= length;
                send(Base64.getEncoder().encodeToString(Arrays.copyOf(all, length)), false);
            }
            if (taken > 0) {
                send(null, false);
            }
            done = ended && held.size() == 0;
            if (done) {
                send(null, true);
            }
            notifyAll();
        }
        if (done) {
            close();
        }
    }

    private void send(String data, boolean end) {
        sink.accept(ShellOutputBuilder.builder()
                .shellId(request.shellId())
                .from(next++)
                .data(data)
                .taken(taken)
                .end(end)
                .exitCode(end ? exitCode : null)
                .error(end ? error : null)
                .build());
        taken = 0;
    }

    /** Ends it and its processes; nothing more is said. Harmless twice. */
    void close() {
        Terminal at;
        synchronized (this) {
            over = true;
            held.reset();
            at = terminal;
            if (timer != null) {
                vertx.cancelTimer(timer);
            }
            notifyAll();
        }
        if (at != null) {
            at.end();
        }
        whenOver.accept(this);
    }
}
