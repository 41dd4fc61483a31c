package io.aiwm.worker.process;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.job.Globs;
import io.aiwm.worker.job.Job;
import io.aiwm.worker.job.JobArchive;
import io.aiwm.worker.job.LastBytes;
import io.aiwm.worker.job.OutputArchive;
import io.aiwm.worker.job.Sandbox;
import io.aiwm.worker.job.WorkDeadline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A job as a process of this machine, in a session of its own and with a folder to work in. <b>It is no sandbox</b>: the
 * program may do whatever the worker's user may, and its memory and CPU are not limited. It outlives the worker, and its
 * exit code is kept in a file.
 */
public final class ProcessSandbox implements Sandbox {
    private static final long LOOK_MILLIS = 200;
    private static final String LOG = "log";
    private static final String OLDER_LOG = "log.1";
    private static final Duration BEGINS_WITHIN = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final ProcessFolders folders;
    private final ProcessesByCommand processes;
    /**
     * Completed when a shim that this worker started has ended, by command. One from before a restart of the worker is
     * polled.
     */
    private final Map<String, Future<Void>> gone = new ConcurrentHashMap<>();

    /** @param root has a folder for each command */
    public ProcessSandbox(Vertx vertx, Path root) {
        this.vertx = vertx;
        this.folders = new ProcessFolders(root);
        this.processes = new ProcessesByCommand(vertx);
    }

    Path folder(String commandId) {
        return folders.of(commandId);
    }

    @Override
    public void check(Job job) {
        if (!job.gpus().isEmpty()) {
            throw new CommandFailure(
                    ErrorCategory.POLICY, "requirements.gpus: a process cannot be kept to some GPUs; use a container");
        }
    }

    @Override
    public Future<State> state(String commandId) {
        return blocking(() -> folders.state(commandId));
    }

    @Override
    public Future<Void> make(Job job, List<JobArchive> archives, Path scratch, Command command, WorkDeadline until) {
        return blocking(() -> {
            folders.make(job, archives, until);
            return null;
        });
    }

    @Override
    public Future<Void> start(Job job, Path log) {
        return blocking(() -> {
                    try {
                        watch(job.commandId(), ProcessShim.start(folder(job.commandId()), job));
                    } catch (IOException cause) {
                        throw new CommandFailure(
                                ErrorCategory.INTERNAL, "no process can be started here: " + cause.getMessage());
                    }
                    return null;
                })
                .compose(started -> begun(job.commandId(), 1, System.nanoTime() + BEGINS_WITHIN.toNanos()));
    }

    private void watch(String commandId, Process shim) {
        Promise<Void> over = Promise.promise();
        gone.put(commandId, over.future());
        shim.onExit().whenComplete((ended, never) -> over.complete());
    }

    /** Succeeds after a while, or as soon as the shim has ended. */
    private Future<Void> look(String commandId) {
        Promise<Void> next = Promise.promise();
        long timer = vertx.setTimer(LOOK_MILLIS, later -> next.tryComplete());
        Future<Void> over = gone.get(commandId);
        if (over != null && !over.isComplete()) {
            over.onComplete(ended -> {
                vertx.cancelTimer(timer);
                next.tryComplete();
            });
        }
        return next.future();
    }

    /** Succeeds when the shim has written its process id: from then on a restarted worker finds it. */
    private Future<Void> begun(String commandId, long wait, long until) {
        return blocking(() -> folders.shim(commandId).begun()).compose(begun -> {
            if (begun) {
                return Future.succeededFuture();
            }
            return System.nanoTime() > until
                    ? Future.failedFuture(new CommandFailure(
                            ErrorCategory.INTERNAL, "the process did not begin; are setsid and sh on this machine?"))
                    : vertx.timer(wait).compose(later -> begun(commandId, Math.min(20, wait * 2), until));
        });
    }

