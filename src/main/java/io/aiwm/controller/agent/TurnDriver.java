package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.agent.Conversation.Turn;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the open steps of turns. A turn belongs to the controller that its conversation names; one that is gone is taken over. What
 * is open stands in the store, so that whoever is started after a controller that was killed finds it and goes on.
 */
public final class TurnDriver {
    private static final Logger LOG = LoggerFactory.getLogger(TurnDriver.class);

    private final IsolatedForEach each = new IsolatedForEach(LOG, "turn");
    private final StepTools tools;
    private final Turns turns;
    private final Supplier<Set<String>> others;
    /** Ids of the turns of this controller. */
    private final Set<String> held = ConcurrentHashMap.newKeySet();

    private final Map<String, StepRun> running = new ConcurrentHashMap<>();

    /** Make it before the first execution is written: it listens. @param others ids of other controllers that are there */
    TurnDriver(StepTools tools, Turns turns, Supplier<Set<String>> others) {
        this.tools = tools;
        this.turns = turns;
        this.others = others;
        tools.executions().onWritten(this::written);
        tools.approvals().onDecided(approval -> look(approval.executionId()));
    }

    private void written(Execution before, Execution after) {
        if (!TurnSteps.is(after)) {
            return;
        }
        if (before == null) {
            held.add(after.id()); // whoever makes it carries it out
            tools.streams().of(after.id()); // for readers that come before its first event
        }
        if (after.status().isFinal() || after.cancelAsked()) {
            cancelRuns(after);
        }
        if (after.status().isFinal()) {
            if (before == null || !before.status().isFinal()) {
                ended(after).onFailure(cause -> LOG.warn("turn {} is ended by the sweep", after.id(), cause));
            }
        } else if (held.contains(after.id())) {
            drive(after);
        }
    }

    private static String key(Execution turn, Step step) {
        return turn.id() + "." + step.spec().index();
    }

    private void cancelRuns(Execution turn) {
        for (Step step : turn.steps()) {
            StepRun run = running.get(key(turn, step));
            if (run != null) {
                run.cancel();
            }
        }
    }

    private void look(String executionId) {
        tools.executions()
                .get(executionId)
                .onSuccess(turn -> {
                    if (held.contains(turn.id()) && !turn.status().isFinal()) {
                        drive(turn);
                    }
                })
                .onFailure(cause -> LOG.warn("turn {} is looked at again by the sweep", executionId, cause));
    }

    /** One at a time: it counts what runs. */
    private synchronized void drive(Execution turn) {
        for (Step step : turn.steps()) {
            boolean open = step.status().isOpenAttempt() && Placer.CONTROLLER.equals(step.nodeId());
            if (open && !running.containsKey(key(turn, step))) {
                if (turn.cancelAsked()) {
                    cancelled(turn, step);
                } else if (hasRoom(turn, step)) {
                    go(turn, step);
                }
            }
        }
    }

    private boolean hasRoom(Execution turn, Step step) {
        if (!TurnSteps.isTool(step)) {
            return true;
        }
        long busy = turn.steps().stream()
                .filter(TurnSteps::isTool)
                .filter(each -> running.containsKey(key(turn, each)))
                .count();
        return busy < step.spec().data().getInteger("parallel");
    }

    private void go(Execution turn, Step step) {
        StepRun run = TurnSteps.isTool(step)
                ? new ToolStep(tools, turn, step)
                : TurnSteps.summarised(step) != null
                        ? new SummaryStep(tools, turn, step)
                        : new ModelStep(tools, turn, step);
        String key = key(turn, step);
        if (running.putIfAbsent(key, run) != null) {
            return;
        }
        run.run()
                .onFailure(cause -> LOG.warn("step {} is looked at again", key, cause))
                .onComplete(done -> {
                    running.remove(key, run);
                    if (done.succeeded()) {
                        // a step that failed may be queued again, and a tool may wait for the room of this one
                        next(turn.id(), step);
                    }
                });
    }

    private void next(String executionId, Step done) {
        tools.executions().get(executionId).onSuccess(turn -> {
            Step now = turn.steps().get(done.spec().index());
            boolean waits = now.status().isOpenAttempt() && now.attempt() == done.attempt();
            if ((!waits || turn.cancelAsked()) && !turn.status().isFinal() && held.contains(executionId)) {
                drive(turn);
            }
        });
    }

