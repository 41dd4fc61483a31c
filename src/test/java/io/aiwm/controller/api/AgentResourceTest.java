package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Ids;
import io.aiwm.controller.agent.AgentServices;
import io.aiwm.controller.agent.TurnReading;
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
import io.aiwm.testing.TinyModels;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Instructions, tools, agents and conversations over REST. */
@Timeout(120)
class AgentResourceTest {
    private static final String INSTRUCTION = "{'name':'support','systemPrompt':'You help {{who}}.','tags':['a','b'],"
            + "'variables':[{'name':'who','default':'people'}]}";
    private static final String TOOL = "{'name':'weather','kind':'http','input':{'type':'object','properties':"
            + "{'city':{'type':'string'}}},'http':{'method':'GET','url':'https://weather.example/{city}'}}";
    private static final String AGENT =
            "{'name':'helper','instructionId':'support','toolIds':['weather'],'model':'scripted'}";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final ToolCallingEngine engine = new ToolCallingEngine(vertx);
    private SqliteStore store;
    private TestServer server;

    private AgentServices services;
    /** When the users were made who call. */
    private final AtomicReference<Instant> since = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

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
    private HttpResponse<String> call(String method, String path, String body, String... headers) {
        return server.call(method, path, "operator", body == null ? null : body.replace('\'', '"'), headers);
    }

