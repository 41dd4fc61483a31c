package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.Message.Part;
import io.aiwm.controller.agent.Message.Role;
import io.aiwm.controller.agent.Message.ToolCall;
import io.aiwm.controller.agent.Message.Usage;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.inference.Caller;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.Operation;
import io.aiwm.inference.call.OwnCalls;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A call of the model. Its answer is stored as a message under an id that the step gives it, and then the step ends together with the
 * steps that follow from it; where the message is there already, the model is not called again.
 */
final class ModelStep extends StepRun {
    private static final int MOST_ANSWER_BYTES = 4 << 20;
    private static final int MOST_ANSWER_CHARS = 1 << 20;

    private volatile OwnCalls.Running call;

    ModelStep(StepTools tools, Execution turn, Step step) {
        super(tools, turn, step);
    }

    /** What a call is made of. */
    private record Asked(Conversation conversation, Agent agent, Caller caller, JsonObject body) {}

    @Override
    Future<Void> work() {
        return tools.messages()
                .find(messageId())
                .compose(known -> known == null ? called() : agent().compose(agent -> settled(known, agent)));
    }

    private Future<Agent> agent() {
        return tools.agents().get(data.getString("agentId"));
    }

    private Future<Void> called() {
        return asked().compose(asked -> begun("calling " + asked.agent().model())
                .compose(stored -> answer(asked))
                .compose(message -> {
                    tools.streams().message(turn.id(), message);
                    return settled(message, asked.agent());
                }));
    }

    private Future<Asked> asked() {
        return tools.conversations()
                .get(data.getString("conversationId"), null)
                .compose(conversation -> agent().map(conversation::called)
                        .compose(agent -> tools.agents().instructionOf(agent).compose(instruction -> {
                            refuseInactive(agent, instruction);
                            String system =
                                    Prompt.render(instruction.content(), Values.of(agent, conversation.variables()));
                            return body(agent, system, conversation)
                                    .compose(body -> caller(conversation)
                                            .map(caller -> new Asked(conversation, agent, caller, body)));
                        })));
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

    private Future<JsonObject> body(Agent agent, String system, Conversation conversation) {
        return tools.messages()
                .branch(conversation.id(), data.getString("messageId"))
                .compose(branch ->
                        offers(agent, conversation).map(offers -> History.body(agent, system, branch, offers)));
    }

    private Future<Caller> caller(Conversation conversation) {
        return tools.messages()
                .get(data.getString("userMessageId"))
                .compose(message -> tools.callers().apply(conversation.user(), message.keyId()));
    }

    private Future<Message> answer(Asked asked) {
        if (cancelled()) {
            return Future.failedFuture(Failure.conflict("cancelled"));
        }
        long began = System.nanoTime();
        TurnStream stream = tools.streams().of(turn.id());
        stream.tell("restart", new JsonObject().put("messageId", messageId()));
        var pieces = new AnswerPieces(text -> stream.tell(
                TurnStream.DELTA, new JsonObject().put("messageId", messageId()).put("text", text)));
        var running = tools.models()
                .begin(new OwnCalls.Wanted(
                        asked.caller(),
                        Operation.CHAT,
                        asked.body().toBuffer(),
                        asked.conversation().id(),
                        pieces::add,
                        MOST_ANSWER_BYTES));
        call = running;
        if (cancelled()) {
            running.cancel().run();
        }
        return running.answer().compose(answer -> {
            if (answer.body().length() > 0) {
                pieces.add(answer.body());
            }
            String mistake = pieces.text().length() > MOST_ANSWER_CHARS ? "the answer is too long" : pieces.mistake();
            if (mistake != null) {
                return Future.failedFuture(
                        GatewayError.of(502, "model_malformed", mistake).refused());
            }
            var used = answer.used() == null
                    ? null
                    : new Usage(answer.used().prompt(), answer.used().completion());
            return tools.messages().store(message(asked, pieces, used, (System.nanoTime() - began) / 1_000_000));
        });
    }

    private Message message(Asked asked, AnswerPieces pieces, Usage used, long millis) {
        return MessageBuilder.builder()
                .id(messageId())
                .version(1)
                .conversationId(asked.conversation().id())
                .parentId(data.getString("messageId"))
                .role(Role.ASSISTANT)
                .content(pieces.text().isEmpty() ? List.of() : List.of(Part.text(pieces.text())))
                .toolCalls(pieces.calls())
                .usage(used)
                .latencyMs(millis)
                .executionId(turn.id())
                .createdBy(asked.agent().id())
                .createdAt(tools.clock().instant())
                .build();
    }

    private Future<Void> settled(Message answer, Agent agent) {
        var output = new JsonObject().put("messageId", answer.id());
        if (answer.usage() != null) {
            output.put("promptTokens", answer.usage().prompt())
                    .put("completionTokens", answer.usage().completion());
        }
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
                + (answer.usage() == null
                        ? 0
                        : answer.usage().prompt() + answer.usage().completion());
        if (used > limits.tokens()) {
            return "the turn has used " + used + " tokens of " + limits.tokens() + " (limits.tokens)";
        }
        List<String> ids =
                answer.toolCalls().stream().map(ToolCall::id).distinct().toList();
        return ids.size() == answer.toolCalls().size() ? null : "the model gave two tool calls the same id";
    }

    @Override
    void stop() {
        OwnCalls.Running running = call;
        if (running != null) {
            running.cancel().run();
        }
    }
}
