package io.aiwm.worker.job;

import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.CommandFiles;
import io.aiwm.worker.command.CommandHandler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code job.run}. Output {@code {exitCode, oomKilled, outputs: {fileId, sha256, sizeBytes, files}, log: {fileId, sizeBytes,
 * truncated, droppedBytes}, warnings}}, of a failure too; an exit code other than 0 is a failure of category {@code exit}.
 */
public final class JobHandler implements CommandHandler {
    private static final Logger LOG = LoggerFactory.getLogger(JobHandler.class);

    private final Vertx vertx;
    private final Sandbox containers;
    private final Sandbox processes;
    private final CommandFiles files;
    private final Clock clock;
    private final JobFolders folders;
    private final Set<String> atWork = ConcurrentHashMap.newKeySet();
    /** Commands that have run here, and whose folder is still there. */
    private final Set<String> over = ConcurrentHashMap.newKeySet();

    /**
     * @param containers null where there is no container engine
     * @param processes null where the worker does not run plain processes
     * @param folder for what must outlive a crash
     */
    public JobHandler(
            Vertx vertx, Sandbox containers, Sandbox processes, CommandFiles files, Path folder, Clock clock) {
        this.vertx = vertx;
        this.containers = containers;
        this.processes = processes;
        this.files = files;
        this.clock = clock;
        this.folders = new JobFolders(vertx, folder);
    }

    @Override
    public String name() {
        return CommandNames.JOB_RUN;
    }

    @Override
    public Future<JsonObject> run(Command command) {
        Job job = JobSpecRules.checked(command);
        Sandbox sandbox = job.isProcess() ? processes : containers;
        if (sandbox == null) {
            throw new CommandFailure(CommandError.of(
                            ErrorCategory.POLICY,
                            job.isProcess()
                                    ? "runtime process is not allowed on this worker (worker.process.enabled)"
                                    : "this worker has no container engine")
                    .onThisNode());
        }
        sandbox.check(job);
        atWork.add(command.id());
        var time = new JobTime(job, command, clock);
        return new JobRun(new JobContext(vertx, job, command, sandbox, files, folders, time))
                .go()
                .onComplete(ended -> {
                    over.add(command.id());
                    atWork.remove(command.id());
                });
    }

    /** Its folder, with the archives of its inputs and outputs, has no use any more. */
    @Override
    public void resultKept(String commandId) {
        if (!atWork.contains(commandId) && over.remove(commandId)) {
            folders.remove(commandId)
                    .onFailure(cause -> LOG.debug("the folder of job {} is removed by the sweep", commandId, cause));
        }
    }

    /**
     * Removes what is left of commands that do not run any more. Called periodically.
     *
     * @param active commands taken in and not ended
     */
    public Future<Void> sweep(Collection<String> active) {
        var kept = new HashSet<>(active);
        kept.addAll(atWork);
        List<Future<?>> removals = new ArrayList<>();
        for (Sandbox sandbox : new Sandbox[] {containers, processes}) {
            if (sandbox != null) {
                removals.add(sandbox.commands()
                        .compose(found -> Future.join(found.stream()
                                .filter(id -> !kept.contains(id) && !atWork.contains(id))
                                .map(id -> {
                                    LOG.info("removing what is left of job command {}", id);
                                    return sandbox.remove(id);
                                })
                                .toList())));
            }
        }
        removals.add(folders.sweep(kept));
        over.retainAll(kept);
        return Future.join(removals).<Void>mapEmpty().otherwise(cause -> {
            LOG.debug("the sweep of jobs did not get through", cause);
            return null;
        });
    }
}