    private static JsonObject json(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    private static String pointers(HttpResponse<String> answer) {
        return json(answer, 422).getJsonArray("errors").stream()
                .map(error -> ((JsonObject) error).getString("pointer"))
                .toList()
                .toString();
    }

    private JsonObject made(String path, String body) {
        return json(call("POST", path, body), 201);
    }

    private void all() {
        made("/api/instructions", INSTRUCTION);
        made("/api/tools", TOOL);
        made("/api/agents", AGENT);
        String unknown = AGENT.replace("'helper'", "'lost'").replace("'scripted'", "'no-model'");
        assertThat(pointers(call("POST", "/api/agents", unknown))).isEqualTo("[/model]");
        assertThat(pointers(call("PUT", "/api/agents/helper", AGENT.replace("'scripted'", "'no-model'"))))
                .isEqualTo("[/model]");
    }

    @Test
    void each_change_of_an_instruction_is_a_version_and_two_can_be_compared() {
        String id = made("/api/instructions", INSTRUCTION).getString("id");
        String changed = INSTRUCTION.replace("You help {{who}}.", "You help {{who}}.\\nBe kind.");
        assertThat(json(call("PUT", "/api/instructions/support", changed), 200).getInteger("number"))
                .isEqualTo(2);
        // the same again is none
        assertThat(json(call("PUT", "/api/instructions/" + id, changed), 200).getInteger("number"))
                .isEqualTo(2);
        JsonObject versions = json(call("GET", "/api/instructions/support/versions", null), 200);
        assertThat(versions.getJsonArray("items").stream()
                        .map(one -> ((JsonObject) one).getInteger("number"))
                        .toList())
                .isEqualTo(List.of(2, 1));
        assertThat(json(call("GET", "/api/instructions/support/versions/1", null), 200)
                        .getString("systemPrompt"))
                .isEqualTo("You help {{who}}.");
        JsonObject diff = json(call("GET", "/api/instructions/support/diff?from=1&to=2", null), 200);
        assertThat(diff.getJsonArray("changes")).hasSize(1);
        assertThat(diff.getJsonArray("changes").getJsonObject(0).getJsonArray("lines"))
                .containsExactly("=You help {{who}}.", "+Be kind.");
        assertThat(call("GET", "/api/instructions/support/versions/3", null).statusCode())
                .isEqualTo(404);
    }

    @Test
    void what_is_wrong_is_named() {
        assertThat(pointers(call(
                        "POST", "/api/instructions", "{'name':'x','systemPrompt':'{{a}}','guidelines':['{{b}}']}")))
                .isEqualTo("[/systemPrompt, /guidelines/0]");
        assertThat(pointers(call(
                        "POST",
                        "/api/tools",
                        TOOL.replace("'http':", "'mcp':{'url':'nowhere'},'http':")
                                .replace("{city}", "{town}")
                                .replace("'input'", "'idempotent':false,'retries':2,'input'"))))
                .isEqualTo("[/mcp, /http/url, /mcp/url, /retries]");
        assertThat(pointers(call(
                        "POST",
                        "/api/tools",
                        "{'name':'fleet','kind':'aiwm','input':{'type':'object'},'authorization':{'secret':'x'},"
                                + "'aiwm':{'operations':['approveToolCall']}}")))
                .isEqualTo("[/input, /authorization, /aiwm/operations]");
        assertThat(pointers(call("POST", "/api/tools", "{'name':'far','kind':'mcp','mcp':{'tools':['a']}}")))
                .isEqualTo("[/mcp]");
        assertThat(pointers(call("POST", "/api/tools", "{'name':'run','kind':'job','job':{'image':'a:1'}}")))
                .isEqualTo("[/input]");
        assertThat(pointers(call("POST", "/api/tools", TOOL.replace("weather.example", "{city}"))))
                .isEqualTo("[/http/url]");
        assertThat(pointers(call("POST", "/api/tools", TOOL.replace("'type':'object'", "'type':'array'"))))
                .contains("/input/type");
        assertThat(pointers(call(
                        "POST",
                        "/api/agents",
                        AGENT.replace("}", ",'instructionVersion':3,'parameters':{'stream':true}}"))))
                .isEqualTo("[/parameters/stream, /instructionId, /toolIds/0]");
        assertThat(pointers(call("POST", "/api/conversations", "{'agentId':'nobody'}")))
                .isEqualTo("[/agentId]");
    }

    @Test
    void what_is_in_use_is_not_deleted_and_what_is_deleted_comes_back() {
        all();
        assertThat(json(call("DELETE", "/api/instructions/support", null), 409).getString("detail"))
                .contains("agent helper (agent_");
        assertThat(json(call("DELETE", "/api/tools/weather", null), 409).getString("detail"))
                .contains("agent helper (agent_");
        String conversation = made("/api/conversations", "{'agentId':'helper'}").getString("id");
        assertThat(json(call("DELETE", "/api/agents/helper", null), 409).getString("detail"))
                .contains(conversation);
        assertThat(call("DELETE", "/api/conversations/" + conversation, null).statusCode())
                .isEqualTo(204);
        String agent = json(call("GET", "/api/agents/helper", null), 200).getString("id");
        assertThat(call("DELETE", "/api/agents/helper", null).statusCode()).isEqualTo(204);
        assertThat(call("GET", "/api/agents/helper", null).statusCode()).isEqualTo(404);
        assertThat(json(call("POST", "/api/conversations/" + conversation + "/restore", null), 409)
                        .getString("detail"))
                .contains("is deleted; restore it first");
        assertThat(json(call("GET", "/api/agents?deleted=true", null), 200).getInteger("totalSize"))
                .isEqualTo(1);
        assertThat(json(call("POST", "/api/agents/" + agent + "/restore", null), 200)
                        .containsKey("deletedAt"))
                .isFalse();
        assertThat(call("GET", "/api/agents/helper", null).statusCode()).isEqualTo(200);
    }

    @Test
    void a_deleted_name_is_free_and_its_record_comes_back_only_when_it_is_again() {
        String id = made("/api/instructions", INSTRUCTION).getString("id");
        assertThat(call("DELETE", "/api/instructions/support", null).statusCode())
                .isEqualTo(204);
        made("/api/instructions", INSTRUCTION);
        assertThat(json(call("POST", "/api/instructions/" + id + "/restore", null), 409)
                        .getJsonArray("errors")
                        .getJsonObject(0)
                        .getString("pointer"))
                .isEqualTo("/name");
    }

    @Test
    void who_has_seen_an_older_version_changes_nothing() {
        all();
        assertThat(call("PUT", "/api/agents/helper", AGENT, "If-Match", "\"7\"").statusCode())
                .isEqualTo(412);
        assertThat(call("PUT", "/api/agents/helper", AGENT, "If-Match", "\"1\"").statusCode())
                .isEqualTo(200);
    }

    @Test
    void lists_are_filtered_counted_and_shown_with_what_they_refer_to() {
        all();
        made("/api/agents", "{'name':'idle','instructionId':'support','model':'other','isActive':false,'tags':['x']}");
        assertThat(json(call("GET", "/api/agents?isActive=true", null), 200).getInteger("totalSize"))
                .isEqualTo(1);
        assertThat(json(call("GET", "/api/agents?tag=x&text=IDL", null), 200).getInteger("totalSize"))
                .isEqualTo(1);
        JsonObject first = json(call("GET", "/api/agents?pageSize=1", null), 200);
        JsonObject second =
                json(call("GET", "/api/agents?pageSize=1&pageToken=" + first.getString("nextPageToken"), null), 200);
        assertThat(second.getJsonArray("items").getJsonObject(0).getString("name"))
                .isEqualTo("helper");
        assertThat(json(call("GET", "/api/agents/counts", null), 200)
                        .getJsonObject("counts")
                        .getMap())
                .containsEntry("active", 1)
                .containsEntry("inactive", 1);
        JsonObject shown = json(call("GET", "/api/agents/helper?populate=instruction,tools,model", null), 200);
        assertThat(shown.getJsonObject("instruction").getString("name")).isEqualTo("support");
        assertThat(shown.getJsonArray("tools").getJsonObject(0).getString("name"))
                .isEqualTo("weather");
        assertThat(shown.getBoolean("modelCallable")).isTrue();
        assertThat(shown.getBoolean("isActive")).isTrue();
        assertThat(shown.getMap()).doesNotContainKeys("phase", "searchText", "activity", "liveName", "active");
        assertThat(call("GET", "/api/agents/helper?populate=secrets", null).statusCode())
                .isEqualTo(400);
    }

    @Test
    void an_agent_is_shown_with_its_instruction_at_the_version_that_it_uses() {
        all();
        String changed = INSTRUCTION.replace("'You help", "'You now help");
        call("PUT", "/api/instructions/support", changed.replace("'support'", "'renamed'"));
        for (int version : List.of(1, 2)) {
            made(
                    "/api/agents",
                    "{'name':'pins" + version + "','instructionId':'renamed','instructionVersion':" + version
                            + ",'model':'scripted'}");
        }
        var told = new HashMap<String, String>();
        json(call("GET", "/api/agents?populate=instruction", null), 200)
                .getJsonArray("items")
                .forEach(one -> {
                    JsonObject instruction = ((JsonObject) one).getJsonObject("instruction");
                    assertThat(instruction.getString("name")).isEqualTo("renamed");
                    told.put(
                            ((JsonObject) one).getString("name"),
                            instruction.getInteger("number") + " " + instruction.getString("systemPrompt"));
                });
        assertThat(told)
                .containsOnly(
                        Map.entry("helper", "2 You now help {{who}}."),
                        Map.entry("pins1", "1 You help {{who}}."),
                        Map.entry("pins2", "2 You now help {{who}}."));
        JsonObject one = json(call("GET", "/api/agents/pins1?populate=instruction", null), 200);
        assertThat(one.getJsonObject("instruction").getString("systemPrompt")).isEqualTo("You help {{who}}.");
    }

    @Test
    void a_tool_says_how_long_its_calls_wait_and_what_is_decided_then() {
        String asking = TOOL.replace(
                "'input'", "'approval':'ask','approvalTimeoutMs':60000,'approvalDefault':'approve','input'");
        for (String wrong : List.of(
                asking.replace("60000", "999"),
                asking.replace("60000", "86400001"),
                asking.replace("'approve'", "'guess'"))) {
            assertThat(call("POST", "/api/tools", wrong).statusCode()).as(wrong).isEqualTo(400);
        }
        made("/api/instructions", INSTRUCTION);
        assertThat(made("/api/tools", TOOL.replace("'weather'", "'usual'")).getMap())
                .containsEntry("approvalTimeoutMs", 3_600_000)
                .containsEntry("approvalDefault", "deny");
        assertThat(made("/api/tools", asking).getMap())
                .containsEntry("approvalTimeoutMs", 60_000)
                .containsEntry("approvalDefault", "approve");
        made("/api/agents", AGENT);
        String id = made("/api/conversations", "{'agentId':'helper'}").getString("id");
        json(call("POST", "/api/conversations/" + id + "/messages", "{'content':'What is the weather?'}"), 202);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> json(call("GET", "/api/approvals", null), 200).getInteger("totalSize") == 2);
        JsonObject shown = json(call("GET", "/api/approvals", null), 200)
                .getJsonArray("items")
                .getJsonObject(0);
        assertThat(shown.getString("onExpiry")).isEqualTo("approve");
        assertThat(Instant.parse(shown.getString("expiresAt")))
                .isEqualTo(Instant.parse(shown.getString("createdAt")).plusSeconds(60));
        call("POST", "/api/conversations/" + id + "/cancel", null);
    }

