package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.Message.Part;
import io.aiwm.controller.agent.Message.Role;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.inference.Caller;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A call of the model. Its answer is stored as a message under an id that the step gives it, and then the step ends together with the
 * steps that follow from it; where the message is there already, the model is not called again. Where the history is to be summarised first,
 * the step ends without a call.
 */
final class ModelStep extends StepRun {
    private static final Logger LOG = LoggerFactory.getLogger(ModelStep.class);

    private volatile ModelCall call;

    ModelStep(StepTools tools, Execution turn, Step step) {
        super(tools, turn, step);
    }

    /** What a call is made of. */
    private record Ready(
            Conversation conversation, PromptSource source, PromptRoom room, HistoryPlan plan, TokenBudget budget) {
        Agent agent() {
            return source.agent();
        }

        /** Where the model took less than was expected, the plan is made anew. */
        PromptSource.Fitted prompt(PromptRoom within) {
            HistoryPlan fits = within == room ? plan : source.plan(within, false);
            return budget.bounded(source.fitted(fits, within), within);
        }
    }

    @Override
    Future<Void> work() {
        if (start != null) {
            return fresh(); // its first try
        }
        return tools.messages()
                .find(messageId())
                .compose(known -> known == null ? fresh() : agent().compose(agent -> settled(known, agent)));
    }

    private Future<Void> fresh() {
        return ready().compose(ready -> ready.plan().summarised().isEmpty() ? called(ready) : summaryFirst(ready));
    }

    private Future<Void> summaryFirst(Ready ready) {
        List<Message> summarised = ready.plan().summarised();
        String throughId = summarised.get(summarised.size() - 1).id();
        return end(
                Outcome.success,
                new JsonObject().put("summarisesFirst", summarised.size()),
                null,
                TurnSteps.summaryFirst(turn, step, throughId));
    }

    private Future<Void> called(Ready ready) {
        return caller(ready.conversation()).compose(caller -> {
            // whoever finds the step calls the model again, begun or not: that it runs is news, for which nothing waits
            begun("calling " + ready.agent().model())
                    .onFailure(cause -> LOG.debug("that turn {} calls a model is not stored", turn.id(), cause));
            return new ModelAnswers(
                            turn.id(),
                            ready::prompt,
                            fitted -> said(ready, caller, fitted),
                            () -> tools.contexts().asked(ready.agent().model()))
                    .within(ready.room())
                    .compose(said -> tools.messages().store(message(ready, said)))
                    .compose(message -> {
                        tools.streams().message(turn.id(), message);
                        return settled(message, ready.agent());
                    });
        });
    }

    private Future<Ready> ready() {
        return conversation()
                .compose(conversation -> agent().map(conversation::called)
                        .compose(agent -> tools.agents().instructionOf(agent).compose(instruction -> {
                            refuseInactive(agent, instruction);
                            String system = Prompt.render(
                                    instruction.content(), VariableValues.of(agent, conversation.variables()));
                            return offers(agent, conversation)
                                    .compose(offered -> ready(conversation, agent, system, offered));
                        })));
    }

    private Future<Ready> ready(Conversation conversation, Agent agent, String system, ToolCalls.Offers offered) {
        return tools.messages()
                .branch(conversation.id(), data.getString("messageId"))
                .compose(branch -> {
                    PromptRoom room = room(agent, branch);
                    return memory(agent, conversation, room)
                            .compose(noted -> known(agent, conversation, branch).map(known -> {
                                var source = new PromptSource(agent, system + noted, offered, branch, known);
                                boolean maySummarise = !TurnSteps.follows(step, turn);
                                return new Ready(
                                        conversation, source, room, source.plan(room, maySummarise), budget(agent));
                            }));
                });
    }

    private Future<Summary> known(Agent agent, Conversation conversation, List<Message> branch) {
        return Boolean.TRUE.equals(agent.summarises())
                ? tools.summaries().of(conversation.id(), branch)
                : Future.succeededFuture(null);
    }

