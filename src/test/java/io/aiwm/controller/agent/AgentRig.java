package io.aiwm.controller.agent;

import io.aiwm.boot.Config;
import io.aiwm.common.Ids;
import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.evaluation.EvaluationServices;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.inference.ResolvedModels;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.SecretValue;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.inference.Caller;
import io.aiwm.inference.Gateway;
import io.aiwm.inference.GatewaySettings;
import io.aiwm.inference.GatewaySettingsBuilder;
import io.aiwm.inference.balance.Waker;
import io.aiwm.inference.dialect.Dialects;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.Routes;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.testing.AgentReach;
import io.aiwm.testing.TestSettings;
import io.aiwm.testing.ToolCallingEngine;
import io.aiwm.testing.ToolServer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.UnaryOperator;

/** Agents over a real store, a real gateway, a scripted model and a server that counts what tools ask of it. */
public final class AgentRig implements AutoCloseable {
    public static final UserIdentity ADA = new UserIdentity("ada", Instant.parse("2026-01-01T00:00:00Z"));
    static final String SECRET = "key-of-the-weather";

    final Vertx vertx = Vertx.vertx();
    final SqliteStore store;
    public final ToolCallingEngine engine = new ToolCallingEngine(vertx);
    public final ToolServer toolServer = new ToolServer(vertx);
    public final BlockingQueue<CallUsage> usage = new LinkedBlockingQueue<>();
    private final Gateway gateway;
    private final GatewayConfig config;
    public Controller process;
    /** Of the model, as it is known before it is called; 0: it is not. */
    volatile int context;
    /** By how much the time of controllers is ahead. */
    volatile Duration ahead = Duration.ZERO;

    private final InstantSource clock = () -> Instant.now().plus(ahead);
    /** Of processes that begin later. */
    AgentServices.UserLimits limits = new AgentServices.UserLimits(100, 0);

    /** What of a controller has to do with agents. */
    public record Controller(
            AgentServices agents, EvaluationServices evaluations, Executions executions, StoredSecrets secrets) {}

    final AuditLog audit;

    public AgentRig(Path folder) {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        var collections = new ArrayList<>(AgentServices.collections());
        collections.addAll(EvaluationServices.collections());
        collections.add(Executions.COLLECTION);
        collections.add(StoredSecrets.COLLECTION);
        collections.add(AuditLog.COLLECTION);
        collections.add(IdempotencyKeys.COLLECTION);
        store.open(collections).await();
        audit = new AuditLog(vertx, store, Duration.ofDays(1), InstantSource.system(), true);
        gateway = new Gateway(new Gateway.Parts(
                GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                        .internalEndpoints(true)
                        .build(),
                credential -> Future.failedFuture("nobody calls from outside"),
                (caller, tokens) -> Limiter.UNLIMITED,
                usage::add,
                Dialects.all(InstantSource.system()),
                Gateway.balancers(vertx, Waker.NONE, 100),
                InstantSource.system()));
        config = new GatewayConfig(
                1,
                null,
                List.of(new GatewayConfig.External(
                        "end_1", "scripted", "http://127.0.0.1:" + engine.port() + "/v1", null, null, 0)),
                null,
                null,
                null);
        gateway.configure(config);
        begin(seen -> seen, List.of("127.0.0.1"));
        process.secrets()
                .put("weather", new SecretValue(SECRET, null), "ada", null)
                .await();
    }

    /** Another process on the same store, after one that is gone. @param around what it sees of the store */
    public void begin(UnaryOperator<DocumentStore> around, List<String> internalHosts) {
        DocumentStore seen = around.apply(store);
        var executions = new Executions(
                seen,
                wish -> Placer.PlacementResult.later("there is no node"),
                clock,
                TestSettings.executions().maxSteps(1_000).maxOpen(100).build(),
                true);
        executions.prepare().await();
        var secrets = new StoredSecrets(vertx, store, clock, new SecretCipher(new byte[32], List.of()));
        String id = Ids.next("ctl");
        var models = new AgentServices.Models(
                gateway.own(vertx),
                (user, key) ->
                        Future.succeededFuture(new Caller(key, user.name(), null, KeyLimits.NONE, KeyLimits.NONE)),
                model -> context,
                model -> Future.succeededFuture(!model.startsWith("no-")));
        var agents = new AgentServices(
                new AgentServices.Here(vertx, id, Set::of, internalHosts, limits, audit),
                seen,
                secrets,
                executions,
                models,
                AgentReach.of(vertx, store),
                clock);
        var evaluations = new EvaluationServices(
                new EvaluationServices.Here(id, Set::of), seen, executions, agents, models, clock);
        process = new Controller(agents, evaluations, executions, secrets);
    }

    /** What names of models lead to. */
    public ResolvedModels resolved() {
        return new ResolvedModels(config, new Routes(config));
    }

    public DocumentStore store() {
        return store;
    }

    public AgentServices agents() {
        return process.agents();
    }

    /** An instruction, and an agent with it. @param tools ids */
    public Agent agent(AgentLimits limits, String... tools) {
        agents().instructions()
                .create(
                        "instr_1",
                        new InstructionRequest(
                                "support", null, "You help {{who}}.", List.of("Be brief."), variables(), null, null),
                        "ada")
                .await();
        return agents().agents()
                .create(
                        "agent_1",
                        helper().toolIds(List.of(tools)).limits(limits).build(),
                        "ada")
                .await();
    }

    private static AgentRequestBuilder helper() {
        return AgentRequestBuilder.builder()
                .name("helper")
                .instructionId("support")
                .model("scripted")
                .variables(Map.of("who", "people"));
    }

    /** Has the agent of {@link #agent} be another, without tools and limits but for those given here. */
    void change(UnaryOperator<AgentRequestBuilder> how) {
        agents().agents()
                .replace("agent_1", how.apply(helper()).build(), "ada", null)
                .await();
    }

    private static List<Instruction.Variable> variables() {
        return List.of(new Instruction.Variable("who", null, null));
    }

    /** The tool that the scripted model asks for. */
    public ToolRequestBuilder weather(String method) {
        return ToolRequestBuilder.builder()
                .name("weather")
                .kind(Tool.Kind.HTTP)
                .input(new JsonObject()
                        .put("type", "object")
                        .put("properties", new JsonObject().put("city", new JsonObject().put("type", "string")))
                        .put("required", new JsonArray().add("city")))
                .http(new Tool.Http(method, "http://127.0.0.1:" + toolServer.port() + "/cities/{city}", null))
                .authorization(new SecretRef("weather"));
    }

    public Tool tool(ToolRequestBuilder wanted) {
        return agents().tools().create("tool_1", wanted.build(), "ada").await();
    }

    Conversation conversation() {
        return agents().conversations()
                .create("conv_1", new Conversations.Wanted("helper", "Weather", null, null, null), ADA)
                .await();
    }

    Message say(String id, String text) {
        Conversation to = agents().conversations().get("conv_1", ADA).await();
        return agents().turns()
                .post(to, id, List.of(Message.Part.text(text)), new Turns.Author("ada", null))
                .await();
    }

    Conversation now() {
        return agents().conversations().get("conv_1", ADA).await();
    }

    boolean isIdle() {
        return now().turn() == null;
    }

    Message message(String id) {
        return agents().turns().messages().get(id).await();
    }

    List<Message> messages() {
        return agents().turns().messages().page("conv_1", 1_000, null).await().items();
    }

    @Override
    public void close() {
        store.close().await();
        toolServer.close();
        engine.close();
        vertx.close().await();
    }
}