    private void cancelled(Execution turn, Step step) {
        var command = TurnSteps.command(turn, step);
        var result = new CommandResult(
                null,
                command.toString(),
                Outcome.cancelled,
                null,
                null,
                step.current().assignedAt(),
                tools.clock().instant());
        tools.executions()
                .finished(command, Placer.CONTROLLER, result, Ids.uuid7())
                .onFailure(cause -> LOG.warn("step {} is cancelled by the sweep", command, cause));
    }

    /** Gives the conversation the end of its branch, and its next message its turn. */
    private Future<Void> ended(Execution turn) {
        return lastMessage(turn)
                .compose(last -> tools.conversations().ended(TurnSteps.conversationId(turn), turn.id(), last))
                .compose(conversation -> TurnSteps.hasTools(turn)
                        ? tools.approvals().ended(turn.id()).map(conversation)
                        : Future.succeededFuture(conversation))
                .compose(conversation -> {
                    held.remove(turn.id());
                    tools.streams().done(turn.id(), turn.status().name(), turn.error());
                    boolean more = conversation.turn() != null
                            && conversation
                                    .turn()
                                    .holder()
                                    .equals(tools.conversations().controllerId());
                    return more ? turns.begin(conversation).mapEmpty() : Future.<Void>succeededFuture();
                })
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    /** The last one of a chain without a hole: a tool that did not end leaves none, and models refuse a call without its result. */
    private Future<String> lastMessage(Execution turn) {
        String only = TurnSteps.onlyAnswer(turn);
        return only == null
                ? tools.messages().ofTurn(turn.id()).map(made -> TurnEnd.lastOf(made))
                : Future.succeededFuture(only);
    }

    /** Whether this controller carries out the turn. */
    boolean holds(Execution turn) {
        return held.contains(turn.id());
    }

    /** A sweep: goes on with turns of this controller and of controllers that are gone, and begins and ends what a kill left. */
    public Future<Void> run() {
        return tools.conversations()
                .running()
                .compose(found -> {
                    var there = new HashSet<String>();
                    found.forEach(conversation -> there.add(conversation.turn().executionId()));
                    List<String> gone =
                            held.stream().filter(id -> !there.contains(id)).toList();
                    return each.all(gone, id -> id, this::release)
                            .compose(done -> each.all(found, Conversation::id, this::lookAt));
                })
                .mapEmpty();
    }

    /** Another controller has ended it. */
    private Future<Void> release(String executionId) {
        return tools.executions()
                .get(executionId)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause))
                .map(turn -> {
                    if (turn == null || turn.status().isFinal()) {
                        held.remove(executionId);
                        tools.streams()
                                .done(
                                        executionId,
                                        turn == null ? "DELETED" : turn.status().name(),
                                        turn == null ? null : turn.error());
                    }
                    return null;
                });
    }

    private Future<Void> lookAt(Conversation conversation) {
        if (turns.begins(conversation)) {
            return Future.succeededFuture();
        }
        Turn turn = conversation.turn();
        return isMine(conversation)
                .compose(mine -> mine
                        ? tools.executions()
                                .get(turn.executionId())
                                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                        ? turns.begin(conversation)
                                        : Future.failedFuture(cause))
                                .compose(this::goOn)
                        : Future.succeededFuture());
    }

    private Future<Boolean> isMine(Conversation conversation) {
        Turn turn = conversation.turn();
        String me = tools.conversations().controllerId();
        return turn.holder().equals(me)
                ? Future.succeededFuture(true)
                : others.get().contains(turn.holder())
                        ? Future.succeededFuture(false)
                        : tools.conversations().take(conversation.id(), turn.executionId(), turn.holder());
    }

    private Future<Void> goOn(Execution turn) {
        if (turn.status().isFinal()) {
            return ended(turn);
        }
        if (!held.add(turn.id())) {
            if (turn.cancelAsked()) {
                cancelRuns(turn);
            }
            drive(turn);
            return Future.succeededFuture();
        }
        // taken over: readers get what there is already
        return tools.messages().ofTurn(turn.id()).map(made -> {
            made.forEach(message -> tools.streams().message(turn.id(), message));
            drive(turn);
            return null;
        });
    }
}