    @Test
    void a_list_shows_what_the_models_of_agents_lead_to_without_secrets() {
        all();
        for (String model : List.of("assistant", "qwen@2", "lost")) {
            String name = model.replace("@", "-");
            made("/api/agents", "{'name':'" + name + "','instructionId':'support','model':'" + model + "'}");
        }
        HttpResponse<String> list = call("GET", "/api/agents?populate=model", null);
        assertThat(list.body()).doesNotContain("hidden", "127.0.0.1");
        var resolved = new HashMap<String, JsonObject>();
        json(list, 200).getJsonArray("items").forEach(one -> {
            var agent = (JsonObject) one;
            JsonObject to = agent.getJsonObject("resolvedModel");
            assertThat(agent.getBoolean("modelCallable"))
                    .isEqualTo(!to.getJsonArray("leadsTo").isEmpty());
            resolved.put(agent.getString("name"), to);
        });
        String deployment = "{'kind':'deployment','id':'dep_1','name':'chat','engine':'llamacpp','model':'qwen',"
                + "'modelVersion':2,'context':8192,'state':'STOPPED'}";
        String endpoint = "{'kind':'endpoint','id':'end_1','name':'scripted','model':'gpt'}";
        assertThat(resolved)
                .containsEntry("helper", read("{'leadsTo':[" + endpoint + "]}"))
                .containsEntry("qwen-2", read("{'leadsTo':[" + deployment + "]}"))
                .containsEntry(
                        "assistant",
                        read("{'alias':'assistant','targets':[{'to':'chat','weight':3}],'fallback':['scripted'],"
                                + "'leadsTo':[" + deployment + "," + endpoint + "]}"))
                .containsEntry("lost", read("{'alias':'lost','targets':[{'to':'gone','weight':1}],'leadsTo':[]}"));
        assertThat(json(call("GET", "/api/agents/helper", null), 200).getMap())
                .doesNotContainKeys("resolvedModel", "modelCallable");
    }

