package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.agent.TurnReading;
import io.aiwm.testing.TinyModels;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Conversations, their messages and what agents noted of users, over REST: whose they are, and who reads them. */
class ConversationResourceTest extends AgentApiRig {
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
