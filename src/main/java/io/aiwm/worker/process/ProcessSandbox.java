package io.aiwm.worker.process;

import io.aiwm.common.FileTrees;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.job.Globs;
import io.aiwm.worker.job.InputArchive;
import io.aiwm.worker.job.Job;
import io.aiwm.worker.job.JobArchive;
import io.aiwm.worker.job.LastBytes;
import io.aiwm.worker.job.Links;
import io.aiwm.worker.job.OutputArchive;
import io.aiwm.worker.job.Sandbox;
import io.aiwm.worker.job.WorkDeadline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A job as a process of this machine, in a session of its own and with a folder to work in. <b>It is no sandbox</b>: the
 * program may do whatever the worker's user may, and its memory and CPU are not limited. It outlives the worker, and its
 * exit code is kept in a file.
 */
public final class ProcessSandbox implements Sandbox {
    private static final String WORK = "work";
    private static final String ABOUT = "about";
    private static final long LOOK_MILLIS = 200;
    private static final Duration BEGINS_WITHIN = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final Path root;
    /** Completed when a keeper that this worker started is gone, by command; one from before a restart is looked at. */
    private final Map<String, Future<Void>> gone = new ConcurrentHashMap<>();

    /** @param root has a folder for each command */
    public ProcessSandbox(Vertx vertx, Path root) {
        this.vertx = vertx;
        this.root = root;
    }

    Path folder(String commandId) {
        return root.resolve(Sha256.hex(commandId).substring(0, 20));
    }

    private ShimState kept(String commandId) {
        return new ShimState(folder(commandId));
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
        return blocking(() -> {
            Path folder = folder(commandId);
            if (!Files.exists(folder.resolve(ABOUT))) {
                return State.ABSENT;
            }
            return new ShimState(folder).begun() ? State.STARTED : State.MADE;
        });
    }

    @Override
    public Future<Void> make(Job job, List<JobArchive> archives, Path scratch, Command command, WorkDeadline until) {
        Path folder = folder(job.commandId());
        return blocking(() -> {
            FileTrees.delete(folder);
            Path work = PrivateFiles.folders(folder.resolve(WORK));
            for (JobArchive archive : archives) {
                InputArchive.unpack(archive.file(), archive.limits(), new Unpacked(work), until);
            }
            PrivateFiles.write(folder.resolve("keeper.sh"), ProcessShim.SCRIPT);
            PrivateFiles.write(folder.resolve("exit"), ProcessShim.ROOM);
            PrivateFiles.write(folder.resolve("gone"), ProcessShim.ROOM);
            // last: what has this is whole
            PrivateFiles.write(
                    folder.resolve(ABOUT),
                    new JsonObject()
                            .put("commandId", job.commandId())
                            .put("jobId", job.asked().jobId())
                            .encode());
            return null;
        });
    }

    private record Unpacked(Path work) implements InputArchive.Sink {
        @Override
        public void folder(String path) throws IOException {
            PrivateFiles.folders(work.resolve(path));
        }

        @Override
        public void file(String path, boolean executable, InputStream content) throws IOException {
            Path file = work.resolve(path);
            PrivateFiles.folders(file.getParent());
            try (var out = PrivateFiles.newOutputStream(file)) {
                content.transferTo(out);
            }
            if (executable && !file.toFile().setExecutable(true)) {
                throw new IOException(path + " cannot be made executable");
            }
        }