    @Override
    public Future<Ending> ended(Job job) {
        return exit(job.commandId()).compose(code -> {
            if (code == null) {
                return look(job.commandId()).compose(later -> ended(job));
            }
            // the shim waits for the last lines, for ever where the program left a process that could write more
            return isShimThere(job.commandId())
                    .compose(there -> there ? look(job.commandId()) : Future.succeededFuture())
                    .compose(over -> signal(job.commandId(), "KILL"))
                    .map(new Ending(code, false));
        });
    }

    private Future<Boolean> isShimThere(String commandId) {
        return blocking(() -> folders.shim(commandId).session() != null);
    }

    private Future<Integer> exit(String commandId) {
        return blocking(() -> {
            ShimState shim = folders.shim(commandId);
            if (!shim.begun()) {
                throw new CommandFailure(ErrorCategory.LOST, "the process's folder was removed while it was at work");
            }
            return shim.exitCode();
        });
    }

    @Override
    public Future<Void> stop(Job job, Duration grace) {
        String commandId = job.commandId();
        return signal(commandId, "TERM")
                .compose(asked -> awaitExit(commandId, System.nanoTime() + grace.toNanos()))
                .compose(waited -> signal(commandId, "KILL"));
    }

    private Future<Void> awaitExit(String commandId, long until) {
        return blocking(() -> {
                    ShimState shim = folders.shim(commandId);
                    return !shim.begun() || shim.exitCode() != null;
                })
                .compose(over -> over || System.nanoTime() > until
                        ? Future.succeededFuture()
                        : look(commandId).compose(later -> awaitExit(commandId, until)));
    }

    private Future<Void> signal(String commandId, String name) {
        return blocking(() -> {
            folders.shim(commandId).signal(name);
            return null;
        });
    }

    @Override
    public Future<Long> log(Job job, Path to, WorkDeadline until) {
        return blocking(() -> {
            Path folder = folder(job.commandId());
            ShimState shim = folders.shim(job.commandId());
            long dropped = shim.session() == null && linked(folder, to, job.logLimitBytes())
                    ? 0
                    : copied(folder, to, job.logLimitBytes(), until);
            long gone = shim.goneBytes();
            return gone < 0 ? UNKNOWN : dropped + gone;
        });
    }

    /** Whether the log that nobody writes any more could be given a second name, which spares a copy of it. */
    private static boolean linked(Path folder, Path to, long limit) throws IOException {
        Path log = folder.resolve(LOG);
        if (Files.exists(folder.resolve(OLDER_LOG))
                || !Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS)
                || Files.size(log) > limit) {
            return false;
        }
        Files.deleteIfExists(to);
        try {
            Files.createLink(to, log);
            return true;
        } catch (IOException | UnsupportedOperationException otherFileSystem) {
            return false;
        }
    }

    /** Returns how many bytes of the two files are not in the copy. */
    private static long copied(Path folder, Path to, long limit, WorkDeadline until) throws IOException {
        var last = new LastBytes(to, limit);
        try (last) {
            for (String name : List.of(OLDER_LOG, LOG)) {
                if (Files.exists(folder.resolve(name))) {
                    try (InputStream in = until.guard(Files.newInputStream(folder.resolve(name)))) {
                        in.transferTo(last);
                    }
                }
            }
        }
        return last.dropped();
    }

    @Override
    public Future<Void> outputs(Job job, Globs wanted, OutputArchive archive, WorkDeadline until) {
        return blocking(() -> {
            new ProcessOutputs(folders.work(job.commandId()), wanted, archive, until).collect();
            return null;
        });
    }

    @Override
    public Future<Void> remove(String commandId) {
        return signal(commandId, "KILL")
                .compose(killed -> processes.kill(commandId))
                .compose(killed -> blocking(() -> {
                    gone.remove(commandId);
                    folders.delete(commandId);
                    return null;
                }));
    }

    @Override
    public Future<Set<String>> commands() {
        return running().map(all -> {
            var commands = new HashSet<String>();
            all.forEach(one -> commands.add(one.commandId()));
            return commands;
        });
    }

    /** As {@link ProcessFolders#running}. */
    Future<List<NodeRegister.Running>> running() {
        return blocking(folders::running);
    }

    <T> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }
}