    private static void refuseInactive(Agent agent, InstructionVersion instruction) {
        if (!agent.active()) {
            throw new Failure(Failure.Kind.UNPROCESSABLE, "agent " + agent.name() + " is not active");
        }
        if (!instruction.content().active()) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    "instruction " + instruction.content().name() + " is not active");
        }
    }

    /** What follows the system prompt. */
    private Future<String> memory(Agent agent, Conversation conversation, PromptRoom room) {
        return remembers(agent, conversation)
                ? tools.memories()
                        .find(new Memory.Of(agent.id(), conversation.owner()), Memories.MOST, null)
                        .map(page -> MemoryPrompt.of(
                                page.items(), Math.min(agent.memory().tokens(), room.estimated() / 2)))
                : Future.succeededFuture("");
    }

    private Future<ModelCall.Said> said(Ready ready, Caller caller, PromptSource.Fitted fitted) {
        if (cancelled()) {
            return Future.failedFuture(Failure.conflict("cancelled"));
        }
        TurnStream stream = tools.streams().of(turn.id());
        stream.tell("restart", new JsonObject().put("messageId", messageId()));
        ModelCall running = ModelCall.begin(
                tools.models(),
                new ModelCall.Asked(ready.conversation(), caller, fitted),
                text -> stream.tell(
                        TurnStream.DELTA,
                        new JsonObject().put("messageId", messageId()).put("text", text)));
        call = running;
        if (cancelled()) {
            running.cancel().run();
        }
        return running.said();
    }

    private Message message(Ready ready, ModelCall.Said said) {
        return MessageBuilder.builder()
                .id(messageId())
                .version(1)
                .conversationId(ready.conversation().id())
                .parentId(data.getString("messageId"))
                .role(Role.ASSISTANT)
                .content(said.text().isEmpty() ? List.of() : List.of(Part.text(said.text())))
                .toolCalls(said.calls())
                .usage(said.usage())
                .cut(said.cut() ? true : null)
                .latencyMs(said.millis())
                .executionId(turn.id())
                .createdBy(ready.agent().id())
                .createdAt(tools.clock().instant())
                .build();
    }

    private Future<Void> settled(Message answer, Agent agent) {
        JsonObject output = TurnSteps.withUsage(new JsonObject().put("messageId", answer.id()), answer.usage());
        if (answer.toolCalls().isEmpty()) {
            return end(Outcome.success, output, null, List.of());
        }
        String over = over(answer, agent.limits());
        return over == null
                ? end(
                        Outcome.success,
                        output.put("toolCalls", answer.toolCalls().size()),
                        null,
                        TurnSteps.afterModel(turn, step, answer, agent.limits()))
                : end(
                        Outcome.failure,
                        output,
                        new CommandError(ErrorCategory.RESOURCE_EXHAUSTED, over, false),
                        List.of());
    }

    /** Why the turn cannot go on; null: it can. */
    private String over(Message answer, AgentLimits limits) {
        if (data.getInteger("call") >= limits.steps()) {
            return "the turn has made " + limits.steps() + " calls of the model, its limit (limits.steps)";
        }
        if (data.getInteger("tools") + answer.toolCalls().size() > limits.toolCalls()) {
            return "the turn would make more than " + limits.toolCalls() + " tool calls, its limit (limits.toolCalls)";
        }
        long used = data.getLong("used")
                + TurnSteps.summaryTokens(turn)
                + (answer.usage() == null
                        ? 0
                        : answer.usage().prompt() + answer.usage().completion());
        if (used > limits.tokens()) {
            return "the turn has used " + used + " tokens of " + limits.tokens() + " (limits.tokens)";
        }
        return null;
    }

    @Override
    void stop() {
        ModelCall running = call;
        if (running != null) {
            running.cancel().run();
        }
    }
}
