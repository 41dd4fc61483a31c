package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.log.LogStream;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.LogChunk;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.function.Function;

/**
 * What a job prints, to a client, as it is printed: waits until the job has begun, reads along while its node has it, and
 * ends with it. What ended before anybody could read along comes from the log that was kept. A client that leaves ends the
 * stream, not the job.
 */
final class JobStream {
    /** How often it is looked whether a job has begun, or ended. */
    private static final long LOOK_MILLIS = 250;
    /** Less than half of any idle timeout that makes sense. */
    private static final Duration STILL_HERE = Duration.ofSeconds(10);

    private final String user;
    private final Jobs jobs;
    private final Function<String, Future<Execution>> get;
    private final JobFiles files;
    private final LogStreams logs;
    private final String jobId;
    private final int index;
    private final int attempt;
    private final int tail;
    private final StreamForm form;
    private final boolean withResult;
    private final Context context;
    private HttpServerResponse response;
    private long alive;
    private Runnable left;
    private LogStream live;
    /** The attempt whose log is being read; 0: none yet. */
    private int reading;

    private LogPosition position = new LogPosition();
    /** It has been read to its end. */
    private boolean read;

    private boolean over;
    /** The client has been told that its log waits for others. */
    private boolean saidWhy;

    /**
     * @param context the request's
     * @param user who asks
     * @param attempt 0: the newest
     * @param tail how many of the last lines to begin with; -1 for all
     * @param withResult whether the job's end and view come last; text has no place for it
     */
    JobStream(
            Context context,
            String user,
            Jobs jobs,
            JobFiles files,
            LogStreams logs,
            String jobId,
            int attempt,
            int tail,
            StreamForm form,
            boolean withResult) {
        this(context, user, jobs, jobs::get, files, logs, jobId, 0, attempt, tail, form, withResult);
    }

    /** The same of a step of an execution, which has no result of its own to come last. */
    static JobStream ofStep(
            Context context,
            String user,
            Function<String, Future<Execution>> get,
            JobFiles files,
            LogStreams logs,
            String executionId,
            int index,
            int attempt,
            int tail,
            StreamForm form) {
        return new JobStream(context, user, null, get, files, logs, executionId, index, attempt, tail, form, false);
    }

    private JobStream(
            Context context,
            String user,
            Jobs jobs,
            Function<String, Future<Execution>> get,
            JobFiles files,
            LogStreams logs,
            String jobId,
            int index,
            int attempt,
            int tail,
            StreamForm form,
            boolean withResult) {
        this.context = context;
        this.user = user;
        this.jobs = jobs;
        this.get = get;
        this.files = files;
        this.logs = logs;
        this.jobId = jobId;
        this.index = index;
        this.attempt = attempt;
        this.tail = tail;
        this.form = form;
        this.withResult = withResult;
    }

    /** Calls back when the caller goes before the end. */
    JobStream onGone(Runnable then) {
        left = then;
        return this;
    }

    Reply reply() {
        return Reply.stream(form.contentType, this::start);
    }

    /**
     * The same for what may have begun: fails where this user cannot read one more log of its node, which can be said only
     * before the answer begins. One that begins later waits in its answer until there is room.
     */
    Future<Reply> reply(Execution seen) {
        Step step = seen.steps().get(index);
        int number = attempt > 0 ? attempt : step.attempt();
        Attempt wanted =
                number > 0 && number <= step.attempt() ? step.attempts().get(number - 1) : null;
        if (!runs(wanted)) {
            return Future.succeededFuture(reply());
        }
        return logs.openJob(context, user, wanted.nodeId(), command(number), true, tail)
                .transform(opened -> {
                    Failure full = opened.failed() ? logs.full(user, wanted.nodeId()) : null;
                    if (full != null) {
                        return Future.failedFuture(full);
                    }
                    if (opened.succeeded()) {
                        reading = number;
                        live = opened.result();
                    }
                    return Future.succeededFuture(reply());
                });
    }

    private static boolean runs(Attempt attempt) {
        return attempt != null && attempt.open() && attempt.startedAt() != null;
    }

    private String command(int number) {
        return new CommandId(jobId, index, number).toString();
    }

    private void start(HttpServerResponse to) {
        response = to;
        response.setChunked(true);
        response.putHeader("X-Accel-Buffering", "no");
        response.closeHandler(gone -> {
            if (!over && left != null) {
                left.run();
            }
            close();
        });
        alive = context.owner().setPeriodic(STILL_HERE.toMillis(), tick -> response.write(Buffer.buffer(form.alive())));
        response.writeHead();
        if (live == null) {
            look();
        } else {
            readAlong();
        }
    }

    private void close() {
        over = true;
        context.owner().cancelTimer(alive);
        if (live != null) {
            live.close();
        }
    }

    private void look() {
        if (!over) {
            get.apply(jobId)
                    .onComplete(read -> context.runOnContext(go -> {
                        if (over) {
                            return;
                        }
                        if (read.succeeded()) {
                            decide(read.result());
                        } else if (Failure.of(read.cause()).kind == Failure.Kind.NOT_FOUND) {
                            end(null);
                        } else {
                            lookAgain();
                        }
                    }));
        }
    }

    private void lookAgain() {
        context.owner().setTimer(LOOK_MILLIS, later -> context.runOnContext(go -> look()));
    }

