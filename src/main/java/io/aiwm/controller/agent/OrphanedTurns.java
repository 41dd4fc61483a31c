package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns that somebody retried although their conversation has gone on without them. */
public final class OrphanedTurns {
    private static final Logger LOG = LoggerFactory.getLogger(OrphanedTurns.class);

    private final IsolatedForEach each = new IsolatedForEach(LOG, "turn");
    private final StepTools tools;
    private final Predicate<Execution> mine;

    /** @param mine whether this controller carries a turn out */
    OrphanedTurns(StepTools tools, Predicate<Execution> mine) {
        this.tools = tools;
        this.mine = mine;
    }

    /** A sweep: ends the open steps of such turns. */
    public Future<Void> run() {
        return tools.executions()
                .openOn(Placer.CONTROLLER)
                .compose(open -> each.all(
                        open.stream()
                                .filter(TurnSteps::is)
                                .filter(turn -> !mine.test(turn))
                                .toList(),
                        Execution::id,
                        this::endStray))
                .mapEmpty();
    }

    private Future<Void> endStray(Execution turn) {
        return tools.conversations()
                .get(TurnSteps.conversationId(turn), null)
                .map(conversation -> conversation.turn() != null
                        && conversation.turn().executionId().equals(turn.id()))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause))
                .compose(known -> known ? Future.succeededFuture() : endAll(turn));
    }

    private Future<Void> endAll(Execution turn) {
        var error = new CommandError(ErrorCategory.CONFLICT, "the conversation has gone on without this turn", false);
        List<Future<Execution>> ends = turn.steps().stream()
                .filter(step -> step.status().isOpenAttempt())
                .map(step -> {
                    var command = TurnSteps.command(turn, step);
                    var result = new CommandResult(
                            null,
                            command.toString(),
                            Outcome.failure,
                            null,
                            error,
                            step.current().assignedAt(),
                            tools.clock().instant());
                    return tools.executions().finished(command, Placer.CONTROLLER, result, Ids.uuid7());
                })
                .toList();
        return Future.join(ends).mapEmpty();
    }
}
