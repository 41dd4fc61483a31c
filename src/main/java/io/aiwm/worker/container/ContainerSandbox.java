package io.aiwm.worker.container;

import io.aiwm.protocol.ErrorCategory;
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
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A job in a container. Its name is made from the command id and the engine gives a name once, so there is one container
 * per command however often it is asked for. The work directory is a volume of the command's own, filled before the
 * container is made; no path of this machine is given to it.
 */
public final class ContainerSandbox implements Sandbox {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerSandbox.class);

    private final Vertx vertx;
    private final Engine engine;
    private final JobPlanner planner;
    private final ContainerOwner owner;
    private final Images images;
    private final Set<String> outOfMemory;
    /** What the programs that were started here write, by command. */
    private final Map<String, LogCapture> captures = new ConcurrentHashMap<>();

    /** @param outOfMemory containers of which the engine said so, and not always does again when they are looked at */
    public ContainerSandbox(
            Vertx vertx, Engine engine, JobPlanner planner, ContainerOwner owner, Set<String> outOfMemory) {
        this.vertx = vertx;
        this.engine = engine;
        this.planner = planner;
        this.owner = owner;
        this.images = new Images(engine);
        this.outOfMemory = outOfMemory;
    }

    @Override
    public void check(Job job) {
        planner.plan(job);
    }

    @Override
    public Future<State> state(String commandId) {
        return mine(commandId).map(found -> {
            if (found.isEmpty()) {
                return State.ABSENT;
            }
            return found.get().state() == EngineState.CREATED
                            && found.get().status().error().isEmpty()
                    ? State.MADE
                    : State.STARTED;
        });
    }

    private Future<Optional<EngineContainer>> mine(String commandId) {
        return engine.inspect(owner.containerName(commandId)).map(found -> found.filter(owner::owns));
    }

    @Override
    public Future<Void> make(Job job, List<JobArchive> archives, Path scratch, Command command, WorkDeadline until) {
        ContainerPlan plan = planner.plan(job);
        Path tar = scratch.resolve("fill.tar");
        // the inputs first: a hostile archive should not cost a pull
        return vertx.executeBlocking(
                        () -> VolumeTar.write(tar, archives, plan.spec().user(), until), false)
                .compose(written -> images.provide(plan.spec(), command))
                .compose(provided -> engine.createVolume(plan.job().volume(), plan.labels()))
                .compose(made -> engine.fill(
                        plan.name() + "-fill",
                        plan.spec().image(),
                        plan.labels(),
                        plan.job().volume(),
                        tar))
                .compose(filled -> engine.create(plan))
                .mapEmpty();
    }

    @Override
    public Future<Void> start(Job job, Path log) {
        return mine(job.commandId()).compose(found -> {
            String id = present(found).id();
            return LogCapture.begin(vertx, engine, id, log, job.logLimitBytes())
                    .onSuccess(capture -> captures.put(job.commandId(), capture))
                    .onFailure(cause -> LOG.warn(
                            "the log of job {} cannot be taken as it comes, the engine's will be: {}",
                            job.commandId(),
                            cause.getMessage()))
                    .transform(begun -> fed(id, job.stdin()))
                    .compose(ready -> engine.start(id));
        });
    }

    private Future<Void> fed(String id, byte[] input) {
        return input == null ? Future.succeededFuture() : engine.feed(id, input).mapEmpty();
    }

    @Override
    public Future<Ending> ended(Job job) {
        return mine(job.commandId())
                .compose(found -> engine.ended(present(found).id()))
                .map(found -> {
                    EngineContainer container = present(found);
                    boolean oom = container.oomKilled() || outOfMemory.contains(container.id());
                    return new Ending(container.exitCode() == null ? -1 : container.exitCode(), oom);
                });
    }

    private static EngineContainer present(Optional<EngineContainer> found) {
        return found.orElseThrow(
                () -> new CommandFailure(ErrorCategory.LOST, "the job's container was removed while it was at work"));
    }

    /** No thread waits for the grace, of which many jobs may need minutes at once. */
    @Override
    public Future<Void> stop(Job job, Duration grace) {
        return mine(job.commandId()).compose(found -> {
            if (found.isEmpty() || !found.get().running()) {
                return Future.succeededFuture();
            }
            String id = found.get().id();
            return engine.askToEnd(id)
                    .transform(asked -> asked.failed()
                            ? engine.stop(id, grace)
                            : Future.any(
                                            engine.ended(id),
                                            vertx.timer(Math.max(1, grace.toMillis()), TimeUnit.MILLISECONDS))
                                    .transform(over -> engine.stop(id, Duration.ZERO)));
        });
    }

    @Override
    public Future<Long> log(Job job, Path to, WorkDeadline until) {
        LogCapture capture = captures.remove(job.commandId());
        return (capture == null ? Future.<Long>succeededFuture() : capture.finish())
                .compose(dropped -> dropped == null ? engineLog(job, to, until) : Future.succeededFuture(dropped));
    }

    /** What the engine has kept: of a job that an earlier run of this worker started, or whose log could not be taken. */
    private Future<Long> engineLog(Job job, Path to, WorkDeadline until) {
        var size = new EngineLogSize();
        return mine(job.commandId())
                .compose(found -> {
                    String id = present(found).id();
                    return vertx.executeBlocking(() -> new LastBytes(to, job.logLimitBytes()), false)
                            .compose(last -> copyLog(id, last, size, until)
                                    .transform(copied -> vertx.executeBlocking(
                                                    () -> {
                                                        last.close();
                                                        return last.dropped();
                                                    },
                                                    false)
                                            .compose(dropped -> copied.failed()
                                                    ? Future.failedFuture(copied.cause())
                                                    : Future.succeededFuture(dropped))));
                })
                // it may have begun its files anew, and forgotten the first
                .map(dropped -> size.bytes() < EngineLogSize.fileBytes(job.logLimitBytes()) ? dropped : (Long) UNKNOWN);
    }

    private Future<Void> copyLog(String containerId, LastBytes into, EngineLogSize size, WorkDeadline until) {
        Promise<Void> done = Promise.promise();
        engine.logs(containerId, -1, false, new Engine.LogListener() {
            @Override
            public void on(String stream, byte[] bytes) {
                try {
                    until.check();
                    size.add(bytes);
                    into.write(bytes, 0, bytes.length);
                } catch (CommandFailure timeOver) {
                    done.tryFail(timeOver);
                    throw timeOver;
                } catch (IOException cause) {
                    done.tryFail(cause);
                    throw new UncheckedIOException(cause);
                }
            }

            @Override
            public void ended(Throwable cause) {
                if (cause == null) {
                    done.tryComplete();
                } else {
                    done.tryFail(cause);
                }
            }
        });
        return done.future();
    }

    @Override
    public Future<Void> outputs(Job job, Globs wanted, OutputArchive archive, WorkDeadline until) {
        return mine(job.commandId())
                .compose(found ->
                        new ContainerOutputs(engine, present(found).id(), job, wanted, archive, until).collect());
    }

    @Override
    public Future<Void> remove(String commandId) {
        LogCapture unread = captures.remove(commandId);
        if (unread != null) {
            unread.finish();
        }
        return mine(commandId)
                .compose(found -> found.isEmpty()
                        ? Future.succeededFuture()
                        : engine.remove(found.get().id())
                                .onSuccess(
                                        gone -> outOfMemory.remove(found.get().id())))
                .compose(gone -> engine.remove(owner.containerName(commandId) + "-fill"))
                .compose(gone -> engine.removeVolume(owner.jobVolume(commandId)));
    }

    @Override
    public Future<Set<String>> commands() {
        Map<String, String> labels = new LinkedHashMap<>(owner.labels());
        return engine.list(labels)
                .compose(containers -> engine.volumes(labels).map(volumes -> {
                    var commands = new HashSet<String>();
                    containers.forEach(container -> add(commands, container.labels()));
                    List.copyOf(volumes.values()).forEach(found -> add(commands, found));
                    return commands;
                }));
    }

    private static void add(Set<String> commands, Map<String, String> labels) {
        if (labels.get(ContainerLabels.JOB) != null && labels.get(ContainerLabels.COMMAND) != null) {
            commands.add(labels.get(ContainerLabels.COMMAND));
        }
    }
}