    private static JsonObject read(String json) {
        return new JsonObject(json.replace('\'', '"'));
    }

    @Test
    void conversations_are_found_by_their_tags() {
        all();
        String first = made("/api/conversations", "{'agentId':'helper','title':'One','tags':['team/a','urgent']}")
                .getString("id");
        made("/api/conversations", "{'agentId':'helper','title':'Two','tags':['team/b']}");
        made("/api/conversations", "{'agentId':'helper'}");
        assertThat(titles("?tag=urgent")).containsExactly("One");
        assertThat(titles("?tag=urgent&tag=team/b")).containsExactly("Two", "One");
        assertThat(titles("?text=TEAM/")).containsExactly("Two", "One");
        assertThat(titles("?tag=none")).isEmpty();
        assertThat(titles("?agentId=helper&tag=urgent")).containsExactly("One");
        assertThat(titles("?agentId=nobody")).isEmpty();
        assertThat(json(call("GET", "/api/conversations/counts?agentId=helper", null), 200)
                        .getInteger("total"))
                .isEqualTo(3);
        assertThat(json(call("GET", "/api/conversations/counts?tag=urgent", null), 200)
                        .getInteger("total"))
                .isEqualTo(1);
        json(call("PUT", "/api/conversations/" + first, "{'title':'One','tags':['done']}"), 200);
        assertThat(titles("?tag=urgent")).isEmpty();
        assertThat(titles("?tag=done")).containsExactly("One");
        assertThat(call("POST", "/api/conversations", "{'agentId':'helper','tags':['no blanks']}")
                        .statusCode())
                .isEqualTo(400);
    }

