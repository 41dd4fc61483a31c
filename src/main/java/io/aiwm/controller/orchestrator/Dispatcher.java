package io.aiwm.controller.orchestrator;

import io.aiwm.common.Json;
import io.aiwm.controller.execution.Attempt;
import io.aiwm.controller.execution.Deadlines;
import io.aiwm.controller.execution.Eviction;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.ResultGrace;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.gateway.WorkerLink;
import io.aiwm.protocol.CommandCancel;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.Envelope;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what a stored change calls for: the command of each new attempt, and a cancel for each attempt that was closed
 * without its worker saying so. Only after the write, so that no worker ever holds a command the store does not know. A
 * message that is lost is sent again by {@link #again}.
 */
public final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final WorkerLink workers;
    private final InstantSource clock;
    private final CommandData more;

    public Dispatcher(WorkerLink workers, InstantSource clock) {
        this(workers, clock, (nodeId, command, data) -> Future.succeededFuture(data));
    }

    /** @param more is added to the data of a command each time it is sent */
    public Dispatcher(WorkerLink workers, InstantSource clock, CommandData more) {
        this.workers = workers;
        this.clock = clock;
        this.more = more;
    }

    /** What is known only when a command is sent, and is stored nowhere. */
    @FunctionalInterface
    public interface CommandData {
        /**
         * Succeeds with the data to send; must not change what it is given beyond its own first level. Fails when it cannot be
         * known now: the command is then sent when it is repeated.
         */
        Future<JsonObject> of(String nodeId, String command, JsonObject data);
    }

    /** A listener for Executions.onWritten. */
    public void written(Execution before, Execution after) {
        boolean cancelsNow = after.cancelAsked() && before != null && !before.cancelAsked();
        for (int i = 0; i < after.steps().size(); i++) {
            Step was = Execution.stepOf(before, i);
            Step is = after.steps().get(i);
            if (was != null && was.status().isOpenAttempt()) {
                Attempt then = is.attempts().get(was.attempt() - 1);
                boolean stillOpen = then.open();
                boolean evictsNow =
                        stillOpen && then.eviction() != null && was.current().eviction() == null;
                if (evictsNow || (stillOpen && cancelsNow) || (!stillOpen && then.resultMessageId() == null)) {
                    cancel(after, is, was.attempt());
                }
            }
            if (is.status().isOpenAttempt() && (was == null || was.attempt() < is.attempt())) {
                command(after, is);
            }
        }
    }

    /** Repeats what a worker has not answered: commands without ack, cancels without result. */
    public void again(Execution execution, Instant sentBefore) {
        for (Step step : execution.steps()) {
            if (!step.status().isOpenAttempt()) {
                continue;
            }
            if (execution.cancelAsked() || step.current().eviction() != null) {
                cancel(execution, step, step.attempt());
            } else if (step.current().startedAt() == null
                    && !step.current().assignedAt().isAfter(sentBefore)) {
                command(execution, step);
            }
        }
    }

    /** Offers every open attempt of this node to it again: it has a new session, and may have lost its journal. */
    public void reoffer(Execution execution, String nodeId) {
        for (Step step : execution.steps()) {
            if (step.status().isOpenAttempt() && step.nodeId().equals(nodeId)) {
                command(execution, step);
                if (execution.cancelAsked() || step.current().eviction() != null) {
                    cancel(execution, step, step.attempt());
                }
            }
        }
    }

    private void command(Execution execution, Step step) {
        Attempt attempt = step.current();
        if (attempt.nodeId().equals(Placer.CONTROLLER)) {
            return; // who carries it out in here hears of the write too
        }
        var id = new CommandId(execution.id(), step.spec().index(), step.attempt());
        Instant deadline = Deadlines.ofCommand(execution, step);
        JsonObject data = new JsonObject(
                        new java.util.LinkedHashMap<>(step.spec().data().getMap()))
                // both: a worker of an older version knows the deadline alone, and needs a clock that is right
                .put("deadline", deadline.toEpochMilli())
                .put(
                        "leftMs",
                        Math.max(0, Duration.between(clock.instant(), deadline).toMillis()));
        Duration overtime = ResultGrace.of(step.spec());
        if (!overtime.isZero()) {
            data.put("overtimeMs", overtime.toMillis());
        }
        if (attempt.claim() != null) {
            data.put("claim", attempt.claim().json());
        }
        String resume = step.resumeFile(id);
        if (resume != null) {
            data.put("resume", new JsonObject().put("fileId", resume));
        }
        var metadata = new JsonObject()
                .put("executionId", execution.id())
                .put("stepIndex", id.stepIndex())
                .put("attempt", id.attempt())
                .put("commandId", id.toString());
        more.of(attempt.nodeId(), step.spec().command(), data)
                .onSuccess(all -> workers.send(
                        attempt.nodeId(),
                        new Envelope(
                                step.spec().command(), attempt.messageId(), attempt.assignedAt(), null, metadata, all)))
                .onFailure(cause -> LOG.warn("command {} is sent later: {}", id, cause.toString()));
    }

    private void cancel(Execution execution, Step step, int attempt) {
        if (step.attempts().get(attempt - 1).nodeId().equals(Placer.CONTROLLER)) {
            return;
        }
        String id = new CommandId(execution.id(), step.spec().index(), attempt).toString();
        Eviction eviction = step.attempts().get(attempt - 1).eviction();
        String why = execution.cancelAsked()
                ? execution.cancelReason()
                : eviction == null ? "the attempt was closed" : eviction.kind().wire() + ": " + eviction.why();
        workers.send(
                step.attempts().get(attempt - 1).nodeId(),
                Envelope.command(
                        CommandCancel.TYPE,
                        Json.toObject(new CommandCancel(id, why)),
                        new JsonObject().put("commandId", id)));
    }
}
