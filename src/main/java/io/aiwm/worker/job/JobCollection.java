package io.aiwm.worker.job;

import io.aiwm.common.Sha256;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileKind;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.job.Sandbox.Ending;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a program left: its log and its outputs are collected and sent, and the report is written. */
final class JobCollection {
    static final String LOG_FILE = "log";
    private static final int TAIL_BYTES = 2_000;

    private final JobContext context;
    private final Vertx vertx;
    private final Job job;
    private final Command command;
    private final JobFolders folders;
    private final JobTime time;
    private final JobReport report;
    private final Path folder;

    /** @param folder of the command */
    JobCollection(JobContext context, JobReport report, Path folder) {
        this.context = context;
        this.vertx = context.vertx();
        this.job = context.job();
        this.command = context.command();
        this.folders = context.folders();
        this.time = context.time();
        this.report = report;
        this.folder = folder;
    }

    /** Returns what is to be reported, as {@link JobReport#how}. A log that cannot be kept is a warning in it. */
    Future<JsonObject> collect(Ending ending) {
        time.programEnded();
        report.exitCode = ending.exitCode();
        report.oomKilled = ending.oomKilled();
        command.progress().accept(90, "collecting log and outputs");
        Path log = folder.resolve(LOG_FILE);
        return time.work()
                .limit(vertx, context.sandbox().log(job, log, time.work()))
                .compose(dropped -> tail(log).compose(last -> {
                    report.lastLines = last;
                    return send(FileKind.log, log).map(file -> {
                        report.log = file == null ? null : cut(file, dropped);
                        return null;
                    });
                }))
                .recover(cause -> {
                    report.late |= time.isLate();
                    report.warn("the log could not be kept: ", cause);
                    return Future.succeededFuture();
                })
                .compose(kept -> outputs())
                .map(done ->
                        report.how(time.stop() == JobTime.Stop.DEADLINE, time.stop() == JobTime.Stop.CANCELLED, job));
    }

    private static JsonObject cut(JsonObject log, long dropped) {
        log.put("truncated", dropped != 0);
        return dropped > 0 ? log.put("droppedBytes", dropped) : log;
    }

    private Future<Void> outputs() {
        if (job.outputs().isEmpty()) {
            return Future.succeededFuture();
        }
        Path file = folder.resolve("outputs.tar.gz");
        var wanted = new Globs(job.outputs());
        return folders.blocking(() -> new OutputArchive(file, job.outputLimitBytes()))
                .compose(archive -> time.work().limit(vertx, filled(archive, wanted)))
                .compose(archive -> {
                    report.warnings.addAll(archive.warnings(wanted));
                    if (archive.files() == 0) {
                        return Future.<Void>succeededFuture();
                    }
                    return send(FileKind.outputs, file).<Void>map(sent -> {
                        report.outputs = sent == null ? null : sent.put("files", archive.files());
                        return null;
                    });
                })
                .recover(this::withoutOutputs);
    }

    /** The same archive with what fits in it, closed. */
    private Future<OutputArchive> filled(OutputArchive archive, Globs wanted) {
        return context.sandbox()
                .outputs(job, wanted, archive, time.work())
                .transform(filled -> folders.blocking(() -> {
                            archive.close();
                            return null;
                        })
                        .transform(closed -> filled.failed()
                                ? Future.failedFuture(filled.cause())
                                : closed.failed()
                                        ? Future.<Object>failedFuture(closed.cause())
                                        : Future.succeededFuture()))
                .map(archive);
    }

    private Future<Void> withoutOutputs(Throwable cause) {
        if (cause instanceof CommandFailure failure && failure.error.category() == ErrorCategory.RESOURCE_EXHAUSTED) {
            report.outputsLost = failure.error;
            return Future.succeededFuture();
        }
        if (time.isLate()) {
            report.outputsLost = JobReport.LATE_OUTPUTS;
        }
        report.warn("the outputs could not be kept: ", cause);
        return Future.succeededFuture();
    }

    /** Null when it could not be sent in time, which is a warning. Fails where the controller does not take the outputs. */
    private Future<JsonObject> send(FileKind kind, Path file) {
        Promise<Void> until = Promise.promise();
        long timer = vertx.setTimer(time.sendMillis(), late -> until.tryComplete());
        return context.files()
                .send(job.commandId(), kind, file, until.future())
                .onComplete(done -> vertx.cancelTimer(timer))
                .compose(id -> folders.blocking(() -> new JsonObject()
                        .put("fileId", id)
                        .put("sizeBytes", Files.size(file))
                        .put("sha256", Sha256.hex(file))))
                .recover(cause -> {
                    if (cause instanceof CommandFailure failure
                            && failure.error.category() == ErrorCategory.RESOURCE_EXHAUSTED
                            && kind == FileKind.outputs) {
                        return Future.failedFuture(cause);
                    }
                    report.warn("the " + kind + " could not be sent: ", cause);
                    return Future.succeededFuture();
                });
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
}
