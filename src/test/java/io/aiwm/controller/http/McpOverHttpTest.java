package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.api.McpResource;
import io.aiwm.controller.mcp.ApiTools;
import io.aiwm.controller.mcp.OwnApi;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The API as tools of MCP, over the real HTTP port. */
@Timeout(60)
class McpOverHttpTest {
    private static final int MOST_BYTES = 4_000;

    private final AtomicReference<TestServer> server = new AtomicReference<>();
    private Vertx vertx;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void close() {
        server.get().close();
        vertx.close().await();
    }

    private TestServer serve(Resource... more) {
        var own = new OwnApi(vertx, "127.0.0.1", () -> server.get().port, MOST_BYTES, Duration.ofSeconds(3));
        var resources = new ArrayList<Resource>(List.of(more));
        resources.add(new McpResource(vertx, new ApiTools(own), Set.of("https://friend.example")));
        server.set(new TestServer(resources));
        return server.get();
    }

    private HttpResponse<String> post(String path, String role, JsonObject message, String... headers) {
        return server.get().call("POST", path, role, message.encode(), headers);
    }

    private static JsonObject message(String method, JsonObject params) {
        return new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", 1)
                .put("method", method)
                .put("params", params);
    }

    private static JsonObject call(String tool, JsonObject arguments) {
        return message("tools/call", new JsonObject().put("name", tool).put("arguments", arguments));
    }

