package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.HttpStatus;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.inference.Caller;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.call.InternalCalls;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** One step that this process carries out. */
abstract class StepRun {
    private static final String MODEL = "the model: ";

    final StepTools tools;
    final Execution turn;
    final Step step;
    final JsonObject data;
    /** What is known of a turn that begins now, for its first step; null: it is read. */
    final TurnStarts.Start start;

    /** Each piece of an answer names it. */
    private final String messageId;

    private Future<Message> userMessage;
    private volatile boolean cancelled;

    StepRun(StepTools tools, Execution turn, Step step) {
        this.tools = tools;
        this.turn = turn;
        this.step = step;
        this.data = step.spec().data();
        this.messageId = Messages.idOf(turn.id(), step.spec().index());
        TurnStarts.Start now =
                step.spec().index() == 0 && step.attempt() == 1 ? tools.starts().of(turn.id()) : null;
        this.start = now == null || now.agent() == null ? null : now;
        this.userMessage = start == null ? null : Future.succeededFuture(start.message());
    }

    /**
     * Succeeds when its end is stored, or when it waits for somebody's word. Fails when this process cannot go on, which says nothing of
     * the step.
     */
    final Future<Void> run() {
        return Future.succeededFuture().compose(go -> work()).recover(this::failed);
    }

    abstract Future<Void> work();

    /** Ends what is under way at once. */
    final void cancel() {
        cancelled = true;
        stop();
    }

    abstract void stop();

    final boolean cancelled() {
        return cancelled;
    }

    private Future<Void> failed(Throwable cause) {
        if (cancelled) {
            return end(Outcome.cancelled, null, null, List.of());
        }
        if (cause instanceof GatewayError.Refused refused) {
            return end(Outcome.failure, null, error(refused.error), List.of());
        }
        Failure failure = Failure.of(cause);
        return failure.retryable() || failure.kind == Failure.Kind.INTERNAL
                ? Future.failedFuture(cause) // a store that is away, or a fault: the sweep goes on with it
                : end(
                        Outcome.failure,
                        null,
                        new CommandError(ErrorCategory.INVALID, failure.getMessage(), false),
                        List.of());
    }

    /** What a call of the model that failed is to the turn: what passes is tried again. */
    static CommandError error(GatewayError said) {
        if (said.context() != null) {
            return new CommandError(ErrorCategory.CONTEXT_EXCEEDED, said.message(), false);
        }
        if (TokenBudget.SPENT.equals(said.code())) {
            return new CommandError(ErrorCategory.RESOURCE_EXHAUSTED, said.message(), false);
        }
        if (InternalCalls.TOO_LONG.equals(said.code())) { // it would be as long again
            return new CommandError(ErrorCategory.RESOURCE_EXHAUSTED, MODEL + said.message(), false);
        }
        ErrorCategory category = switch (said.status()) {
            case 429 -> ErrorCategory.RESOURCE_EXHAUSTED;
            case 408, 504 -> ErrorCategory.TIMEOUT;
            case 502, 503 -> ErrorCategory.NETWORK;
            default -> said.status() < 500 ? ErrorCategory.INVALID : ErrorCategory.UPSTREAM;
        };
        return new CommandError(category, MODEL + said.message(), HttpStatus.isPassing(said.status()));
    }

    /** The step is RUNNING in the store from then on: whoever finds it so knows that it may have been begun. */
    final Future<Void> begun(String words) {
        return tools.executions()
                .progressed(TurnSteps.command(turn, step), Placer.CONTROLLER, 0, words)
                .mapEmpty();
    }

    final Future<Void> end(Outcome outcome, JsonObject output, CommandError error, List<StepSpec> more) {
        var command = TurnSteps.command(turn, step);
        var result = new CommandResult(
                null,
                command.toString(),
                outcome,
                output,
                error,
                step.current().assignedAt(),
                tools.clock().instant());
        return tools.executions().finishedThen(command, result, more).mapEmpty();
    }

    /** What the model may call in this turn. */
    final Future<ToolCalls.Offers> offers(Agent agent, Conversation conversation) {
        if (!remembers(agent, conversation)) {
            return tools(agent, conversation);
        }
        return tools(agent, conversation).map(offered -> {
            var all = new ArrayList<>(MemoryTools.OFFERS);
            offered.offers().stream()
                    .filter(offer -> !MemoryTools.NAMES.contains(offer.name()))
                    .forEach(all::add);
            return new ToolCalls.Offers(List.copyOf(all), offered.away());
        });
    }

    /** Whether the agent keeps a memory of this user; a conversation of an earlier version does not say which one it is. Trials have none. */
    static boolean remembers(Agent agent, Conversation conversation) {
        return agent.memory() != null && conversation.userSince() != null && conversation.trial() == null;
    }

    private Future<ToolCalls.Offers> tools(Agent agent, Conversation conversation) {
        return behalf(conversation)
                .compose(behalf -> known(agent).compose(known -> tools.calls().offers(known, behalf)));
    }

    /** The tools of an agent that are there and active. */
    final Future<List<Tool>> known(Agent agent) {
        return tools.agents()
                .toolsOf(List.of(agent))
                .map(known -> agent.toolIds().stream()
                        .map(known::get)
                        .filter(tool -> tool != null && tool.active() && tool.deletedAt() == null)
                        .toList());
    }

    final Future<Conversation> conversation() {
        return start != null
                ? Future.succeededFuture(start.conversation())
                : tools.conversations().get(data.getString("conversationId"), null);
    }

    final Future<Agent> agent() {
        return start != null
                ? Future.succeededFuture(start.agent())
                : tools.agents().get(data.getString("agentId"));
    }

    /** What a call of this step may use. */
    final TokenBudget budget(Agent agent) {
        return TokenBudget.of(turn, step, agent);
    }

    /** What a prompt of this step may have. @param branch the history */
    final PromptRoom room(Agent agent, List<Message> branch) {
        return PromptRoom.of(agent, tools.contexts().of(agent.model()), branch);
    }

    /** In whose name models are called. */
    final Future<Caller> caller(Conversation conversation) {
        return userMessage().compose(message -> tools.callers().apply(conversation.owner(), message.keyId()));
    }

    final Future<ToolCaller> behalf(Conversation conversation) {
        return userMessage().map(asked -> ToolCaller.of(conversation, asked, callId()));
    }

    /** Read once. */
    private synchronized Future<Message> userMessage() {
        if (userMessage == null) {
            userMessage = tools.messages().get(data.getString("userMessageId"));
        }
        return userMessage;
    }

    /** Of the step, the same each time that it is carried out. */
    final String callId() {
        return turn.id() + "." + step.spec().index();
    }

    final String messageId() {
        return messageId;
    }
}
