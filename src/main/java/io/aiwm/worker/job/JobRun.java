package io.aiwm.worker.job;

import io.aiwm.common.Json;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.JobCommand;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.job.Sandbox.Ending;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One job from its command to its result: inputs, program, log and outputs, in this order. A worker that was killed runs it
 * again for the same command, finds how far the first run was, and goes on from there; the program is started once.
 */
final class JobRun {
    private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);

    private final JobContext context;
    private final Job job;
    private final Command command;
    private final Sandbox sandbox;
    private final JobFolders folders;
    private final JobTime time;
    private final JobReport report;
    private final Promise<Void> timeOver = Promise.promise();
    private Path folder;

    JobRun(JobContext context) {
        this.context = context;
        this.job = context.job();
        this.command = context.command();
        this.sandbox = context.sandbox();
        this.folders = context.folders();
        this.time = context.time();
        this.report = new JobReport(job.commandId());
    }

    Future<JsonObject> go() {
        Vertx vertx = context.vertx();
        long timer = vertx.setTimer(time.stopMillis(), over -> timeOver.tryComplete());
        command.cancelled().onComplete(asked -> tell(time.cancelled()));
        timeOver.future().onComplete(over -> tell(time.timeOver()));
        return folders.open(job.commandId())
                .compose(this::goOn)
                .onComplete(done -> vertx.cancelTimer(timer))
                .recover(cause -> Future.failedFuture(
                        cause instanceof IOException
                                ? new CommandFailure(
                                        ErrorCategory.RESOURCE_EXHAUSTED,
                                        "this worker's disk does not take the job's files: " + cause.getMessage())
                                : cause));
    }

    private Future<JsonObject> goOn(JobFolders.Known known) {
        folder = known.folder();
        if (known.ended() != null) {
            return outcome(known.ended());
        }
        return sandbox.state(job.commandId())
                .compose(state -> switch (state) {
                    case ABSENT -> known.started() ? lost() : make().compose(made -> start());
                    case MADE -> start();
                    case STARTED -> Future.<Void>succeededFuture();
                })
                .compose(started -> awaitEnd())
                .compose(ending -> new JobCollection(context, report, folder).collect(ending))
                .recover(this::withoutProgram)
                .compose(how -> folders.ended(folder, how)
                        .compose(kept -> sandbox.remove(job.commandId()))
                        .recover(this::removedLater)
                        .map(how))
                .compose(this::outcome);
    }

    /**
     * The result is reported in any case. Where the disk is full and cannot store it, the sandbox stays until the controller
     * has the result: a worker that is killed before reads the result from the sandbox again.
     */
    private Future<Void> removedLater(Throwable cause) {
        LOG.warn("what is left of job {} is removed later: {}", job.commandId(), cause.toString());
        return Future.succeededFuture();
    }

    private static <T> Future<T> lost() {
        return Future.failedFuture(new CommandFailure(
                ErrorCategory.LOST,
                "the program was started, and what it ran in is gone: somebody removed it, or the machine lost it"));
    }

    private Future<Void> make() {
        return unlessStopped()
                .compose(go -> inputs())
                .compose(archives -> unlessStopped()
                        .compose(go -> sandbox.make(
                                job, archives, folder, command.stoppedBy(timeOver.future()), time.work())));
    }

    private Future<List<JobArchive>> inputs() {
        List<JobArchive> archives = new ArrayList<>();
        return fetched(job.asked().inputs(), "inputs", InputArchive.Limits.USUAL, archives)
                .compose(inputs -> fetched(job.asked().resume(), "resume", InputArchive.Limits.OF_A_JOB, archives)
                        .recover(this::unlessGone))
                .map(archives);
    }

    private Future<Void> unlessGone(Throwable cause) {
        if (cause instanceof CommandFailure failure && failure.error.category() == ErrorCategory.NOT_FOUND) {
            report.warn("it begins anew, the outputs of the attempt before are gone: ", cause);
            return Future.succeededFuture();
        }
        return Future.failedFuture(cause);
    }

    private Future<Void> fetched(
            JobCommand.Inputs wanted, String name, InputArchive.Limits limits, List<JobArchive> archives) {
        if (wanted == null) {
            return Future.succeededFuture();
        }
        command.progress().accept(0, "fetching inputs");
        var archive = new JobArchive(folder.resolve(name), limits);
        return context.files()
                .fetch(job.commandId(), wanted.fileId(), wanted.sha256(), archive.file(), anyStop())
                .onSuccess(there -> archives.add(archive));
    }

    private Future<Void> start() {
        return unlessStopped()
                .compose(go -> folders.started(folder))
                .compose(marked -> sandbox.start(job, folder.resolve(JobCollection.LOG_FILE)))
                .onSuccess(started -> command.progress().accept(70, "running"));
    }

    private Future<Void> anyStop() {
        return Future.any(command.cancelled(), timeOver.future()).mapEmpty();
    }

    private Future<Void> unlessStopped() {
        return time.stop() == null
                ? Future.succeededFuture()
                : Future.failedFuture(new CommandFailure(ErrorCategory.CONFLICT, "stopped before the program began"));
    }

    /** @param grace null: it is not told again */
    private void tell(Duration grace) {
        if (grace != null) {
            // harmless where there is nothing yet: what is about to start it asks for the stop first
            sandbox.stop(job, grace)
                    .onFailure(cause -> LOG.warn("job {} cannot be stopped: {}", job.commandId(), cause.getMessage()));
        }
    }

    private Future<Ending> awaitEnd() {
        if (time.stop() != null) {
            // asked while it was being started or found: the first stop may have come too early
            return sandbox.stop(job, time.grace(Duration.ofSeconds(1))).compose(done -> sandbox.ended(job));
        }
        return sandbox.ended(job);
    }

    /** It could not be run, or was stopped before it began. */
    private Future<JsonObject> withoutProgram(Throwable cause) {
        if (!(cause instanceof CommandFailure failure)) {
            return Future.failedFuture(cause);
        }
        return Future.succeededFuture(
                time.stop() == JobTime.Stop.DEADLINE
                        ? JobReport.stored(CommandResult.Outcome.timeout, JobReport.TIMEOUT, failure.output)
                        : JobReport.stored(CommandResult.Outcome.failure, failure.error, failure.output));
    }

    private Future<JsonObject> outcome(JsonObject how) {
        if (!how.containsKey("error")) {
            return Future.succeededFuture(how.getJsonObject("output"));
        }
        return Future.failedFuture(new CommandFailure(
                CommandResult.Outcome.valueOf(how.getString("outcome")),
                Json.decode(how.getJsonObject("error"), CommandError.class),
                how.getJsonObject("output")));
    }
}