    private List<String> titles(String query) {
        return json(call("GET", "/api/conversations" + query, null), 200).getJsonArray("items").stream()
                .map(one -> ((JsonObject) one).getString("title"))
                .toList();
    }

    @Test
    void a_conversation_is_its_user_s_and_the_administrator_s() {
        all();
        String path = "/api/conversations/"
                + made("/api/conversations", "{'agentId':'helper'}").getString("id");
        assertThat(server.call("GET", path, "viewer", null).statusCode()).isEqualTo(404);
        assertThat(server.call("GET", path, "admin", null).statusCode()).isEqualTo(200);
        assertThat(json(server.call("GET", "/api/conversations", "viewer", null), 200)
                        .getInteger("totalSize"))
                .isZero();
        // the administrator reads, and speaks in nobody's name
        assertThat(server.call("POST", path + "/messages", "admin", "{\"content\":\"Hi\"}")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_user_who_is_made_again_under_a_name_sees_nothing_of_the_one_before() {
        all();
        String path = "/api/conversations/"
                + made("/api/conversations", "{'agentId':'helper'}").getString("id");
        assertThat(json(call("GET", path, null), 200).getMap()).doesNotContainKey("userSince");
        since.set(Instant.now());
        assertThat(call("GET", path, null).statusCode()).isEqualTo(404);
        assertThat(call("POST", path + "/messages", "{'content':'Hi'}").statusCode())
                .isEqualTo(404);
        assertThat(call("DELETE", path, null).statusCode()).isEqualTo(404);
        assertThat(json(call("GET", "/api/conversations", null), 200).getInteger("totalSize"))
                .isZero();
        assertThat(server.call("GET", path, "admin", null).statusCode()).isEqualTo(200);
        String own = made("/api/conversations", "{'agentId':'helper'}").getString("id");
        assertThat(json(call("GET", "/api/conversations", null), 200)
                        .getJsonArray("items")
                        .getJsonObject(0)
                        .getString("id"))
                .isEqualTo(own);
    }

    @Test
    void each_user_reads_and_deletes_what_an_agent_noted_about_them_and_an_administrator_deletes() {
        made("/api/instructions", INSTRUCTION);
        made("/api/agents", AGENT.replace("'toolIds':['weather']", "'memory':{'tokens':500}"));
        String path = "/api/conversations/"
                + made("/api/conversations", "{'agentId':'helper'}").getString("id");
        String memory = "/api/agents/helper/memory";
        for (String key : List.of("home.city", "home.street")) {
            String wanted = "call remember {\\\"key\\\":\\\"" + key + "\\\",\\\"text\\\":\\\"x\\\"}";
            call("POST", path + "/messages", "{'content':'" + wanted + "'}", "Accept", "text/event-stream");
        }
        JsonObject all = json(call("GET", memory, null), 200);
        assertThat(all.getInteger("totalSize")).isEqualTo(2);
        JsonObject first = all.getJsonArray("items").getJsonObject(0);
        assertThat(first.getString("key")).isEqualTo("home.street");
        assertThat(first.getMap()).doesNotContainKey("userSince");
        // nobody else reads it
        for (String other : List.of("viewer", "admin")) {
            assertThat(json(server.call("GET", memory, other, null), 200).getInteger("totalSize"))
                    .as(other)
                    .isZero();
            assertThat(server.call("GET", memory + "/home.city", other, null).statusCode())
                    .as(other)
                    .isEqualTo(404);
        }
        String user = first.getString("user");
        assertThat(server.call("DELETE", memory + "?user=" + user, "viewer", null)
                        .statusCode())
                .isEqualTo(403);
        assertThat(call("DELETE", memory + "/home.street", null).statusCode()).isEqualTo(204);
        assertThat(call("DELETE", memory + "/home.street", null).statusCode()).isEqualTo(404);
        assertThat(json(call("GET", memory + "/home.city", null), 200).getString("text"))
                .isEqualTo("x");
        assertThat(server.call("DELETE", memory + "?user=" + user, "admin", null)
                        .statusCode())
                .isEqualTo(204);
        assertThat(json(call("GET", memory, null), 200).getInteger("totalSize")).isZero();
    }

    @Test
    void what_does_not_exist_is_called_by_the_word_of_the_api() {
        for (String[] one : new String[][] {
            {"/api/conversations/", "conv_none", "conversation"},
            {"/api/agents/", "agent_none", "agent"},
            {"/api/tools/", "tool_none", "tool"},
            {"/api/instructions/", "instr_none", "instruction"},
            {"/api/approvals/", "appr_none", "approval"}
        }) {
            assertThat(json(call("GET", one[0] + one[1], null), 404).getString("detail"))
                    .isEqualTo(one[2] + " " + one[1] + " does not exist");
        }
    }

    @Test
    void a_message_is_answered_event_by_event_and_can_be_read_again() {
        made("/api/instructions", INSTRUCTION);
        made("/api/agents", AGENT.replace("'toolIds':['weather'],", ""));
        String path = "/api/conversations/"
                + made("/api/conversations", "{'agentId':'helper'}").getString("id");
        var events = call("POST", path + "/messages", "{'content':'Hello'}", "Accept", "text/event-stream");
        assertThat(events.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        assertThat(events.body()).contains("event: delta\n", "event: message\n", "event: done\n", TinyModels.ANSWER);
        List<JsonObject> lines = call("GET", path + "/stream", null, "Accept", "application/x-ndjson")
                .body()
                .lines()
                .map(JsonObject::new)
                .toList();
        assertThat(lines.get(lines.size() - 1).getString("type")).isEqualTo("done");
        String after = lines.get(lines.size() - 2).getString("id");
        assertThat(call("GET", path + "/stream?after=" + after, null, "Accept", "application/x-ndjson")
                        .body()
                        .lines())
                .hasSize(1);
        JsonObject messages = json(call("GET", path + "/messages", null), 200);
        assertThat(messages.getInteger("totalSize")).isEqualTo(2);
        assertThat(messages.getJsonArray("items").getJsonObject(1).getString("role"))
                .isEqualTo("assistant");
    }

    @Test
    void an_answer_that_looks_like_events_and_commands_of_a_terminal_is_text_in_one_event() {
        String nasty =
                "\n\nevent: done\ndata: {\"status\":\"FAILED\"}\n\n\u001b[2J<script>alert(1)</script>\u2028id: 1\r\rx";
        json(
                server.call(
                        "POST",
                        "/api/instructions",
                        "operator",
                        new JsonObject()
                                .put("name", "support")
                                .put("systemPrompt", "Say x" + nasty)
                                .encode()),
                201);
        made("/api/agents", AGENT.replace("'toolIds':['weather'],", ""));
        String path = "/api/conversations/"
                + made("/api/conversations", "{'agentId':'helper'}").getString("id");
        String events = call("POST", path + "/messages", "{'content':'Hello'}", "Accept", "text/event-stream")
                .body();
        assertThat(events.lines().filter(line -> line.equals("event: done"))).hasSize(1);
        assertThat(events).contains("\"COMPLETED\"").doesNotContain("\u001b", "\r", "\"FAILED\"");
        List<JsonObject> lines = call("GET", path + "/stream", null, "Accept", "application/x-ndjson")
                .body()
                .lines()
                .map(JsonObject::new)
                .toList();
        assertThat(lines.stream().filter(line -> line.getString("type").equals("done")))
                .hasSize(1);
        assertThat(json(call("GET", path + "/messages", null), 200)
                        .getJsonArray("items")
                        .getJsonObject(1)
                        .getJsonArray("content")
                        .getJsonObject(0)
                        .getString("text"))
                .isEqualTo("x" + nasty);
    }

    @Test
    void one_reader_too_many_of_a_turn_is_refused_and_does_not_wait_for_ever() {
        made("/api/instructions", INSTRUCTION);
        made("/api/agents", AGENT.replace("'toolIds':['weather'],", ""));
        String path = "/api/conversations/"
                + made("/api/conversations", "{'agentId':'helper'}").getString("id");
        String turn = json(call("POST", path + "/messages", "{'content':'stall'}"), 202)
                .getString("executionId");
        for (int i = 0; i < 100; i++) {
            services.reading().read(new TurnReading.Wanted(turn, null, true, null), event -> {});
        }
        var refused = call("GET", path + "/stream", null, "Accept", "text/event-stream");
        assertThat(json(refused, 429).getString("detail")).contains("100 readers");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    }
}
