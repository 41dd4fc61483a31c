package io.aiwm.controller.shell;

import io.aiwm.common.SingleLineText;
import io.aiwm.protocol.ShellClose;
import io.aiwm.protocol.ShellInput;
import io.aiwm.protocol.ShellOutput;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;

/**
 * One shell at the controller that its user is connected to. The worker has credit for {@link #WINDOW_BYTES}, and gets more when the
 * user has taken some, and no faster than its pace: so much lies here at most. On the context of the user's socket.
 */
public final class Shell {
    static final int WINDOW_BYTES = 256 * 1024;

    private static final long BEGIN_MILLIS = 20_000;
    private static final long SOON_MILLIS = 25;
    /** Between two sizes of the terminal: each is a request to the engine. */
    private static final long RESIZE_MILLIS = 100;
    /** Of why it ended, which is written to the audit log; the worker says it, and the program may have said it to the worker. */
    static final int MOST_REASON = 500;

    private record Size(int columns, int rows) {}

    /** The user. */
    public interface Client {
        /** It runs. */
        void begun();

        void printed(Buffer bytes);

        /** Whether it takes no more just now; then {@link Shell#drained} is called when it does. */
        boolean isFull();

        /** Whether it may type more just now. */
        void mayType(boolean may);

        /** Called once. @param error why it ended otherwise than by its exit; null: it did not */
        void ended(Integer exitCode, String error);
    }

    /** The way to the worker. */
    interface Worker {
        void input(ShellInput input);

        void close(ShellClose close);

        /** The shell is over here. */
        void forget();
    }

    private final Context context;
    private final Vertx vertx;
    private final String id;
    private final String nodeId;
    private final Client client;
    private final Worker worker;
    private final Duration idle;
    private final Pace out;
    private final Pace in;
    private final long begin;
    private final long keepAlive;
    private long idleTimer = -1;
    private long expected;
    private long next;
    private int owed;
    private int underWay;
    private boolean waiting;
    /** Null: the worker knows the size. */
    private Size wanted;

    private boolean resizing;
    private boolean mayType = true;
    private boolean begun;
    private boolean over;

    Shell(Context context, String id, String nodeId, Client client, Worker worker, ShellSessions.Limits limits) {
        this.context = context;
        this.vertx = context.owner();
        this.id = id;
        this.nodeId = nodeId;
        this.client = client;
        this.worker = worker;
        this.idle = limits.idle();
        this.out = new Pace(limits.bytesPerSecond(), System.nanoTime());
        this.in = new Pace(limits.bytesPerSecond(), System.nanoTime());
        this.begin = vertx.setTimer(
                BEGIN_MILLIS,
                late -> broken("node " + nodeId + " did not begin the shell; its worker may be an older one"));
        this.keepAlive = vertx.setPeriodic(
                ShellInput.EVERY.toMillis(), tick -> send(new ShellInput(id, next, null, null, null, 0)));
        watchIdle();
    }

    String nodeId() {
        return nodeId;
    }

    private void watchIdle() {
        vertx.cancelTimer(idleTimer);
        idleTimer = vertx.setTimer(idle.toMillis(), due -> broken("nothing was typed for " + idle.toSeconds() + " s"));
    }

    /** Types; at most {@link ShellInput#MAX_BYTES}. Returns false where more is under way than may be. */
    public boolean type(byte[] bytes) {
        if (over || bytes.length == 0) {
            return true;
        }
        if (!begun || underWay + bytes.length > ShellInput.WINDOW_BYTES) {
            return false;
        }
        watchIdle();
        underWay += bytes.length;
        in.passed(bytes.length, System.nanoTime());
        send(new ShellInput(id, next, Base64.getEncoder().encodeToString(bytes), null, null, 0));
        holdBack();
        return true;
    }

    /** Lets the user type where little is under way and its pace allows it. */
    private void holdBack() {
        long wait = in.waitMillis();
        boolean may = underWay <= ShellInput.WINDOW_BYTES - ShellInput.MAX_BYTES && wait == 0;
        if (wait > 0) {
            vertx.setTimer(wait, later -> {
                in.take(0, System.nanoTime());
                holdBack();
            });
        }
        if (may != mayType && !over) {
            mayType = may;
            client.mayType(may);
        }
    }

    /** Of many sizes in a short time the last one counts. */
    public void resize(int columns, int rows) {
        if (begun && !over) {
            wanted = new Size(columns, rows);
            resize();
        }
    }

    private void resize() {
        if (wanted == null || resizing) {
            return;
        }
        send(new ShellInput(id, next, null, wanted.columns(), wanted.rows(), 0));
        wanted = null;
        resizing = true;
        vertx.setTimer(RESIZE_MILLIS, due -> {
            resizing = false;
            resize();
        });
    }

    /** The user takes more again. */
    public void drained() {
        grant();
    }

    /** Any thread. */
    void arrived(ShellOutput output) {
        context.runOnContext(go -> take(output));
    }

    private void take(ShellOutput output) {
        if (over) {
            return;
        }
        if (output.from() != expected && !(output.end() && output.error() != null)) {
            if (output.from() > expected) {
                broken("what the shell printed was lost on the way");
            }
            return; // a repeated delivery
        }
        expected = output.from() + 1;
        if (!begun && output.error() == null) {
            begun = true;
            vertx.cancelTimer(begin);
            client.begun();
        }
        underWay -= Math.min(underWay, Math.max(0, output.taken()));
        holdBack();
        if (output.data() != null && !printed(output.data())) {
            return;
        }
        if (output.end()) {
            String error = output.error();
            over(output.exitCode(), error == null ? null : SingleLineText.of(error, MOST_REASON), false);
        }
    }

    private boolean printed(String data) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(data);
        } catch (IllegalArgumentException notBase64) {
            bytes = null;
        }
        if (bytes == null || owed + bytes.length > WINDOW_BYTES) {
            broken("the worker sends what it may not");
            return false;
        }
        owed += bytes.length;
        client.printed(Buffer.buffer(bytes));
        grant();
        return true;
    }

    /** Gives the worker credit for what the user has taken, in few messages. */
    private void grant() {
        if (over || waiting || owed == 0 || client.isFull()) {
            return;
        }
        if (owed < WINDOW_BYTES / 8) {
            later(SOON_MILLIS);
            return;
        }
        giveCredit();
    }

    private void giveCredit() {
        int given = client.isFull() ? 0 : out.take(owed, System.nanoTime());
        if (given > 0) {
            owed -= given;
            send(new ShellInput(id, next, null, null, null, given));
        }
        if (owed > 0 && !client.isFull()) {
            later(Math.max(SOON_MILLIS, out.waitMillis()));
        }
    }

    private void later(long millis) {
        waiting = true;
        vertx.setTimer(millis, due -> {
            waiting = false;
            if (!over) {
                giveCredit();
            }
        });
    }

    private void send(ShellInput input) {
        if (!over) {
            next++;
            worker.input(input);
        }
    }

    /** Any thread: ends it before its time, and tells the user why. */
    void broken(String why) {
        context.runOnContext(go -> over(null, why, true));
    }

    /** Ends it because the user has gone. Harmless twice. */
    public void close() {
        context.runOnContext(go -> over(null, "closed", true));
    }

    private void over(Integer exitCode, String error, boolean tell) {
        if (over) {
            return;
        }
        over = true;
        for (long timer : Arrays.asList(begin, keepAlive, idleTimer)) {
            vertx.cancelTimer(timer);
        }
        worker.forget();
        if (tell) {
            worker.close(new ShellClose(id));
        }
        client.ended(exitCode, error);
    }
}