    private JsonObject result(String path, String role, JsonObject message) {
        HttpResponse<String> answer = post(path, role, message);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body()).getJsonObject("result");
    }

    private List<String> tools(String path, String role) {
        return result(path, role, message("tools/list", new JsonObject())).getJsonArray("tools").stream()
                .map(tool -> ((JsonObject) tool).getString("name"))
                .toList();
    }

    private static String text(JsonObject result) {
        return result.getJsonArray("content").getJsonObject(0).getString("text");
    }

    @Test
    void who_signs_in_as_for_the_api_is_let_in_and_nobody_else() {
        serve();
        var ping = message("ping", new JsonObject());
        HttpResponse<String> nobody = post("/mcp", null, ping);
        assertThat(nobody.statusCode()).isEqualTo(401);
        assertThat(nobody.headers().firstValue("WWW-Authenticate"))
                .hasValueSatisfying(said -> assertThat(said).startsWith("Bearer"));
        assertThat(post("/mcp", "forged", ping).statusCode()).isEqualTo(401);
        assertThat(post("/mcp", "node", ping).statusCode()).isEqualTo(403);
        assertThat(post("/mcp", "viewer", ping).statusCode()).isEqualTo(200);
        for (String method : List.of("GET", "DELETE")) {
            HttpResponse<String> answer = server.get().call(method, "/mcp", "viewer", null);
            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(answer.headers().firstValue("Allow")).hasValue("POST");
        }
    }

    @Test
    void pages_of_strangers_may_not_call() {
        TestServer here = serve();
        var ping = message("ping", new JsonObject());
        assertThat(post("/mcp", "viewer", ping, "Origin", "http://evil.example").statusCode())
                .isEqualTo(403);
        assertThat(post("/mcp", "viewer", ping, "Origin", "null").statusCode()).isEqualTo(403);
        assertThat(post("/mcp", "viewer", ping, "Origin", "http://127.0.0.1:1").statusCode())
                .isEqualTo(403);
        assertThat(post("/mcp", "viewer", ping, "Origin", "http://127.0.0.1:" + here.port)
                        .statusCode())
                .isEqualTo(200);
        assertThat(post("/mcp", "viewer", ping, "Origin", "https://friend.example")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void tools_are_the_operations_that_the_caller_may_use() {
        serve();
        assertThat(tools("/mcp", "viewer"))
                .contains("list_things", "get_thing", "listen_to_thing")
                .doesNotContain("create_thing", "delete_thing", "feed_thing", "login", "call_mcp", "get_health");
        assertThat(tools("/mcp", "operator")).contains("create_thing").doesNotContain("delete_thing", "feed_thing");
        assertThat(tools("/mcp", "admin")).contains("create_thing", "delete_thing");
        assertThat(tools("/mcp?readOnly=true", "admin")).contains("get_thing").doesNotContain("delete_thing");
        assertThat(tools("/mcp?tag=nothing", "admin")).isEmpty();
        JsonObject listed = result("/mcp?tag=things", "admin", message("tools/list", new JsonObject()));
        JsonObject create = listed.getJsonArray("tools").stream()
                .map(JsonObject.class::cast)
                .filter(tool -> tool.getString("name").equals("create_thing"))
                .findFirst()
                .orElseThrow();
        JsonObject schema = create.getJsonObject("inputSchema");
        assertThat(schema.getJsonArray("required")).isEqualTo(new JsonArray().add("body"));
        assertThat(schema.getJsonObject("properties").getJsonObject("body").getString("$ref"))
                .isEqualTo("#/$defs/Thing");
        assertThat(schema.getJsonObject("$defs").getJsonObject("Thing").getString("type"))
                .isEqualTo("object");
        assertThat(create.getJsonObject("annotations").getBoolean("readOnlyHint"))
                .isFalse();
    }

    @Test
    void a_call_is_a_request_of_the_api_with_the_rights_of_its_caller() {
        TestServer here = serve();
        JsonObject made = result(
                "/mcp",
                "operator",
                call("create_thing", new JsonObject().put("body", new JsonObject().put("name", "x"))));
        assertThat(made.getBoolean("isError")).isFalse();
        assertThat(made.getJsonObject("structuredContent")).isEqualTo(new JsonObject().put("name", "x"));
        assertThat(here.things.made).hasValue(1);

        JsonObject listed = result(
                "/mcp",
                "viewer",
                call(
                        "list_things",
                        new JsonObject()
                                .put("pageSize", 3)
                                .put("status", new JsonArray().add("up").add("down"))));
        assertThat(text(listed)).contains("3 [up, down]");

        // a tool of another role is none of the caller's
        JsonObject refused = new JsonObject(post(
                        "/mcp", "viewer", call("create_thing", new JsonObject().put("body", new JsonObject())))
                .body());
        assertThat(refused.getJsonObject("error").getInteger("code")).isEqualTo(-32602);
        assertThat(here.things.made).hasValue(1);
    }

    @Test
    void what_the_api_refuses_is_a_result_that_a_model_can_read() {
        serve();
        JsonObject wrong = result(
                "/mcp", "operator", call("create_thing", new JsonObject().put("body", new JsonObject().put("nme", 1))));
        assertThat(wrong.getBoolean("isError")).isTrue();
        assertThat(text(wrong)).contains("/nme", "invalid-request");
        JsonObject unknown = result("/mcp", "viewer", call("get_thing", new JsonObject().put("id", "none")));
        assertThat(unknown.getBoolean("isError")).isTrue();
        assertThat(text(unknown)).contains("does not exist");
        assertThat(text(result("/mcp", "viewer", call("get_thing", new JsonObject()))))
                .contains("\"id\" is missing");
        assertThat(text(result("/mcp", "viewer", call("get_thing", new JsonObject().put("idd", "a")))))
                .contains("\"idd\"", "[id]");
        // what would leave the path is one segment of it
        assertThat(text(result("/mcp", "viewer", call("get_thing", new JsonObject().put("id", "../users?x=1#y")))))
                .contains("path:id");
        assertThat(text(result("/mcp", "viewer", call("get_thing", new JsonObject().put("id", "boom")))))
                .doesNotContain("jdbc");
        assertThat(text(result(
                        "/mcp",
                        "admin",
                        call("delete_thing", new JsonObject().put("id", "a").put("ifMatch", "2\r\nX: y")))))
                .contains("visible ASCII");
        assertThat(text(result(
                        "/mcp",
                        "admin",
                        call("delete_thing", new JsonObject().put("id", "a").put("ifMatch", 3)))))
                .isEqualTo("done");
    }

    @Test
    void long_answers_are_cut_off_and_endless_ones_end() {
        serve(new EchoResource("nodes"));
        JsonObject endless = result("/mcp", "viewer", call("listen_to_thing", new JsonObject().put("id", "endless")));
        assertThat(text(endless)).startsWith("first\n[cut off after 5 characters");
        assertThat(endless.getBoolean("isError")).isFalse();
        JsonObject slow = result("/mcp", "viewer", call("get_thing", new JsonObject().put("id", "slow")));
        assertThat(slow.getBoolean("isError")).isTrue();
        assertThat(text(slow)).contains("no answer in time");
        String name = "n".repeat(MOST_BYTES);
        JsonObject large = result(
                "/mcp",
                "operator",
                call("create_thing", new JsonObject().put("body", new JsonObject().put("name", name))));
        assertThat(text(large)).contains("cut off after " + MOST_BYTES);
        assertThat(large.containsKey("structuredContent")).isFalse();
    }

    @Test
    void beyond_thirty_operations_three_tools_stand_for_all() {
        serve(
                new EchoResource("nodes"),
                new EchoResource("executions"),
                new EchoResource("deployments"),
                new EchoResource("models"));
        assertThat(tools("/mcp", "operator")).containsExactly("search_api", "describe", "call");
        assertThat(tools("/mcp?tag=things", "operator")).contains("create_thing");

        JsonObject tags = result("/mcp", "operator", call("search_api", new JsonObject()));
        assertThat(tags.getJsonObject("structuredContent").getJsonObject("tags").fieldNames())
                .contains("things", "nodes", "executions");
        JsonObject found =
                result("/mcp", "operator", call("search_api", new JsonObject().put("query", "cancel an execution")));
        assertThat(found.getJsonObject("structuredContent")
                        .getJsonArray("operations")
                        .getJsonObject(0)
                        .getString("operation"))
                .isEqualTo("cancel_execution");

        JsonObject described = result(
                "/mcp",
                "operator",
                call("describe", new JsonObject().put("operations", new JsonArray().add("create_execution"))));
        JsonObject operation = described
                .getJsonObject("structuredContent")
                .getJsonArray("operations")
                .getJsonObject(0);
        assertThat(operation
                        .getJsonObject("inputSchema")
                        .getJsonObject("properties")
                        .fieldNames())
                .contains("wait", "idempotencyKey", "body");

        var wanted = new JsonObject()
                .put("operation", "create_thing")
                .put("arguments", new JsonObject().put("body", new JsonObject().put("name", "x")));
        assertThat(result("/mcp", "operator", call("call", wanted)).getBoolean("isError"))
                .isFalse();
        // another role's operation can be neither seen nor called
        wanted.put("operation", "delete_thing");
        assertThat(text(result("/mcp", "operator", call("call", wanted))))
                .contains("there is no operation delete_thing");
        assertThat(text(result(
                        "/mcp",
                        "operator",
                        call("describe", new JsonObject().put("operations", new JsonArray().add("delete_thing"))))))
                .contains("there is no operation delete_thing");
    }

    @Test
    void progress_is_told_while_an_answer_is_waited_for_and_a_cancelled_call_ends() {
        TestServer here = serve();
        JsonObject slow = call("get_thing", new JsonObject().put("id", "slow"));
        slow.getJsonObject("params").put("_meta", new JsonObject().put("progressToken", "p1"));
        var events = new AtomicReference<>("");
        var ended = new AtomicBoolean();
        vertx.createHttpClient()
                .request(HttpMethod.POST, here.port, "127.0.0.1", "/mcp")
                .compose(request -> {
                    // heard before it is sent, so that no piece comes before its handler
                    request.response()
                            .onSuccess(answer -> answer.handler(
                                            piece -> events.accumulateAndGet(piece.toString(), String::concat))
                                    .endHandler(end -> ended.set(true)));
                    return request.putHeader("Authorization", "Bearer viewer")
                            .putHeader("Content-Type", "application/json")
                            .putHeader("Accept", "application/json, text/event-stream")
                            .send(slow.encode());
                });
        await().until(() -> events.get().contains("\"method\":\"notifications/progress\""));
        assertThat(events.get()).contains("\"progressToken\":\"p1\"");
        // another user's cancellation is none of this call's
        JsonObject cancel = new JsonObject()
                .put("jsonrpc", "2.0")
                .put("method", "notifications/cancelled")
                .put("params", new JsonObject().put("requestId", 1));
        assertThat(post("/mcp", "operator", cancel).statusCode()).isEqualTo(202);
        int heard = events.get().length();
        await().until(() -> events.get().length() > heard);
        assertThat(events.get()).doesNotContain("\"result\"");
        assertThat(post("/mcp", "viewer", cancel).statusCode()).isEqualTo(202);
        await().untilTrue(ended);
        assertThat(events.get()).contains("the call was cancelled").endsWith("\n\n");
    }

    @Test
    void the_era_without_initialize_asks_each_request_for_itself() {
        serve();
        JsonObject meta = new JsonObject()
                .put("io.modelcontextprotocol/protocolVersion", "2026-07-28")
                .put("io.modelcontextprotocol/clientCapabilities", new JsonObject());
        JsonObject discover = message("server/discover", new JsonObject().put("_meta", meta));
        HttpResponse<String> found =
                post("/mcp", "viewer", discover, "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "server/discover");
        assertThat(found.statusCode()).as(found.body()).isEqualTo(200);
        JsonObject result = new JsonObject(found.body()).getJsonObject("result");
        assertThat(result.getString("resultType")).isEqualTo("complete");
        assertThat(result.getJsonArray("supportedVersions")).contains("2026-07-28", "2025-11-25");
        HttpResponse<String> initialize = post(
                "/mcp",
                "viewer",
                message("initialize", new JsonObject().put("_meta", meta)),
                "MCP-Protocol-Version",
                "2026-07-28",
                "Mcp-Method",
                "initialize");
        assertThat(initialize.statusCode()).isEqualTo(404);
        assertThat(new JsonObject(initialize.body()).getJsonObject("error").getInteger("code"))
                .isEqualTo(-32601);

        JsonObject old =
                result("/mcp", "viewer", message("initialize", new JsonObject().put("protocolVersion", "2024-11-05")));
        assertThat(old.getString("protocolVersion")).isEqualTo("2025-11-25");
    }

    @Test
    void what_is_no_message_is_refused_in_the_form_of_json_rpc() {
        TestServer here = serve();
        HttpResponse<String> broken = here.call("POST", "/mcp", "viewer", "{\"jsonrpc\":");
        assertThat(broken.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(broken.body()).getJsonObject("error").getInteger("code"))
                .isEqualTo(-32700);
        assertThat(here.call("POST", "/mcp", "viewer", "[]").body()).contains("-32600", "batch");
        assertThat(here.call("POST", "/mcp", "viewer", "{}", "Content-Type", "text/plain")
                        .statusCode())
                .isEqualTo(415);
        assertThat(here.call("POST", "/mcp", "viewer", " ".repeat(100_001)).statusCode())
                .isEqualTo(413);
        assertThat(post("/mcp", "viewer", message("resources/list", new JsonObject()))
                        .body())
                .contains("-32601");
    }
}
