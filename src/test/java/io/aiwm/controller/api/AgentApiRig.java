package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Ids;
import io.aiwm.controller.agent.AgentServices;
import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.inference.ResolvedModels;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.StoredSecrets;
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
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import io.aiwm.inference.route.Routes;
import io.aiwm.testing.AgentReach;
import io.aiwm.testing.TestSettings;
import io.aiwm.testing.ToolCallingEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Agents over REST, over a real store, with a model that is scripted. */
@Timeout(120)
abstract class AgentApiRig {
    static final String INSTRUCTION = "{'name':'support','systemPrompt':'You help {{who}}.','tags':['a','b'],"
            + "'variables':[{'name':'who','default':'people'}]}";
    static final String TOOL = "{'name':'weather','kind':'http','input':{'type':'object','properties':"
            + "{'city':{'type':'string'}}},'http':{'method':'GET','url':'https://weather.example/{city}'}}";
    static final String AGENT = "{'name':'helper','instructionId':'support','toolIds':['weather'],'model':'scripted'}";

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    final ToolCallingEngine engine = new ToolCallingEngine(vertx);
    SqliteStore store;
    TestServer server;

    AgentServices services;
    /** When the users were made who call. */
    final AtomicReference<Instant> since = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        var collections = new ArrayList<>(AgentServices.collections());
        collections.addAll(List.of(
                Executions.COLLECTION, StoredSecrets.COLLECTION, IdempotencyKeys.COLLECTION, AuditLog.COLLECTION));
        store.open(collections).await();
        var clock = InstantSource.system();
        var executions = new Executions(
                store,
                wish -> Placer.PlacementResult.later("there is no node"),
                clock,
                TestSettings.executions().maxSteps(1_000).maxOpen(100).build(),
                true);
        executions.prepare().await();
        var gateway = new Gateway(new Gateway.Parts(
                GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                        .internalEndpoints(true)
                        .build(),
                credential -> Future.failedFuture("nobody calls from outside"),
                (caller, tokens) -> Limiter.UNLIMITED,
                usage -> {},
                Dialects.all(clock),
                Gateway.balancers(vertx, Waker.NONE, 100),
                InstantSource.system()));
        var config = new GatewayConfig(
                1,
                List.of(GatewayConfigDeployedBuilder.builder()
                        .id("dep_1")
                        .name("chat")
                        .engine("llamacpp")
                        .modelName("qwen")
                        .modelVersion(2)
                        .context(8_192)
                        .state("STOPPED")
                        .build()),
                List.of(new GatewayConfig.External(
                        "end_1", "scripted", "http://127.0.0.1:" + engine.port() + "/v1", "Bearer hidden", "gpt", 0)),
                List.of(
                        new GatewayConfig.Alias(
                                "assistant", List.of(new GatewayConfig.Weighted("chat", 3)), List.of("scripted")),
                        new GatewayConfig.Alias("lost", List.of(new GatewayConfig.Weighted("gone", 1)), null)),
                null,
                null);
        gateway.configure(config);
        services = new AgentServices(
                new AgentServices.Here(
                        vertx,
                        Ids.next("ctl"),
                        Set::of,
                        List.of(),
                        new AgentServices.UserLimits(100, 0),
                        new AuditLog(vertx, store, Duration.ofDays(1), clock, true)),
                store,
                new StoredSecrets(vertx, store, clock, new SecretCipher(new byte[32], List.of())),
                executions,
                new AgentServices.Models(
                        gateway.own(vertx),
                        (user, key) -> Future.succeededFuture(
                                new Caller(key, user.name(), null, KeyLimits.NONE, KeyLimits.NONE)),
                        model -> 0,
                        model -> Future.succeededFuture(!model.startsWith("no-"))),
                AgentReach.of(vertx, store),
                clock);
        var keys = new IdempotencyKeys(store, clock);
        var callers = new CallerIdentity(name -> Future.succeededFuture(since.get()));
        server = new TestServer(List.of(
                new InstructionResource(services.instructions(), keys),
                new ToolResource(services.tools(), services.tryOut(), callers, keys),
                new AgentResource(services.agents(), () -> new ResolvedModels(config, new Routes(config)), keys),
                new MemoryResource(services.agents(), services.memories(), callers),
                new ConversationResource(services.conversations(), services.turns(), services.reading(), callers, keys),
                new ApprovalResource(services.approvals(), callers)));
    }

    @AfterEach
    void close() {
        server.close();
        store.close().await();
        engine.close();
        vertx.close().await();
    }

    /** @param body with single quotes for double ones */
    HttpResponse<String> call(String method, String path, String body, String... headers) {
        return server.call(method, path, "operator", body == null ? null : body.replace('\'', '"'), headers);
    }

    static JsonObject json(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    static String pointers(HttpResponse<String> answer) {
        return json(answer, 422).getJsonArray("errors").stream()
                .map(error -> ((JsonObject) error).getString("pointer"))
                .toList()
                .toString();
    }

    JsonObject made(String path, String body) {
        return json(call("POST", path, body), 201);
    }

    void all() {
        made("/api/instructions", INSTRUCTION);
        made("/api/tools", TOOL);
        made("/api/agents", AGENT);
        String unknown = AGENT.replace("'helper'", "'lost'").replace("'scripted'", "'no-model'");
        assertThat(pointers(call("POST", "/api/agents", unknown))).isEqualTo("[/model]");
        assertThat(pointers(call("PUT", "/api/agents/helper", AGENT.replace("'scripted'", "'no-model'"))))
                .isEqualTo("[/model]");
    }
}