    private void decide(Execution job) {
        Step step = job.steps().get(index);
        int number = attempt > 0 ? attempt : reading > 0 && !withResult ? reading : step.attempt();
        Attempt wanted =
                number > 0 && number <= step.attempt() ? step.attempts().get(number - 1) : null;
        if (number != reading) { // the first, or the next after one that failed
            reading = number;
            position = new LogPosition();
            read = false;
        }
        if (read) { // it has been read along: only its end is waited for
            if (job.status().isFinal() || (wanted != null && !wanted.open() && !withResult)) {
                end(job);
            } else {
                lookAgain();
            }
        } else if (runs(wanted)) {
            follow(wanted.nodeId(), command(number));
        } else if (job.status().isFinal() || (wanted != null && !wanted.open() && !withResult)) {
            again();
            kept(step, number).onComplete(told -> {
                if (!over) {
                    end(job);
                }
            });
        } else {
            lookAgain();
        }
    }

    private Future<Void> kept(Step step, int number) {
        if (tail >= 0) {
            return files.lastLines(context, jobId, index, number, lines())
                    .onSuccess(text -> printed("stdout", text))
                    .mapEmpty();
        }
        return files.find(jobId, index, number, true, FileKind.log).compose(file -> {
            if (file == null || over) {
                return Future.succeededFuture();
            }
            withoutDropped(number == step.attempt() ? step.output() : null);
            return new KeptText(files, context, file, this::writeInTurn).read();
        });
    }

    /** What was kept may begin later than what was written: so much less of it comes again, or some is missing. */
    private void withoutDropped(JsonObject output) {
        JsonObject log = output == null ? null : output.getJsonObject("log");
        if (log == null || !log.getBoolean("truncated", false)) {
            return;
        }
        Long dropped = log.getLong("droppedBytes");
        if (dropped != null) {
            missing(dropped, "only the end of the log was kept");
            return;
        }
        note("[aiwm] only the end of the log was kept, and how much is missing here is not known"
                + (position.begun() ? "; some of what follows may have come before\n" : "\n"));
        position.anywhere();
    }

    private void missing(long bytes, String why) {
        long fresh = position.missing(bytes);
        if (fresh > 0) {
            note("[aiwm] " + fresh + " bytes are missing here: " + why + "\n");
        }
    }

    /** @param cut so many bytes of a character of which the rest is not there */
    private Future<Void> writeInTurn(int cut, String text) {
        if (over) {
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the client is gone"));
        }
        position.missing(cut);
        printed("stdout", text);
        if (!response.writeQueueFull()) {
            return Future.succeededFuture();
        }
        Promise<Void> room = Promise.promise();
        response.drainHandler(drained -> room.tryComplete());
        return room.future();
    }

    /** What is read from here on begins where it began for the client; of the last lines nobody knows where that was. */
    private void again() {
        if (tail < 0) {
            if (position.again()) {
                note("[aiwm] from the lines that are missing on it is told once more\n");
            }
        } else {
            position.anywhere();
        }
    }

    private int lines() {
        return tail >= 0 && position.begun() ? 0 : tail;
    }

    private void follow(String nodeId, String commandId) {
        again();
        logs.openJob(context, user, nodeId, commandId, true, lines()).onComplete(opened -> {
            if (opened.failed()) {
                sayWhyItWaits(logs.full(user, nodeId));
                lookAgain();
                return;
            }
            live = opened.result();
            if (over) {
                live.close();
                return;
            }
            readAlong();
        });
    }

    private void readAlong() {
        live.endHandler(ended -> {
            live = null;
            lookAgain(); // whether it has ended, or its node was not ready to tell
        });
        live.handler(this::arrived);
    }

    /** @param full null: it waits for something else */
    private void sayWhyItWaits(Failure full) {
        if (full != null && !over && !saidWhy) {
            saidWhy = true;
            note("[aiwm] the log comes when there is room: " + full.getMessage() + "\n");
        }
    }

    private void arrived(LogChunk chunk) {
        if (over) {
            return;
        }
        if (chunk.end() && chunk.error() == null) {
            read = true;
        }
        if (chunk.missing() == null) {
            printed(chunk.stream(), chunk.chunk());
        } else if (chunk.missing() == LogChunk.UNKNOWN) {
            position.missingSome();
            note(chunk.chunk());
        } else {
            missing(chunk.missing(), "they were not kept until they could be read");
        }
        if (live != null && response.writeQueueFull()) {
            LogStream slow = live;
            slow.pause();
            response.drainHandler(drained -> slow.resume());
        }
    }

    private void printed(String stream, String text) {
        write(stream, text == null ? "" : position.printed(text));
    }

    /** What AIWM says of the log is no part of it: it does not count as printed. */
    private void note(String text) {
        response.write(form.note(text));
    }

    private void write(String stream, String fresh) {
        if (fresh.isEmpty()) {
            return;
        }
        response.write(form.log(stream, fresh));
    }

    /** @param job null: it is deleted */
    private void end(Execution job) {
        over = true;
        context.owner().cancelTimer(alive);
        if (job == null || !withResult) {
            response.end(form.end());
            return;
        }
        jobs.view(job)
                .onComplete(view -> context.runOnContext(
                        go -> response.end(form.result(view.succeeded() ? view.result() : new JsonObject()))));
    }
}
