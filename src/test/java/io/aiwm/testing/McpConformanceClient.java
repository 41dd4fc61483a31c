package io.aiwm.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.Failure;
import io.aiwm.controller.mcp.McpClient;
import io.aiwm.controller.mcp.McpTarget;
import io.aiwm.mcp.ToolInfo;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What the conformance suite runs as the client under test: lists the tools of its server and calls each. */
public final class McpConformanceClient {
    private static final ObjectMapper JSON = new ObjectMapper();

    private McpConformanceClient() {}

    public static void main(String[] arguments) throws Exception {
        JsonNode wanted = JSON.readTree(System.getenv().getOrDefault("MCP_CONFORMANCE_CONTEXT", "{}"))
                .path("toolCalls");
        Vertx vertx = Vertx.vertx();
        try {
            run(vertx, wanted, arguments[arguments.length - 1]);
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    private static void run(Vertx vertx, JsonNode wanted, String url) throws Exception {
        var client = new McpClient(vertx, List.of("localhost", "127.0.0.1"), name -> List.of());
        McpTarget target = McpTarget.external(URI.create(url), Map.of());
        List<ToolInfo> tools = client.tools(target).await(20, TimeUnit.SECONDS);
        for (ToolInfo tool : tools) {
            ObjectNode given = sample(tool, tools.get(0));
            for (JsonNode call : wanted) {
                if (call.path("name").asText().equals(tool.name())) {
                    given = (ObjectNode) call.path("arguments");
                }
            }
            try {
                var call = client.call(target, tool.name(), given, Duration.ofSeconds(20), heard -> {});
                System.out.println(tool.name() + ": "
                        + call.result().await(25, TimeUnit.SECONDS).toJson());
            } catch (Failure refused) {
                System.out.println(tool.name() + " failed: " + refused.getMessage());
            }
        }
    }

    /** Arguments that fit; one of the name schema is that of the first tool, which the suite wants to see again. */
    private static ObjectNode sample(ToolInfo tool, ToolInfo first) {
        ObjectNode arguments = JSON.createObjectNode();
        tool.inputSchema().path("properties").properties().forEach(property -> {
            switch (property.getValue().path("type").asText()) {
                case "number", "integer" -> arguments.put(property.getKey(), 3);
                case "boolean" -> arguments.put(property.getKey(), true);
                case "string" -> arguments.put(property.getKey(), "x");
                default -> {
                    if (property.getKey().equals("schema")) {
                        arguments.set("schema", first.inputSchema());
                    }
                }
            }
        });
        return arguments;
    }
}
