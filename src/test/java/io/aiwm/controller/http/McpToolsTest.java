package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The operations of the API as tools of MCP. */
class McpToolsTest extends McpHttpRig {
    private List<String> tools(String path, String role) {
        return result(path, role, message("tools/list", new JsonObject())).getJsonArray("tools").stream()
                .map(tool -> ((JsonObject) tool).getString("name"))
                .toList();
    }

    private static String text(JsonObject result) {
        return result.getJsonArray("content").getJsonObject(0).getString("text");
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
}
