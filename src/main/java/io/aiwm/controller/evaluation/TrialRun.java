package io.aiwm.controller.evaluation;

import io.aiwm.common.Failure;
import io.aiwm.common.HttpStatus;
import io.aiwm.controller.agent.Conversation.Trial;
import io.aiwm.controller.agent.EvaluationTurns;
import io.aiwm.controller.evaluation.EvaluationResult.Called;
import io.aiwm.controller.evaluation.EvaluationResult.Check;
import io.aiwm.controller.evaluation.EvaluationRun.Candidate;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.aiwm.inference.GatewayError;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * One case with one candidate. Its turn, its message and its result have ids that the step gives them, so whoever finds the step again
 * goes on with what is there: nothing is begun twice.
 */
final class TrialRun {
    private static final int MOST_CALLS = 20;

    private final EvaluationTools tools;
    private final EvaluationRun run;
    private final Execution execution;
    private final Step step;
    private final int trial;
    private volatile Judge judge;
    private volatile boolean cancelled;

    TrialRun(EvaluationTools tools, EvaluationRun run, Execution execution, Step step) {
        this.tools = tools;
        this.run = run;
        this.execution = execution;
        this.step = step;
        this.trial = step.spec().index();
    }

    /** Succeeds when its end is stored. Fails when this process cannot go on, which says nothing of the trial. */
    Future<Void> run() {
        return tools.runs()
                .result(run, trial)
                .compose(known -> known == null ? tried() : ended(known))
                .recover(this::failed);
    }

    private Future<Void> tried() {
        return tools.trials().begin(wanted(), run.owner(), run.keyId()).compose(said -> {
            if (cancelled) {
                cancelTurn();
            }
            String turn = said.executionId();
            return tools.executions()
                    .progressed(EvaluationSteps.command(execution, step), Placer.CONTROLLER, 0, "turn " + turn)
                    .compose(told -> tools.ends().of(turn))
                    .compose(this::answered);
        });
    }

    private EvaluationTurns.Wanted wanted() {
        EvaluationCase of = run.caseOf(trial);
        Candidate candidate = run.candidateOf(trial);
        return new EvaluationTurns.Wanted(
                run.keyOf(trial),
                candidate.agentId(),
                new Trial(run.id(), candidate.instructionVersion(), candidate.model()),
                of.name() + " with " + candidate.name(),
                of.prompt(),
                of.variables());
    }

    private Future<Void> answered(Execution turn) {
        if (cancelled) {
            return Future.failedFuture(Failure.conflict("cancelled"));
        }
        return tools.trials()
                .made(turn.id())
                .map(made -> Answer.of(turn, made))
                .compose(answer -> checks(answer).compose(checks -> stored(result(turn, answer, checks))));
    }

    /** One after the other: one judge at a time is enough. */
    private Future<List<Check>> checks(Answer answer) {
        if (answer.error() != null) {
            return Future.succeededFuture(List.of());
        }
        Future<List<Check>> all = Future.succeededFuture(new ArrayList<>());
        for (Expectation wanted : run.caseOf(trial).expect()) {
            all = all.compose(before -> check(wanted, answer).map(check -> {
                before.add(check);
                return before;
            }));
        }
        return all;
    }

    private Future<Check> check(Expectation wanted, Answer answer) {
        if (wanted.type() != Expectation.Type.JUDGED) {
            return Future.succeededFuture(Checks.of(wanted, answer));
        }
        return tools.models()
                .callers()
                .apply(run.owner(), run.keyId())
                .compose(caller -> {
                    var asked = new Judge(tools.models().calls(), caller, run);
                    judge = asked;
                    if (cancelled) {
                        asked.cancel();
                    }
                    return asked.judged(wanted, run.caseOf(trial).prompt(), answer.text());
                })
                .recover(cause ->
                        cause instanceof GatewayError.Refused refused && !HttpStatus.isPassing(refused.error.status())
                                ? Future.succeededFuture(Check.failed(wanted, "the judge: " + refused.error.message()))
                                : Future.failedFuture(cause));
    }

    private EvaluationResult result(Execution turn, Answer answer, List<Check> checks) {
        return begun().passed(answer.error() == null && checks.stream().allMatch(Check::passed))
                .checks(checks)
                .error(ResultTextLimits.cut(answer.error(), ResultTextLimits.DETAIL))
                .answer(ResultTextLimits.cut(answer.text(), ResultTextLimits.ANSWER))
                .toolCalls(answer.toolCalls().stream()
                        .limit(MOST_CALLS)
                        .map(call -> new Called(
                                call.name(), ResultTextLimits.cut(call.arguments(), ResultTextLimits.ARGUMENTS)))
                        .toList())
                .executionId(turn.id())
                .promptTokens(answer.promptTokens())
                .completionTokens(answer.completionTokens())
                .latencyMs(answer.latencyMs())
                .build();
    }

    private EvaluationResultBuilder begun() {
        return EvaluationResultBuilder.builder()
                .id(EvaluationResult.idOf(run, trial))
                .version(1)
                .runId(run.id())
                .trial(trial)
                .checks(List.of())
                .toolCalls(List.of())
                .createdAt(tools.clock().instant());
    }

    private Future<Void> stored(EvaluationResult result) {
        return tools.runs().store(result).compose(this::ended);
    }

    private Future<Void> ended(EvaluationResult result) {
        return end(
                Outcome.success, new JsonObject().put("resultId", result.id()).put("passed", result.passed()), null);
    }

    private Future<Void> failed(Throwable cause) {
        if (cancelled) {
            return end(Outcome.cancelled, null, null);
        }
        if (cause instanceof GatewayError.Refused refused) {
            String why = "the judge: " + refused.error.message();
            return end(Outcome.failure, null, new CommandError(ErrorCategory.NETWORK, why, true));
        }
        Failure failure = Failure.of(cause);
        return failure.retryable() || failure.kind == Failure.Kind.INTERNAL
                ? Future.failedFuture(cause) // a store that is away, or a fault: the sweep goes on with it
                : stored(begun().error(ResultTextLimits.cut(failure.getMessage(), ResultTextLimits.DETAIL))
                        .build());
    }

    private Future<Void> end(Outcome outcome, JsonObject output, CommandError error) {
        return ended(tools, execution, step, outcome, output, error);
    }

    /** Ends a step of a run, also one that nobody carries out. */
    static Future<Void> ended(
            EvaluationTools tools,
            Execution execution,
            Step step,
            Outcome outcome,
            JsonObject output,
            CommandError error) {
        var command = EvaluationSteps.command(execution, step);
        var result = new CommandResult(
                null,
                command.toString(),
                outcome,
                output,
                error,
                step.current().assignedAt(),
                tools.clock().instant());
        return tools.executions().finishedThen(command, result, List.of()).mapEmpty();
    }

    /** Ends what is under way at once. */
    void cancel() {
        cancelled = true;
        cancelTurn();
        Judge asked = judge;
        if (asked != null) {
            asked.cancel();
        }
    }

    private void cancelTurn() {
        tools.trials().cancel(run.keyOf(trial), run.user());
    }
}
