package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.controller.mcp.McpClient;
import io.aiwm.controller.mcp.McpTarget;
import io.aiwm.mcp.ToolInfo;
import io.aiwm.mcp.ToolResult;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.McpConformanceClient;
import io.aiwm.testing.McpPrograms;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Official clients of MCP and its conformance suite against a real controller. Needs the built jar, node and npm. */
@Timeout(600)
class McpIT {
    private static final String PASSWORD = "a password for tests 1";

    @TempDir
    static Path folder;

    private static AiwmProcess controller;
    private static McpPrograms programs;
    /** Never closed: a class that fails runs once more in the same process. */
    private static final Vertx VERTX = Vertx.vertx();

    private static final McpClient client = new McpClient(VERTX, List.of("127.0.0.1"), name -> List.of());
    private static String url;
    private static String key;

    @BeforeAll
    static void prepare() throws IOException {
        int port = AiwmProcess.freePort();
        controller = AiwmProcess.of("controller", folder.resolve("controller"))
                .with("PORT", port)
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .startAndWait();
        var api = new AiwmClient(port, PASSWORD);
        url = api.url("");
        key = api.expect(
                        201,
                        api.post(
                                "/api/api-keys",
                                new JsonObject().put("name", "mcp").put("role", "OPERATOR")))
                .getString("key");
        programs = McpPrograms.in(folder.resolve("programs"));
    }

    @AfterAll
    static void stop() {
        if (programs != null) {
            programs.close();
        }
        if (controller != null) {
            controller.close();
        }
    }

    @Test
    void official_clients_of_both_generations_call_the_api_as_tools() {
        assertThat(programs.check("sdk.mjs", url, key).lines()).hasSize(7).allMatch(line -> line.startsWith("ok "));
        assertThat(programs.check("client.mjs", url, key).lines()).hasSize(6).allMatch(line -> line.startsWith("ok "));
    }

    /** Of the others each needs a tool, a prompt or a resource of the suite's own; docs/mcp.md lists them. */
    @Test
    void what_the_conformance_suite_can_ask_of_a_server_of_tools_holds() throws Exception {
        int port = AiwmProcess.freePort();
        programs.start("listening", Map.of(), "with-key.mjs", Integer.toString(port), url, key);
        String server = "http://127.0.0.1:" + port + "/mcp";
        assertThat(programs.serverConformance(server, "2025-11-25"))
                .containsAll(List.of("server-initialize", "ping", "tools-list", "dns-rebinding-protection"));
        assertThat(programs.serverConformance(server, "2026-07-28"))
                .containsAll(List.of(
                        "tools-list",
                        "server-sse-multiple-streams",
                        "sep-2164-resource-not-found",
                        "dns-rebinding-protection",
                        "input-required-result-unsupported-methods",
                        "http-header-validation"));
    }

    @Test
    void the_client_calls_tools_of_the_official_example_of_a_server() throws Exception {
        int port = AiwmProcess.freePort();
        programs.start(
                "listening on port",
                Map.of("PORT", Integer.toString(port)),
                "node_modules/@modelcontextprotocol/server-everything/dist/index.js",
                "streamableHttp");
        McpTarget everything = McpTarget.external(URI.create("http://127.0.0.1:" + port + "/mcp"), Map.of());
        List<ToolInfo> tools = client.tools(everything).await(20, TimeUnit.SECONDS);
        assertThat(tools).extracting(ToolInfo::name).contains("echo", "get-sum", "trigger-long-running-operation");

        ToolResult echoed = call(everything, "echo", "{\"message\":\"grüße\"}", heard -> {});
        assertThat(echoed.joined()).isEqualTo("Echo: grüße");
        assertThat(call(everything, "get-structured-content", "{\"location\":\"New York\"}", heard -> {})
                        .structured()
                        .path("temperature")
                        .isNumber())
                .isTrue();
        assertThat(call(everything, "get-sum", "{\"a\":\"none\"}", heard -> {}).isError())
                .isTrue();
        var heard = new CopyOnWriteArrayList<McpClient.Progress>();
        ToolResult slow =
                call(everything, "trigger-long-running-operation", "{\"duration\":1,\"steps\":4}", heard::add);
        assertThat(slow.joined()).contains("completed");
        assertThat(heard).extracting(McpClient.Progress::total).contains(4.0);
    }

    @Test
    void the_client_calls_tools_of_aiwm_in_the_era_without_initialize() throws Exception {
        McpTarget aiwm =
                McpTarget.external(URI.create(url + "/mcp?tag=nodes"), Map.of("Authorization", "Bearer " + key));
        assertThat(client.tools(aiwm).await(20, TimeUnit.SECONDS))
                .extracting(ToolInfo::name)
                .contains("list_nodes");
        ToolResult nodes = call(aiwm, "list_nodes", "{}", heard -> {});
        assertThat(nodes.structured().path("items").isArray()).isTrue();
    }

    @Test
    void what_the_conformance_suite_asks_of_a_client_holds() throws Exception {
        String command = AiwmProcess.java() + " -cp " + AiwmProcess.jar() + ":"
                + Path.of("target/test-classes").toAbsolutePath() + " " + McpConformanceClient.class.getName();
        for (String scenario : List.of("initialize", "tools_call", "sse-retry")) {
            assertThat(programs.clientConformance(command, scenario, "2025-11-25"))
                    .as(scenario)
                    .contains("OVERALL: PASSED");
        }
        for (String scenario : List.of(
                "tools_call",
                "request-metadata",
                "http-standard-headers",
                "http-custom-headers",
                "http-invalid-tool-headers",
                "json-schema-ref-no-deref",
                "json-schema-2020-12-preservation")) {
            assertThat(programs.clientConformance(command, scenario, "2026-07-28"))
                    .as(scenario)
                    .contains("OVERALL: PASSED");
        }
    }

    private static ToolResult call(
            McpTarget target, String tool, String arguments, Consumer<McpClient.Progress> progress) throws Exception {
        return client.call(
                        target,
                        tool,
                        (ObjectNode) new ObjectMapper().readTree(arguments),
                        Duration.ofSeconds(30),
                        progress)
                .result()
                .await(40, TimeUnit.SECONDS);
    }
}