        @Override
        public void link(String path, String target) throws IOException {
            Path link = work.resolve(path);
            PrivateFiles.folders(link.getParent());
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, Path.of(target));
        }
    }

    @Override
    public Future<Void> start(Job job, Path log) {
        Path folder = folder(job.commandId());
        return blocking(() -> {
                    var words = new ArrayList<>(List.of(
                            "setsid",
                            "sh",
                            folder.resolve("keeper.sh").toString(),
                            folder.toString(),
                            Long.toString(ProcessShim.fileBytes(job.logLimitBytes()))));
                    if (job.asked().entrypoint() != null) {
                        words.addAll(job.asked().entrypoint());
                    }
                    if (job.asked().command() != null) {
                        words.addAll(job.asked().command());
                    }
                    var builder = new ProcessBuilder(words)
                            .directory(folder.toFile())
                            .redirectInput(ProcessBuilder.Redirect.from(
                                    Path.of("/dev/null").toFile()))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD);
                    Map<String, String> environment = builder.environment();
                    String path = environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
                    environment.clear();
                    environment.put("PATH", path);
                    environment.put("HOME", folder.resolve(WORK).toString());
                    environment.putAll(job.environment());
                    try {
                        watch(job.commandId(), builder.start());
                    } catch (IOException cause) {
                        throw new CommandFailure(
                                ErrorCategory.INTERNAL, "no process can be started here: " + cause.getMessage());
                    }
                    return null;
                })
                .compose(started -> begun(job.commandId(), 1, System.nanoTime() + BEGINS_WITHIN.toNanos()));
    }

    private void watch(String commandId, Process keeper) {
        Promise<Void> over = Promise.promise();
        gone.put(commandId, over.future());
        keeper.onExit().whenComplete((ended, never) -> over.complete());
    }

    /** A while, or less when the keeper is gone sooner. */
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

    /** The keeper has said who it is: from here on a restarted worker finds it. */
    private Future<Void> begun(String commandId, long wait, long until) {
        return blocking(() -> kept(commandId).begun()).compose(begun -> {
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
            // the keeper waits for the last lines, for ever where the program left something running that could write
            // more
            return keptGoing(job.commandId())
                    .compose(going -> going ? look(job.commandId()) : Future.succeededFuture())
                    .compose(over -> signal(job.commandId(), "KILL"))
                    .map(new Ending(code, false));
        });
    }

    private Future<Boolean> keptGoing(String commandId) {
        return blocking(() -> kept(commandId).session() != null);
    }

    private Future<Integer> exit(String commandId) {
        return blocking(() -> {
            ShimState kept = kept(commandId);
            if (!kept.begun()) {
                throw new CommandFailure(ErrorCategory.LOST, "the process's folder was removed while it was at work");
            }
            return kept.exitCode();
        });
    }

    @Override
    public Future<Void> stop(Job job, Duration grace) {
        return stop(job.commandId(), grace);
    }

    private Future<Void> stop(String commandId, Duration grace) {
        return signal(commandId, "TERM")
                .compose(asked -> awaitExit(commandId, System.nanoTime() + grace.toNanos()))
                .compose(waited -> signal(commandId, "KILL"));
    }

    private Future<Void> awaitExit(String commandId, long until) {
        return blocking(() -> !kept(commandId).begun() || kept(commandId).exitCode() != null)
                .compose(over -> over || System.nanoTime() > until
                        ? Future.succeededFuture()
                        : look(commandId).compose(later -> awaitExit(commandId, until)));
    }

    /** To the whole session's group, as long as its first process is there. */
    private Future<Void> signal(String commandId, String name) {
        return blocking(() -> {
            ShimState kept = kept(commandId);
            Long session = kept.begun() ? kept.session() : null;
            if (session != null) {
                Process kill = new ProcessBuilder("sh", "-c", "kill -s " + name + " -- -" + session)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                kill.waitFor(5, TimeUnit.SECONDS);
            }
            return null;
        });
    }

    @Override
    public Future<Long> log(Job job, Path to, WorkDeadline until) {
        Path folder = folder(job.commandId());
        return blocking(() -> {
            var last = new LastBytes(to, job.logLimitBytes());
            try (last) {
                for (String name : List.of("log.1", "log")) {
                    if (Files.exists(folder.resolve(name))) {
                        try (InputStream in = until.guard(Files.newInputStream(folder.resolve(name)))) {
                            in.transferTo(last);
                        }
                    }
                }
            }
            long gone = kept(job.commandId()).goneBytes();
            return gone < 0 ? UNKNOWN : last.dropped() + gone;
        });
    }

    @Override
    public Future<Void> outputs(Job job, Globs wanted, OutputArchive archive, WorkDeadline until) {
        Path work = folder(job.commandId()).resolve(WORK);
        return blocking(() -> {
            for (Globs.Root root : wanted.roots()) {
                collect(work.toRealPath(), root, wanted, archive, until);
            }
            return null;
        });
    }

    /** Links on the way to it are followed as long as they stay in the work directory; those in it are kept as links. */
    private static void collect(Path work, Globs.Root from, Globs wanted, OutputArchive archive, WorkDeadline until)
            throws IOException {
        String root = from.path();
        Path top = work;
        if (!root.isEmpty()) {
            Path named = work.resolve(root);
            if (from.below() ? !Files.exists(named) : !Files.exists(named, LinkOption.NOFOLLOW_LINKS)) {
                return;
            }
            top = from.below()
                    ? named.toRealPath()
                    : named.getParent().toRealPath().resolve(named.getFileName());
        }
        if (from.covered() && top.equals(work.resolve(root))) {
            return;
        }
        if (!top.startsWith(work)) {
            if (!from.covered()) {
                archive.leftOut(); // else the root that covers it counts it
            }
            return;
        }
        Path begin = top;
        Files.walkFileTree(begin, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path next, BasicFileAttributes attributes) {
                until.check();
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                until.check();
                String below = begin.relativize(file).toString();
                String path = root.isEmpty() || below.isEmpty() ? root + below : root + "/" + below;
                if (!wanted.fits(path)) {
                    return FileVisitResult.CONTINUE;
                }
                String inside = attributes.isSymbolicLink()
                        ? Links.inside(path, Files.readSymbolicLink(file).toString(), work.toString())
                        : null;
                if (inside != null) {
                    archive.addLink(path, inside);
                    return FileVisitResult.CONTINUE;
                }
                if (!attributes.isRegularFile()) {
                    archive.leftOut();
                    return FileVisitResult.CONTINUE;
                }
                try (InputStream in =
                        until.guard(Files.newInputStream(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
                    archive.add(path, attributes.size(), Files.isExecutable(file), in);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Override
    public Future<Void> remove(String commandId) {
        return signal(commandId, "KILL")
                .compose(killed -> blocking(() -> {
                    ProcessesByCommand.kill(commandId);
                    gone.remove(commandId);
                    FileTrees.delete(folder(commandId));
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

    /** Every process that has a folder here, running or not, as a registration says it. */
    Future<List<NodeRegister.Running>> running() {
        return blocking(() -> {
            var found = new ArrayList<NodeRegister.Running>();
            if (!Files.isDirectory(root)) {
                return found;
            }
            try (Stream<Path> folders = Files.list(root)) {
                for (Path folder : folders.toList()) {
                    JsonObject about = about(folder);
                    if (about != null) {
                        ShimState kept = new ShimState(folder);
                        String state = !kept.begun() ? "created" : kept.exitCode() == null ? "running" : "exited";
                        found.add(new NodeRegister.Running(
                                about.getString("commandId"),
                                null,
                                null,
                                about.getString("jobId"),
                                id(about.getString("commandId")),
                                state));
                    }
                }
            }
            return found;
        });
    }

    /** What stands where a container's id would. */
    static String id(String commandId) {
        return "process-" + Sha256.hex(commandId).substring(0, 20);
    }

    private static JsonObject about(Path folder) throws IOException {
        Path file = folder.resolve(ABOUT);
        try {
            return Files.exists(file) ? new JsonObject(Files.readString(file)) : null;
        } catch (DecodeException damaged) {
            return null;
        }
    }

    <T> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }
}
