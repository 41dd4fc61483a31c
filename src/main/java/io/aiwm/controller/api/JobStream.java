package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.log.LogStream;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.LogChunk;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

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

    private final Context context;
    private final LogSources sources;
    private final LogRequest asked;
    private HttpServerResponse response;
    private ClientLog log;
    private long alive;
    private Runnable left;
    private LogStream live;
    /** The attempt whose log is being read; 0: none yet. */
    private int reading;

    /** It has been read to its end. */
    private boolean read;

    private boolean over;
    /** The client has been told that its log waits for others. */
    private boolean saidWhy;

    /** @param context the request's */
    JobStream(Context context, LogSources sources, LogRequest asked) {
        this.context = context;
        this.sources = sources;
        this.asked = asked;
    }

    /** Calls back when the caller goes before the end. */
    JobStream onGone(Runnable then) {
        left = then;
        return this;
    }

    Reply reply() {
        return Reply.stream(asked.form().contentType, this::start);
    }

    /**
     * The same for what may have begun: fails where this user cannot read one more log of its node, which can be said only
     * before the answer begins. One that begins later waits in its answer until there is room.
     */
    Future<Reply> reply(Execution seen) {
        Step step = seen.steps().get(asked.index());
        int number = asked.attempt() > 0 ? asked.attempt() : step.attempt();
        Attempt wanted =
                number > 0 && number <= step.attempt() ? step.attempts().get(number - 1) : null;
        if (!runs(wanted)) {
            return Future.succeededFuture(reply());
        }
        return sources.logs()
                .openJob(context, asked.user(), asked.log(wanted.nodeId(), command(number), asked.tail()))
                .transform(opened -> {
                    Failure full = opened.failed() ? sources.logs().full(asked.user(), wanted.nodeId()) : null;
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
        return new CommandId(asked.executionId(), asked.index(), number).toString();
    }

    private void start(HttpServerResponse to) {
        response = to;
        log = new ClientLog(to, asked.form(), asked.tail());
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
                        tick -> response.write(Buffer.buffer(asked.form().alive())));
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
            sources.get()
                    .apply(asked.executionId())
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
        Step step = job.steps().get(asked.index());
        int number =
                asked.attempt() > 0 ? asked.attempt() : reading > 0 && !asked.withResult() ? reading : step.attempt();
        Attempt wanted =
                number > 0 && number <= step.attempt() ? step.attempts().get(number - 1) : null;
        if (number != reading) { // the first, or the next after one that failed
            reading = number;
            log.restart();
            read = false;
        }
        if (read) { // it has been read along: only its end is waited for
            if (job.status().isFinal() || (wanted != null && !wanted.open() && !asked.withResult())) {
                end(job);
            } else {
                lookAgain();
            }
        } else if (runs(wanted)) {
            follow(wanted.nodeId(), command(number));
        } else if (job.status().isFinal() || (wanted != null && !wanted.open() && !asked.withResult())) {
            log.again();
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
        if (asked.tail() >= 0) {
            return sources.files()
                    .lastLines(context, asked.executionId(), asked.index(), number, log.lines())
                    .onSuccess(text -> log.printed("stdout", text))
                    .mapEmpty();
        }
        return sources.files()
                .find(asked.executionId(), asked.index(), number, true, FileKind.log)
                .compose(file -> {
                    if (file == null || over) {
                        return Future.succeededFuture();
                    }
                    log.withoutDropped(number == step.attempt() ? step.output() : null);
                    return new StoredLogText(sources.files(), context, file, log::writeInTurn).read();
                });
    }

    private void follow(String nodeId, String commandId) {
        log.again();
        sources.logs()
                .openJob(context, asked.user(), asked.log(nodeId, commandId, log.lines()))
                .onComplete(opened -> {
                    if (opened.failed()) {
                        sayWhyItWaits(sources.logs().full(asked.user(), nodeId));
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
            log.note("[aiwm] the log comes when there is room: " + full.getMessage() + "\n");
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
            log.printed(chunk.stream(), chunk.chunk(), chunk.times());
        } else if (chunk.missing() == LogChunk.UNKNOWN) {
            log.missingSome(chunk.chunk());
        } else {
            log.missing(chunk.missing(), "they were not kept until they could be read");
        }
        if (live != null && response.writeQueueFull()) {
            LogStream slow = live;
            slow.pause();
            response.drainHandler(drained -> slow.resume());
        }
    }

    /** @param job null: it is deleted */
    private void end(Execution job) {
        over = true;
        context.owner().cancelTimer(alive);
        if (job == null || !asked.withResult()) {
            response.end(asked.form().end());
            return;
        }
        sources.view()
                .apply(job)
                .onComplete(view -> context.runOnContext(
                        go -> response.end(asked.form().result(view.succeeded() ? view.result() : new JsonObject()))));
    }
}
