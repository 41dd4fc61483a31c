package io.aiwm.worker.job;

import io.aiwm.common.Json;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.JobCommand;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.CommandFiles;
import io.aiwm.worker.job.Sandbox.Ending;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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

    /**
     * The most grace after a cancel where the controller gives no overtime (the version before): the runner then reports a
     * cancelled command without us after 30 s, and until then there must be time for the log.
     */
    private static final Duration CANCEL_GRACE = Duration.ofSeconds(15);

    private static final Duration CANCEL_SEND = Duration.ofSeconds(10);
    /**
     * Without overtime a program is stopped this share of its time, and at most so long, before its deadline: its log has
     * to get out.
     */
    private static final int LEAD_SHARE = 10;

    private static final Duration LONGEST_LEAD = Duration.ofSeconds(3);
    /** For what is sent although the command's time is over, without overtime. */
    private static final Duration LATE_SEND = Duration.ofSeconds(45);

    /** So long before the end of the overtime nothing is sent any more but the result. */
    private static final Duration LAST_WORD = Duration.ofSeconds(5);

    /** For collecting what a program left that had to be stopped; what one left that ended itself has till its deadline. */
    private static final Duration LATE_COLLECT = Duration.ofSeconds(15);

    private static final int TAIL_BYTES = 2_000;
    private static final String LOG_FILE = "log";

    /** Why the program was told to end; null: it ended by itself. */
    private enum Stop {
        CANCELLED,
        DEADLINE
    }

    private final Vertx vertx;
    private final Job job;
    private final Command command;
    private final Sandbox sandbox;
    private final CommandFiles files;
    private final JobFolders folders;
    private final Clock clock;
    private final Promise<Void> timeOver = Promise.promise();
    private final WorkDeadline until;
    private final boolean overtime;
    /** Until when the controller waits for the result. */
    private volatile Instant over;

    private final JobReport report = new JobReport();
    private Path folder;
    private volatile Stop stop;
    private volatile boolean ended;

    JobRun(
            Vertx vertx,
            Job job,
            Command command,
            Sandbox sandbox,
            CommandFiles files,
            JobFolders folders,
            Clock clock) {
        this.vertx = vertx;
        this.job = job;
        this.command = command;
        this.sandbox = sandbox;
        this.files = files;
        this.folders = folders;
        this.clock = clock;
        this.until = new WorkDeadline(clock, command.deadline());
        this.overtime = !command.overtime().isZero();
        this.over = command.deadline().plus(command.overtime());
    }

    Future<JsonObject> go() {
        long left = Math.max(0, command.deadline().toEpochMilli() - clock.millis());
        long lead = overtime ? 0 : Math.min(LONGEST_LEAD.toMillis(), left / LEAD_SHARE);
        long timer = vertx.setTimer(Math.max(1, left - lead), over -> timeOver.tryComplete());
        command.cancelled().onComplete(asked -> {
            stopped(Stop.CANCELLED, CANCEL_GRACE);
            until.notAfter(clock.instant().plus(grace(CANCEL_GRACE)).plus(LATE_COLLECT));
        });
        timeOver.future().onComplete(over -> stopped(Stop.DEADLINE, Duration.ofMillis(lead / 2)));
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
                .compose(this::collect)
                .recover(this::withoutProgram)
                .compose(how -> folders.ended(folder, how)
                        .compose(kept -> sandbox.remove(job.commandId()))
                        .recover(this::removedLater)
                        .map(how))
                .compose(this::outcome);
    }

    /**
     * How it ended is told all the same. Where a full disk does not take it, the sandbox stays until the controller has it:
     * a worker that is killed before that asks the sandbox once more.
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
                        .compose(go ->
                                sandbox.make(job, archives, folder, command.stoppedBy(timeOver.future()), until)));
    }

    private Future<List<JobArchive>> inputs() {
        List<JobArchive> archives = new ArrayList<>();
        return fetched(job.asked().inputs(), "inputs", InputArchive.Limits.USUAL, archives)
                .compose(inputs -> fetched(job.asked().resume(), "resume", InputArchive.Limits.OF_A_JOB, archives)
                        .recover(this::unlessGone))
                .map(archives);
    }

    private Future<Void> unlessGone(Throwable cause) {
        return cause instanceof CommandFailure failure && failure.error.category() == ErrorCategory.NOT_FOUND
                ? warn("it begins anew, the outputs of the attempt before are gone: ", cause)
                : Future.failedFuture(cause);
    }

    private Future<Void> fetched(
            JobCommand.Inputs wanted, String name, InputArchive.Limits limits, List<JobArchive> archives) {
        if (wanted == null) {
            return Future.succeededFuture();
        }
        command.progress().accept(0, "fetching inputs");
        var archive = new JobArchive(folder.resolve(name), limits);
        return files.fetch(job.commandId(), wanted.fileId(), wanted.sha256(), archive.file(), anyStop())
                .onSuccess(there -> archives.add(archive));
    }

    private Future<Void> start() {
        return unlessStopped()
                .compose(go -> folders.started(folder))
                .compose(marked -> sandbox.start(job, folder.resolve(LOG_FILE)))
                .onSuccess(started -> command.progress().accept(70, "running"));
    }

    private Future<Void> anyStop() {
        return Future.any(command.cancelled(), timeOver.future()).mapEmpty();
    }

    private Future<Void> unlessStopped() {
        return stop == null
                ? Future.succeededFuture()
                : Future.failedFuture(new CommandFailure(ErrorCategory.CONFLICT, "stopped before the program began"));
    }

    private void stopped(Stop why, Duration mostGrace) {
        if (stop != null || ended) {
            return;
        }
        stop = why;
        if (why == Stop.CANCELLED) {
            over = clock.instant().plus(command.overtime());
        }
        // harmless where there is nothing yet: whoever is about to start it looks at `stop` first
        sandbox.stop(job, grace(mostGrace))
                .onFailure(cause -> LOG.warn("job {} cannot be stopped: {}", job.commandId(), cause.getMessage()));
    }

    /** What the program may take to end, from the moment when it is told to. @param most without overtime */
    private Duration grace(Duration most) {
        return overtime || job.grace().compareTo(most) < 0 ? job.grace() : most;
    }

    private Future<Ending> awaitEnd() {
        if (stop != null) {
            // asked while it was being started or found: the first stop may have come too early
            return sandbox.stop(job, grace(Duration.ofSeconds(1))).compose(done -> sandbox.ended(job));
        }
        return sandbox.ended(job);
    }

    /** The program has ended: its log, its outputs, and what that means. */
    private Future<JsonObject> collect(Ending ending) {
        ended = true;
        Instant late = clock.instant().plus(LATE_COLLECT);
        if (stop != null || (overtime && late.isAfter(command.deadline()))) {
            until.change(late);
        }
        report.exitCode = ending.exitCode();
        report.oomKilled = ending.oomKilled();
        command.progress().accept(90, "collecting log and outputs");
        Path log = folder.resolve(LOG_FILE);
        return until.limit(vertx, sandbox.log(job, log, until))
                .compose(dropped -> tail(log).compose(last -> {
                    report.lastLines = last;
                    return send(FileKind.log, log).map(file -> {
                        report.log = file == null ? null : cut(file, dropped);
                        return null;
                    });
                }))
                .recover(cause -> {
                    noteLate();
                    return warn("the log could not be kept: ", cause);
                })
                .compose(kept -> outputs())
                .map(done -> report.how(stop == Stop.DEADLINE, stop == Stop.CANCELLED, job));
    }

    private static JsonObject cut(JsonObject log, long dropped) {
        log.put("truncated", dropped != 0);
        return dropped > 0 ? log.put("droppedBytes", dropped) : log;
    }

    private void noteLate() {
        report.late |= stop == null && until.isOver();
    }

    private Future<Void> outputs() {
        if (job.outputs().isEmpty()) {
            return Future.succeededFuture();
        }
        Path file = folder.resolve("outputs.tar.gz");
        var wanted = new Globs(job.outputs());
        return folders.blocking(() -> new OutputArchive(file, job.outputLimitBytes()))
                .compose(archive -> until.limit(
                        vertx,
                        sandbox.outputs(job, wanted, archive, until)
                                .transform(filled -> folders.blocking(() -> {
                                            archive.close();
                                            return null;
                                        })
                                        .transform(closed -> filled.failed()
                                                ? Future.failedFuture(filled.cause())
                                                : closed.failed()
                                                        ? Future.<Object>failedFuture(closed.cause())
                                                        : Future.succeededFuture())
                                        .map(archive))))
                .compose(archive -> {
                    wanted.unfitted()
                            .forEach(pattern -> report.warnings.add("outputs: nothing fits \"" + pattern + "\""));
                    if (archive.countLeftOut() > 0) {
                        report.warnings.add("outputs: " + archive.countLeftOut()
                                + " entries are links that lead out of the work directory, or no plain files, and were"
                                + " left out");
                    }
                    if (!archive.dangling().isEmpty()) {
                        report.warnings.add("outputs: what the link \""
                                + archive.dangling().get(0) + "\" leads to is not" + " among them; name it too");
                    }
                    if (archive.files() == 0) {
                        return Future.<Void>succeededFuture();
                    }
                    return send(FileKind.outputs, file).<Void>map(sent -> {
                        report.outputs = sent == null ? null : sent.put("files", archive.files());
                        return null;
                    });
                })
                .recover(cause -> {
                    if (cause instanceof CommandFailure failure
                            && failure.error.category() == ErrorCategory.RESOURCE_EXHAUSTED) {
                        report.outputsLost = failure.error;
                        return Future.succeededFuture();
                    }
                    if (stop == null && until.isOver()) {
                        report.outputsLost = JobReport.LATE_OUTPUTS;
                    }
                    return warn("the outputs could not be kept: ", cause);
                });
    }

    /** Null when it could not be sent in time, which is noted. */
    private Future<JsonObject> send(FileKind kind, Path file) {
        Duration least = overtime ? Duration.ofMillis(1) : stop == Stop.CANCELLED ? CANCEL_SEND : LATE_SEND;
        Duration left = Duration.between(clock.instant(), overtime ? over.minus(LAST_WORD) : command.deadline());
        long most = (left.compareTo(least) > 0 ? left : least).toMillis();
        Promise<Void> until = Promise.promise();
        long timer = vertx.setTimer(most, late -> until.tryComplete());
        return files.send(job.commandId(), kind, file, until.future())
                .onComplete(done -> vertx.cancelTimer(timer))
                .compose(id -> folders.blocking(() -> new JsonObject()
                        .put("fileId", id)
                        .put("sizeBytes", Files.size(file))
                        .put("sha256", io.aiwm.common.Sha256.hex(file))))
                .recover(cause -> {
                    if (cause instanceof CommandFailure failure
                            && failure.error.category() == ErrorCategory.RESOURCE_EXHAUSTED
                            && kind == FileKind.outputs) {
                        return Future.failedFuture(cause);
                    }
                    return this.<JsonObject>warn("the " + kind + " could not be sent: ", cause);
                });
    }

    private <T> Future<T> warn(String what, Throwable cause) {
        String why = cause instanceof CommandFailure failure ? failure.error.message() : cause.toString();
        LOG.warn("job {}: {}{}", job.commandId(), what, why);
        report.warnings.add(what + why);
        return Future.succeededFuture();
    }

    private Future<String> tail(Path log) {
        return folders.blocking(() -> {
            try (var in = new RandomAccessFile(log.toFile(), "r")) {
                byte[] last = new byte[(int) Math.min(TAIL_BYTES, in.length())];
                in.seek(in.length() - last.length);
                in.readFully(last);
                return new String(last, StandardCharsets.UTF_8).strip();
            }
        });
    }

    /** It could not be run, or was stopped before it began. */
    private Future<JsonObject> withoutProgram(Throwable cause) {
        if (!(cause instanceof CommandFailure failure)) {
            return Future.failedFuture(cause);
        }
        return Future.succeededFuture(
                stop == Stop.DEADLINE
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
