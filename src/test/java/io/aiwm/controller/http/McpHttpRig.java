package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.api.McpResource;
import io.aiwm.controller.mcp.ApiTools;
import io.aiwm.controller.mcp.OwnApi;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** The API as tools of MCP, over the real HTTP port. */
@Timeout(60)
abstract class McpHttpRig {
    static final int MOST_BYTES = 4_000;

    final AtomicReference<TestServer> server = new AtomicReference<>();
    Vertx vertx;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void close() {
        server.get().close();
        vertx.close().await();
    }

    TestServer serve(Resource... more) {
        var own = new OwnApi(vertx, "127.0.0.1", () -> server.get().port, MOST_BYTES, Duration.ofSeconds(3));
        var resources = new ArrayList<Resource>(List.of(more));
        resources.add(new McpResource(vertx, new ApiTools(own), Set.of("https://friend.example")));
        server.set(new TestServer(resources));
        return server.get();
    }

    HttpResponse<String> post(String path, String role, JsonObject message, String... headers) {
        return server.get().call("POST", path, role, message.encode(), headers);
    }

    static JsonObject message(String method, JsonObject params) {
        return new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", 1)
                .put("method", method)
                .put("params", params);
    }

    static JsonObject call(String tool, JsonObject arguments) {
        return message("tools/call", new JsonObject().put("name", tool).put("arguments", arguments));
    }

    JsonObject result(String path, String role, JsonObject message) {
        HttpResponse<String> answer = post(path, role, message);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body()).getJsonObject("result");
    }
}
