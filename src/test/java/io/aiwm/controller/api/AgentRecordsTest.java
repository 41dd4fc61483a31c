package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Instructions, tools and agents over REST: versions, mistakes, lists, and what is deleted. */
class AgentRecordsTest extends AgentApiRig {
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
}
