package io.aiwm.controller.http;

import io.aiwm.controller.deployment.LogStream;
import io.aiwm.controller.deployment.LogStreams;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.CommandId;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.job.Jobs;
import io.aiwm.protocol.Failure;
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

    /** How the client wants it. */
    enum Form {
        TEXT("text/plain; charset=utf-8"),
        EVENTS("text/event-stream; charset=utf-8"),
        LINES("application/x-ndjson");

        final String contentType;

        Form(String contentType) {
            this.contentType = contentType;
        }

        /** As the Accept header says; text unless told. */
        static Form of(Request request) {
            String accept = request.header("Accept");
            return accept == null
                    ? TEXT
                    : accept.contains("text/event-stream")
                            ? EVENTS
                            : accept.contains("application/x-ndjson") ? LINES : TEXT;
        }
    }

    private final String user;
    private final Jobs jobs;
    private final Function<String, Future<Execution>> get;
    private final JobFiles files;
    private final LogStreams logs;
    private final String jobId;
    private final int index;
    private final int attempt;
    private final int tail;
    private final Form form;
    private final boolean withResult;
    private final Context context;
    private HttpServerResponse response;
    private long alive;
    private Runnable left;
    private LogStream live;
    /** The attempt whose log is being read; 0: none yet. */
    private int reading;
    /** How much of it the client has, in characters. */
    private long sent;
    /** Of what comes again this much is left out. */
    private long skip;
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
            Form form,
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
            Form form) {
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
            Form form,
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
        return logs.open(context, user, wanted.nodeId(), command(number), true, tail)
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
        alive = context.owner()
                .setPeriodic(
                        STILL_HERE.toMillis(),
                        tick -> response.write(Buffer.buffer(
                                form == Form.EVENTS ? ": still here\n\n" : form == Form.LINES ? "\n" : "")));
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
            sent = 0;
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
                    .onSuccess(text -> write("stdout", text))
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

    /** What was kept begins later than what was written: so much less of it comes again, or some is missing. */
    private void withoutDropped(JsonObject output) {
        JsonObject log = output == null ? null : output.getJsonObject("log");
        long dropped = log == null ? 0 : log.getLong("droppedBytes", 0L);
        if (dropped > skip) {
            long missing = dropped - skip;
            skip = 0;
            write("stderr", "[aiwm] " + missing + " bytes are missing here: only the end of the log was kept\n");
        } else {
            skip -= dropped;
        }
    }

    private Future<Void> writeInTurn(String text) {
        if (over) {
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the client is gone"));
        }
        write("stdout", text);
        if (!response.writeQueueFull()) {
            return Future.succeededFuture();
        }
        Promise<Void> room = Promise.promise();
        response.drainHandler(drained -> room.tryComplete());
        return room.future();
    }

    /** What is read from here on begins where it began for the client; of the last lines nobody knows where that was. */
    private void again() {
        skip = tail < 0 ? sent : 0;
    }

    private int lines() {
        return tail >= 0 && sent > 0 ? 0 : tail;
    }

    private void follow(String nodeId, String commandId) {
        again();
        logs.open(context, user, nodeId, commandId, true, lines()).onComplete(opened -> {
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
            send("stderr", "[aiwm] the log comes when there is room: " + full.getMessage() + "\n");
        }
    }

    private void arrived(LogChunk chunk) {
        if (over) {
            return;
        }
        if (chunk.end() && chunk.error() == null) {
            read = true;
        }
        write(chunk.stream(), chunk.chunk());
        if (live != null && response.writeQueueFull()) {
            LogStream slow = live;
            slow.pause();
            response.drainHandler(drained -> slow.resume());
        }
    }

    private void write(String stream, String text) {
        if (text == null || text.length() <= skip) {
            skip -= text == null ? 0 : text.length();
            return;
        }
        String fresh = text.substring((int) skip);
        skip = 0;
        sent += fresh.length();
        send(stream, fresh);
    }

    private void send(String stream, String text) {
        var json = new JsonObject().put("stream", stream).put("text", text);
        response.write(
                switch (form) {
                    case TEXT -> text;
                    case EVENTS -> "event: log\ndata: " + json.encode() + "\n\n";
                    case LINES -> json.encode() + "\n";
                });
    }

    /** @param job null: it is deleted */
    private void end(Execution job) {
        over = true;
        context.owner().cancelTimer(alive);
        if (job == null || form == Form.TEXT || !withResult) {
            response.end(form == Form.EVENTS ? "event: end\ndata: {}\n\n" : "");
            return;
        }
        jobs.view(job)
                .onComplete(view -> context.runOnContext(go -> {
                    var result = new JsonObject().put("result", view.succeeded() ? view.result() : new JsonObject());
                    response.end(
                            form == Form.EVENTS
                                    ? "event: result\ndata: "
                                            + result.getJsonObject("result").encode() + "\n\n"
                                    : result.encode() + "\n");
                }));
    }
}
