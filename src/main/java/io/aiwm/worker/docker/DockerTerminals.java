package io.aiwm.worker.docker;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.container.Engine.LogListener;
import io.aiwm.worker.container.Engine.Subscription;
import io.aiwm.worker.container.Terminal;
import io.aiwm.worker.container.TerminalInput;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Terminals in containers. The engine never ends a command that it runs in a container, not even when nobody listens to it any
 * more; so a second command, the keeper, runs beside each. It waits for the end of its input, which the engine closes when this
 * process ends, however it ends, and then kills every process that carries the terminal's mark.
 */
final class DockerTerminals {
    private static final Logger LOG = LoggerFactory.getLogger(DockerTerminals.class);
    /** A variable of the environment, which processes inherit. */
    private static final String MARK = "AIWM_SHELL";

    private static final String READY = "ready";
    private static final int HELD_BYTES = 256 * 1024;
    private static final int MOST_WORDS = 500;

    /** Looks again for a few seconds: the engine may be about to start the program, and programs start others. */
    private static final String KEEPER = "printf " + READY + "; while read -r x; do :; done; n=0;"
            + " while [ $n -lt 5 ]; do for d in /proc/[0-9]*; do p=${d#/proc/}; [ \"$p\" = $$ ] ||"
            + " { while IFS= read -r l || [ -n \"$l\" ]; do case $l in *\"" + MARK
            + "=$1\"*) kill -9 \"$p\"; break;; esac; done <\"$d/environ\"; } 2>/dev/null;"
            + " done; n=$((n+1)); sleep 1 || break; done";

    /** The return tells that it runs; where a line begins it shows nothing. */
    private static final String PROGRAM =
            "printf '\\r'; [ $# -gt 0 ] && exec \"$@\";" + " command -v bash >/dev/null 2>&1 && exec bash; exec sh";

    private static final byte BEGUN = '\r';

    private final DockerClients clients;
    private final DockerCalls calls;
    private final DockerStreams streams;
    private final DockerExecs execs;

    DockerTerminals(DockerClients clients, DockerCalls calls, DockerStreams streams, DockerExecs execs) {
        this.clients = clients;
        this.calls = calls;
        this.streams = streams;
        this.execs = execs;
    }

    /** Fails with {@code invalid} where the image has no /bin/sh. */
    Future<Terminal> open(String containerId, Terminal.Plan plan, Terminal.Listener listener) {
        var keeper = new Keeper();
        return calls.quick(
                        "begin a shell in the container",
                        () -> clients.quick()
                                .execCreateCmd(containerId)
                                .withAttachStdin(true)
                                .withAttachStdout(true)
                                .withAttachStderr(true)
                                .withCmd("/bin/sh", "-c", KEEPER, "aiwm-shell-keeper", plan.id())
                                .exec()
                                .getId())
                .compose(keeper::start)
                .compose(ready -> calls.quick("begin a shell in the container", () -> program(containerId, plan)))
                .map(execId -> (Terminal) new Open(execId, keeper, plan, listener).start())
                .onFailure(cause -> keeper.end());
    }

    private String program(String containerId, Terminal.Plan plan) {
        var command = new ArrayList<>(List.of("/bin/sh", "-c", PROGRAM, "aiwm-shell"));
        command.addAll(plan.command());
        return clients.quick()
                .execCreateCmd(containerId)
                .withTty(true)
                .withAttachStdin(true)
                .withAttachStdout(true)
                .withAttachStderr(true)
                .withEnv(List.of("TERM=xterm-256color", MARK + "=" + plan.id()))
                .withCmd(command.toArray(String[]::new))
                .exec()
                .getId();
    }

    /** Runs as long as its input is open, and a moment longer. */
    private final class Keeper implements LogListener {
        private final TerminalInput input = new TerminalInput(0, none -> {});
        private final Promise<Void> begun = Promise.promise();
        private final StringBuilder said = new StringBuilder();
        private volatile Subscription stream;

        Future<Void> start(String execId) {
            stream = streams.exec(execId, false, input, this);
            return begun.future();
        }

        /** Closes the connection, as the end of this process would: the engine closes the input then, and not before. */
        void end() {
            input.close();
            Subscription open = stream;
            if (open != null) {
                open.end();
            }
        }

        @Override
        public void on(String stream, byte[] bytes) {
            if (said.length() < MOST_WORDS) {
                said.append(new String(bytes, StandardCharsets.UTF_8));
            }
            if (said.toString().startsWith(READY)) {
                begun.tryComplete();
            }
        }

        @Override
        public void ended(Throwable cause) {
            input.close();
            if (!begun.tryFail(cause == null ? refused(said.toString()) : cause)) {
                LOG.debug("the keeper of a shell has ended");
            }
        }
    }

    /** The engine says as output of a command that it could not start it. */
    private static CommandFailure refused(String words) {
        return words.contains("no such file") || words.contains("not found")
                ? new CommandFailure(
                        ErrorCategory.INVALID, "the container has no /bin/sh, so that no shell can run in it")
                : new CommandFailure(
                        ErrorCategory.INVALID,
                        "the engine could not begin a shell in the container (" + words.strip() + ")");
    }

    /** One terminal. */
    private final class Open implements Terminal, LogListener {
        private final String execId;
        private final Keeper keeper;
        private final Plan plan;
        private final Listener listener;
        private final TerminalInput input;
        private volatile Subscription stream;
        private volatile boolean over;
        private boolean begun;

        Open(String execId, Keeper keeper, Plan plan, Listener listener) {
            this.execId = execId;
            this.keeper = keeper;
            this.plan = plan;
            this.listener = listener;
            this.input = new TerminalInput(HELD_BYTES, listener::taken);
        }

        Open start() {
            stream = streams.exec(execId, true, input, this);
            return this;
        }

        @Override
        public void on(String name, byte[] bytes) {
            if (begun) {
                listener.printed(bytes);
                return;
            }
            begun = true;
            resize(plan.columns(), plan.rows());
            if (bytes[0] != BEGUN) {
                listener.printed(bytes);
            } else if (bytes.length > 1) {
                listener.printed(java.util.Arrays.copyOfRange(bytes, 1, bytes.length));
            }
        }

        @Override
        public void ended(Throwable cause) {
            release();
            if (over) {
                return;
            }
            if (cause != null) {
                listener.ended(null, cause);
                return;
            }
            execs.exitCode(execId)
                    .onSuccess(code -> listener.ended(code, null))
                    .onFailure(unknown -> listener.ended(null, unknown));
        }

        @Override
        public boolean type(byte[] bytes) {
            return input.offer(bytes);
        }

        @Override
        public void resize(int columns, int rows) {
            calls.quick("resize a terminal", () -> {
                        clients.quick()
                                .resizeExecCmd(execId)
                                .withSize(rows, columns)
                                .exec();
                        return null;
                    })
                    .onFailure(cause -> LOG.debug("a terminal keeps its size: {}", cause.getMessage()));
        }

        @Override
        public void end() {
            over = true;
            release();
            Subscription open = stream;
            if (open != null) {
                open.end();
            }
        }

        private void release() {
            input.close();
            keeper.end();
        }
    }
}
