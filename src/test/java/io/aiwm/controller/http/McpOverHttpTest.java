package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** MCP over the real HTTP port: who is let in, and the forms of messages. */
class McpOverHttpTest extends McpHttpRig {
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
