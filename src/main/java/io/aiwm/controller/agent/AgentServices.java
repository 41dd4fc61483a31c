package io.aiwm.controller.agent;

import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.auth.OwnTokens;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.mcp.ApiTools;
import io.aiwm.controller.mcp.McpClient;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.inference.Caller;
import io.aiwm.inference.call.InternalCalls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/** Puts this room together. */
public final class AgentServices {
    private final Instructions instructions;
    private final Tools tools;
    private final Agents agents;
    private final ModelUses modelUses;
    private final Conversations conversations;
    private final Memories memories;
    private final MemoryRetention forgotten;
    private final Approvals approvals;
    private final Turns turns;
    private final TurnReading reading;
    private final EvaluationTurns trials;
    private final ToolTryOut tryOut;
    private final TurnDriver driver;
    private final OrphanedTurns strays;

    /**
     * @param controllerId of this process
     * @param others ids of other controllers that are there
     * @param internalHosts that tools may reach
     * @param audit where calls of tools are written
     */
    public record Here(
            Vertx vertx,
            String controllerId,
            Supplier<Set<String>> others,
            List<String> internalHosts,
            UserLimits limits,
            AuditLog audit) {}

    /** Of each user. @param turnsPerHour 0: any number */
    public record UserLimits(int turnsAtOnce, int turnsPerHour) {}

    /**
     * What models are called with.
     *
     * @param callers of a user and the id of an API key (null: none); fails when the user may call no more
     * @param contexts of models by their names, tokens of prompt and answer together; 0: not known
     * @param known whether a model of this name can be called
     */
    public record Models(
            InternalCalls calls,
            BiFunction<UserIdentity, String, Future<Caller>> callers,
            ToIntFunction<String> contexts,
            Function<String, Future<Boolean>> known) {}

    /** What tools reach. @param tokens with which the API is called */
    public record Reach(McpClient mcp, ApiTools api, OwnTokens tokens) {}

    /** Make it before the first execution is written: it listens. */
    public AgentServices(
            Here here,
            DocumentStore store,
            StoredSecrets secrets,
            Executions executions,
            Models models,
            Reach reach,
            InstantSource clock) {
        var references = new References();
        instructions = new Instructions(store, references, clock);
        tools = new Tools(store, secrets, reach.api()::unknown, references, clock);
        agents = new Agents(store, instructions, tools, references, clock);
        agents.models(models.known());
        modelUses = new ModelUses(agents, tools);
        conversations = new Conversations(store, agents, clock, here.controllerId());
        memories = new Memories(store, clock);
        forgotten = new MemoryRetention(agents, memories, clock);
        approvals = new Approvals(store, tools::any, clock);
        var messages = new Messages(store);
        var limits = new TurnLimits(here.limits(), conversations, messages, clock);
        var starts = new TurnStarts();
        turns = new Turns(conversations, agents, messages, executions, limits, starts, clock);
        trials = new EvaluationTurns(conversations, messages, turns);
        var streams = new TurnStreams();
        reading = new TurnReading(here.vertx(), streams, turns, here.controllerId());
        TurnRead.ADDRESS.at(here.controllerId()).serve(here.vertx(), new TurnAnswers(here.vertx(), streams)::answer);
        ToolCalls calls = toolCalls(here, reach, new ToolSecrets(secrets), memories);
        tryOut = new ToolTryOut(tools, calls, clock);
        StepTools stepTools = StepToolsBuilder.builder()
                .executions(executions)
                .conversations(conversations)
                .agents(agents)
                .messages(messages)
                .memories(memories)
                .summaries(new Summaries(store))
                .approvals(approvals)
                .streams(streams)
                .starts(starts)
                .models(models.calls())
                .callers(models.callers())
                .contexts(new ContextLengths(models.contexts(), models.calls()::contextOf))
                .calls(calls)
                .audit(here.audit())
                .clock(clock)
                .build();
        driver = new TurnDriver(stepTools, turns, here.others());
        strays = new OrphanedTurns(stepTools, driver::holds);
    }

    private static ToolCalls toolCalls(Here here, Reach reach, ToolSecrets secrets, Memories memories) {
        return new ToolCalls(
                new HttpToolCalls(here.vertx(), secrets, here.internalHosts()),
                new McpToolCalls(reach.mcp(), secrets),
                new MemoryTools(memories),
                reach.api(),
                reach.tokens());
    }

    public static List<DocumentStore.Collection> collections() {
        return List.of(
                Instructions.COLLECTION,
                Instructions.VERSION_COLLECTION,
                Tools.COLLECTION,
                Agents.COLLECTION,
                Conversations.COLLECTION,
                Messages.COLLECTION,
                Memories.COLLECTION,
                Summaries.COLLECTION,
                Approvals.COLLECTION);
    }

    /** What the records of each collection are called in events. */
    public static Map<String, String> eventKinds() {
        return Map.of(
                Instructions.COLLECTION.name(), "instruction",
                Tools.COLLECTION.name(), "tool",
                Agents.COLLECTION.name(), "agent",
                Conversations.COLLECTION.name(), "conversation",
                Approvals.COLLECTION.name(), "approval");
    }

    public Instructions instructions() {
        return instructions;
    }

    public Tools tools() {
        return tools;
    }

    public Agents agents() {
        return agents;
    }

    /** Who names models and deployments. */
    public ModelUses modelUses() {
        return modelUses;
    }

    public Conversations conversations() {
        return conversations;
    }

    public Memories memories() {
        return memories;
    }

    public MemoryRetention forgotten() {
        return forgotten;
    }

    public Approvals approvals() {
        return approvals;
    }

    public Turns turns() {
        return turns;
    }

    public TurnReading reading() {
        return reading;
    }

    public ToolTryOut tryOut() {
        return tryOut;
    }

    public EvaluationTurns trials() {
        return trials;
    }

    public OrphanedTurns strays() {
        return strays;
    }

    public TurnDriver driver() {
        return driver;
    }
}
