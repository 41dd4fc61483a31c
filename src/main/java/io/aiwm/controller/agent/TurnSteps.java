package io.aiwm.controller.agent;

import io.aiwm.common.SingleLineText;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** A turn as an execution: what its steps are, and what stands in their data. No step carries what somebody said. Pure. */
final class TurnSteps {
    static final String TYPE = "agent.turn";
    static final String CATEGORY = Execution.AGENT;
    /** A model may call a tool anything. */
    private static final int LONGEST_NAME = 100;
    /** Calls of a model that failed and may succeed later. */
    private static final int MODEL_RETRIES = 2;

    private TurnSteps() {}

    static boolean is(Execution execution) {
        return TYPE.equals(execution.type()) && CATEGORY.equals(execution.category());
    }

    static boolean isTool(Step step) {
        return CommandNames.AGENT_TOOL.equals(step.spec().command());
    }

    static boolean hasTools(Execution turn) {
        return turn.steps().stream().anyMatch(TurnSteps::isTool);
    }

    /** The id of the answer of a turn that was one call of the model; null: it was more, or has no answer. */
    static String onlyAnswer(Execution turn) {
        Step first = turn.steps().get(0);
        return turn.steps().size() == 1 && first.status() == StepState.COMPLETED
                ? first.output().getString("messageId")
                : null;
    }

    /** The last message that a step summarises, and with it all before in its branch; null: it is another step. */
    static String summarised(Step step) {
        return step.spec().data().getString("summarises");
    }

    /** Whether this turn has tried to make a summary: it does not try twice between two calls of tools. */
    static boolean follows(Step step, Execution turn) {
        return step.spec().dependsOn().stream()
                .anyMatch(before -> summarised(turn.steps().get(before)) != null);
    }

    /** Tokens of the summaries that a turn has made. */
    static long summaryTokens(Execution turn) {
        return turn.steps().stream()
                .filter(step -> summarised(step) != null && step.output() != null)
                .mapToLong(step -> step.output().getLong("promptTokens", 0L)
                        + step.output().getLong("completionTokens", 0L))
                .sum();
    }

    /** @param usage null: nobody counted it */
    static JsonObject withUsage(JsonObject output, Message.Usage usage) {
        return usage == null
                ? output
                : output.put("promptTokens", usage.prompt()).put("completionTokens", usage.completion());
    }

    static String conversationId(Execution turn) {
        return turn.steps().get(0).spec().data().getString("conversationId");
    }

    static CommandId command(Execution turn, Step step) {
        return new CommandId(turn.id(), step.spec().index(), step.attempt());
    }

    /** @param agent null: it is gone, which the first step says */
    static NewExecution execution(Conversation conversation, Agent agent) {
        AgentLimits limits = agent == null ? AgentLimits.DEFAULT : agent.limits();
        return NewExecutionBuilder.builder()
                .id(conversation.turn().executionId())
                .name("turn of " + (agent == null ? conversation.agentId() : agent.name()))
                .category(CATEGORY)
                .type(TYPE)
                .resourceType("agent")
                .resourceId(conversation.agentId())
                .timeoutMs(limits.seconds() * 1_000L)
                .start(true)
                .steps(List.of(model(
                        0,
                        new JsonObject()
                                .put("conversationId", conversation.id())
                                .put("agentId", conversation.agentId())
                                .put(Execution.OWNER_SINCE, conversation.owner().sinceText())
                                .put("messageId", conversation.turn().messageId())
                                .put("userMessageId", conversation.turn().messageId())
                                .put("call", 1)
                                .put("tools", 0)
                                .put("used", 0L),
                        List.of())))
                .build();
    }

    private static StepSpec model(int index, JsonObject data, List<Integer> after) {
        return StepSpecBuilder.builder()
                .index(index)
                .name("model call " + data.getInteger("call"))
                .command(CommandNames.AGENT_MODEL)
                .data(data)
                .dependsOn(after)
                .orderOnly(after.isEmpty() ? null : true)
                .maxRetries(MODEL_RETRIES)
                .onNodeLost(OnNodeLost.WAIT)
                .build();
    }

    /**
     * What follows a message that asks for tools: a step for each call, and then the model again. The message before that call is the
     * result of the last tool.
     */
    static List<StepSpec> afterModel(Execution turn, Step step, Message asked, AgentLimits limits) {
        JsonObject data = step.spec().data();
        int next = turn.steps().size();
        var all = new ArrayList<StepSpec>();
        var after = new ArrayList<Integer>();
        String before = asked.id();
        for (int i = 0; i < asked.toolCalls().size(); i++) {
            int index = next + i;
            all.add(StepSpecBuilder.builder()
                    .index(index)
                    .name("tool " + shown(asked.toolCalls().get(i).name()))
                    .command(CommandNames.AGENT_TOOL)
                    .data(base(data)
                            .put("askedBy", asked.id())
                            .put("messageId", before)
                            .put("at", i)
                            .put("parallel", limits.parallelToolCalls()))
                    .dependsOn(List.of(step.spec().index()))
                    .optional(true)
                    .onNodeLost(OnNodeLost.WAIT)
                    .build());
            after.add(index);
            before = Messages.idOf(turn.id(), index);
        }
        long used = data.getLong("used")
                + (asked.usage() == null
                        ? 0
                        : asked.usage().prompt() + asked.usage().completion());
        all.add(model(
                next + asked.toolCalls().size(),
                base(data)
                        .put("messageId", before)
                        .put("call", data.getInteger("call") + 1)
                        .put(
                                "tools",
                                data.getInteger("tools") + asked.toolCalls().size())
                        .put("used", used),
                after));
        return all;
    }

    /** The name of a tool as a model wrote it, for lists, logs and other models. */
    static String shown(String name) {
        return SingleLineText.of(name, LONGEST_NAME);
    }

    /**
     * What goes before a call of the model whose history does not fit: the summary, and then that call. Where the summary fails, the
     * call is made without it.
     */
    static List<StepSpec> summaryFirst(Execution turn, Step step, String throughId) {
        int next = turn.steps().size();
        StepSpec summary = StepSpecBuilder.builder(step.spec())
                .index(next)
                .name("summary of the history")
                .data(step.spec().data().copy().put("summarises", throughId))
                .dependsOn(List.of(step.spec().index()))
                .orderOnly(null)
                .optional(true)
                .build();
        return List.of(summary, model(next + 1, step.spec().data().copy(), List.of(next)));
    }

    private static JsonObject base(JsonObject data) {
        return new JsonObject()
                .put("conversationId", data.getString("conversationId"))
                .put("agentId", data.getString("agentId"))
                .put("userMessageId", data.getString("userMessageId"));
    }
}
