package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.PageLooks;
import io.aiwm.testing.ShownPage;
import io.aiwm.testing.ToolCallingEngine;
import io.aiwm.testing.ToolServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Agents and inference in a real browser against the real jar, with a scripted model as endpoint. Needs Chromium and the built jar. */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardAgentsIT {

    @RegisterExtension
    static final ShownPage PAGE = ShownPage.of(Map.of(
            "AIWM_AGENTS_INTERNAL_HOSTS", "127.0.0.1",
            "AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true"));

    private static AiwmClient client;
    private static ToolCallingEngine engine;
    private static ToolServer tools;
    private static Browser browser;
    /** Of a conversation in which a call waits for a word. */
    private static String waiting;

    @BeforeAll
    static void open() throws Exception {
        engine = new ToolCallingEngine(PAGE.vertx());
        tools = new ToolServer(PAGE.vertx());
        client = PAGE.client();
        browser = PAGE.browser();
        PAGE.signIn("admin", "#/agents");
    }

    @AfterAll
    static void close() {
        if (engine != null) {
            engine.close();
            tools.close();
        }
    }

    private static void write(String selector, String text) {
        browser.until("document.querySelector('" + selector + "')");
        browser.type(selector, text);
    }

    private static void say(String text) {
        write("textarea[name=message]", text);
        PAGE.press("Send");
    }

    private static void untilSaid(String text) {
        browser.until("document.querySelector('.said').innerText.includes('" + text + "')");
    }

    private static List<JsonObject> list(String path) {
        return client.get(path).json().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static JsonObject named(String path, String name) {
        return list(path).stream()
                .filter(one -> name.equals(one.getString("name")))
                .findFirst()
                .orElseThrow();
    }

    private static void tool(String name, String approval) {
        client.expect(
                201,
                client.post(
                        "/api/tools",
                        new JsonObject()
                                .put("name", name)
                                .put("description", "The temperature in a city")
                                .put("kind", "http")
                                .put("approval", approval)
                                .put(
                                        "input",
                                        new JsonObject("{\"type\":\"object\",\"properties\":{\"city\":{\"type\":"
                                                + "\"string\"}},\"required\":[\"city\"]}"))
                                .put(
                                        "http",
                                        new JsonObject()
                                                .put("method", "GET")
                                                .put("url", "http://127.0.0.1:" + tools.port() + "/cities/{city}"))));
    }

    private static void agent(String name, String instruction, String... toolNames) {
        client.expect(
                201,
                client.post(
                        "/api/agents",
                        new JsonObject()
                                .put("name", name)
                                .put("instructionId", instruction)
                                .put("toolIds", new JsonArray(List.of(toolNames)))
                                .put("model", "scripted")));
    }

    private static String conversation(String agent) {
        return client.expect(201, client.post("/api/conversations", new JsonObject().put("agentId", agent)))
                .getString("id");
    }

    @Test
    @Order(1)
    void from_nothing_to_an_agent_that_answers_as_one_reads() {
        browser.until("document.querySelector('main')?.innerText.includes('There is no agent yet')");
        browser.screenshot(Path.of("target", "page", "agents-first-dark-1440.png"));
        client.expect(
                201,
                client.put(
                        "/api/inference/endpoints/scripted",
                        new JsonObject().put("baseUrl", "http://127.0.0.1:" + engine.port() + "/v1")));
        browser.until("document.querySelector('main').innerText.includes('1 can be called')");
        PAGE.go("#/agents/new");
        write("#agent-form input[name=name]", "talker");
        browser.until("document.querySelector('#agent-form select[name=model]')?.value === 'scripted'");
        PAGE.press("Create agent");
        browser.until("document.querySelector('.inspector .title')?.textContent === 'talker'");
        assertThat(named("/api/agents", "talker").getString("model")).isEqualTo("scripted");
        PAGE.press("Talk");
        browser.until("document.querySelector('.composer')");
        say("How are you?");
        browser.until("document.querySelector('.bubble.answer .bubble-foot')?.innerText.includes('5 → 7 tokens')");
        String id = String.valueOf(browser.eval("location.hash.split('/')[2]"));
        assertThat(list("/api/conversations/" + id + "/messages"))
                .extracting(one -> one.getString("role"))
                .containsExactly("user", "assistant");
    }

    @Test
    @Order(2)
    void a_message_is_said_again_and_in_other_words_and_both_branches_are_read() {
        PAGE.press("Answer again");
        browser.until("document.querySelector('.branches')?.innerText.includes('2 of 2')");
        browser.until("document.querySelectorAll('.bubble.answer .bubble-foot').length === 1");
        PAGE.press("Edit");
        write("textarea[name=edit]", "And now?");
        PAGE.press("Send instead");
        browser.until("document.querySelector('.branches')?.innerText.includes('3 of 3')");
        untilSaid("And now?");
        browser.eval("document.querySelector('.branches button').click()");
        untilSaid("How are you?");
        browser.until("document.querySelector('.composer').innerText.includes('An earlier branch')");
        PAGE.press("To the newest branch");
        untilSaid("And now?");
        String id = String.valueOf(browser.eval("location.hash.split('/')[2]"));
        assertThat(list("/api/conversations/" + id + "/messages").stream().filter(one -> one.containsKey("inPlaceOf")))
                .hasSize(2);
    }

    @Test
    @Order(3)
    void stop_stops_and_the_same_can_be_tried_again() throws Exception {
        say("stall");
        untilSaid("half");
        PAGE.press("Stop");
        engine.awaitCancelled(1);
        browser.until("document.querySelector('.said .notice')?.innerText.includes('Stopped')");
        browser.until("![...document.querySelectorAll('.composer .btn')].some(b => b.textContent === 'Stop')");
        String id = String.valueOf(browser.eval("location.hash.split('/')[2]"));
        assertThat(client.get("/api/conversations/" + id).json().getString("status"))
                .isEqualTo("IDLE");
        browser.until("document.querySelector('.said').innerText.includes('Try again')");
    }

    @Test
    @Order(4)
    void calls_of_tools_are_approved_changed_and_denied() {
        tool("weather", "ask");
        client.expect(
                201,
                client.post(
                        "/api/instructions",
                        new JsonObject()
                                .put("name", "guide")
                                .put("systemPrompt", "You know the weather.\nYou are brief.")));
        agent("traveller", "guide", "weather");
        String id = conversation("traveller");
        PAGE.go("#/agents/" + id);
        browser.until("document.querySelector('.said')?.innerText.includes('Nothing was said yet')");
        say("Is it warm?");
        browser.until("document.querySelectorAll('.tool-call.waits .decide').length === 2");
        browser.until(
                "document.querySelector('.decide .expiry').innerText.startsWith('If nobody decides, it is denied in ')");
        browser.eval("[...document.querySelectorAll('.decide')][0].querySelectorAll('button')[1].click()");
        write("textarea[name=arguments]", "{\"city\": 7}");
        PAGE.press("Approve with these");
        browser.until("document.querySelector('.decide .notice')?.innerText.includes('city')");
        write("textarea[name=arguments]", "{\"city\": \"Lyon\"}");
        PAGE.press("Approve with these");
        await().until(() -> tools.times("/cities/Lyon") == 1);
        browser.until("document.querySelectorAll('.tool-call.waits .decide').length === 1");
        PAGE.press("Deny");
        write("input[name=reason]", "not in winter");
        PAGE.press("Deny the call");
        untilSaid("It is 21 degrees in Paris and 9 in Oslo.");
        untilSaid("not in winter");
        assertThat(tools.times("/cities/Oslo")).isZero();
        assertThat(list("/api/approvals?conversationId=" + id))
                .extracting(one -> one.getString("state"))
                .containsExactlyInAnyOrder("STARTED", "DENIED");
        browser.until("document.querySelector('.tool-call a[href*=executions]')");
    }

    @Test
    @Order(5)
    void an_instruction_is_changed_and_its_versions_are_compared() {
        String id = named("/api/instructions", "guide").getString("id");
        PAGE.go("#/agents/" + id + "/change");
        write("textarea[name=prompt]", "You know the weather.\nYou are very brief.");
        PAGE.press("Save as version 2");
        await().until(() -> client.get("/api/instructions/" + id).json().getInteger("number") == 2);
        PAGE.go("#/agents/" + id + "/versions");
        browser.until("document.querySelector('.diff .come')?.innerText.includes('You are very brief.')");
        String tool = named("/api/tools", "weather").getString("id");
        PAGE.go("#/agents/" + tool);
        browser.until("document.querySelector('.inspector select[name=approval]')?.value === 'ask'");
        browser.eval("(() => { const s = document.querySelector('.inspector select[name=approval]'); s.value = 'deny';"
                + " s.dispatchEvent(new Event('change', {bubbles: true})); })()");
        await().until(() ->
                "deny".equals(client.get("/api/tools/" + tool).json().getString("approval")));
    }

    @Test
    @Order(6)
    void a_key_is_made_with_limits_shown_once_and_deleted() {
        PAGE.go("#/inference/new?part=keys");
        write("#key-form input[name=name]", "nightly");
        write("#key-form input[name=requestsPerMinute]", "many");
        PAGE.press("Create key");
        browser.until("document.querySelector('#key-form').innerText.includes('no whole number')");
        write("#key-form input[name=requestsPerMinute]", "600");
        write("#key-form input[name=budget]", "1,000,000");
        PAGE.press("Create key");
        browser.until("document.querySelector('#the-key')?.textContent.startsWith('aiwm_')");
        String secret = String.valueOf(browser.eval("document.querySelector('#the-key').textContent"));
        JsonObject key = named("/api/api-keys", "nightly");
        assertThat(key.getJsonObject("limits"))
                .isEqualTo(new JsonObject()
                        .put("requestsPerMinute", 600)
                        .put("budget", new JsonObject().put("tokens", 1_000_000).put("period", "DAY")));
        assertThat(withKey(secret)).isEqualTo(200);
        PAGE.go("#/inference/" + key.getString("id") + "?part=keys");
        write("#limits-form input[name=concurrent]", "3");
        PAGE.press("Set limits");
        await().until(() ->
                named("/api/api-keys", "nightly").getJsonObject("limits").getInteger("concurrent", 0) == 3);
        PAGE.press("Delete");
        PAGE.press("Yes, delete");
        await().until(() -> list("/api/api-keys").isEmpty());
        await().until(() -> withKey(secret) == 401);
    }

    private static int withKey(String key) {
        return client.call("GET", "/v1/models", null, "Authorization", "Bearer " + key)
                .status();
    }

    @Test
    @Order(7)
    void an_alias_has_weights_and_a_model_is_tried() {
        PAGE.go("#/inference/new?part=aliases");
        write("#alias-form input[name=name]", "best");
        write("#alias-form textarea[name=targets]", "scripted 9\nmissing 1");
        PAGE.press("Save");
        await().until(() -> client.get("/api/inference/aliases/best").status() == 200);
        browser.until("document.querySelector('.weights')?.innerText.includes('90%')");
        PAGE.go("#/inference?part=try&model=scripted");
        write("#try-form textarea[name=prompt]", "How are you?");
        PAGE.press("Send");
        browser.until("document.querySelector('.try').innerText.includes('5 · 7')");
        assertThat(String.valueOf(browser.eval("document.querySelector('#try-curl').textContent")))
                .contains("/v1/chat/completions", "\"model\":\"scripted\"", "How are you?");
        write("#try-form textarea[name=prompt]", "limit");
        PAGE.press("Send");
        browser.until("document.querySelector('.try .notice')?.innerText.includes('too many')");
        write("#try-form textarea[name=prompt]", "stall");
        PAGE.press("Send");
        browser.until("document.querySelector('.answer-box').innerText.includes('half')");
        PAGE.press("Stop");
        browser.until("document.querySelector('.try').innerText.includes('stopped')");
    }

    private static Map<String, String> pages() {
        var pages = new LinkedHashMap<String, String>();
        String row = "document.querySelectorAll('.list tbody tr[data-id]').length";
        String agent = named("/api/agents", "traveller").getString("id");
        String instruction = named("/api/instructions", "guide").getString("id");
        String talk = list("/api/conversations?agentId=" + agent).stream()
                .map(one -> one.getString("id"))
                .filter(id -> !id.equals(waiting))
                .findFirst()
                .orElseThrow();
        pages.put("#/agents", row + " === 3");
        pages.put("#/agents?part=conversations", row + " === 3");
        pages.put("#/agents/" + agent, "document.querySelector('.inspector .rows li')");
        pages.put("#/agents/" + instruction + "/versions", "document.querySelector('.diff .come')");
        pages.put("#/agents/" + named("/api/tools", "weather").getString("id"), "document.querySelector('.json')");
        pages.put("#/agents/new", "document.querySelector('#agent-form select')");
        pages.put("#/agents/new?part=tools", "document.querySelector('#tool-form')");
        pages.put("#/agents/" + talk, "document.querySelectorAll('.tool-call').length === 2");
        pages.put("#/agents/" + waiting, "document.querySelectorAll('.decide').length === 1");
        pages.put("#/inference", row + " === 2");
        pages.put("#/inference/endpoint:scripted", "document.querySelector('.inspector .facts')");
        pages.put("#/inference/best?part=aliases", "document.querySelector('.weights')");
        pages.put("#/inference/new?part=keys", "document.querySelector('#key-form')");
        pages.put("#/inference?part=usage", "document.querySelectorAll('.chart canvas').length === 2");
        pages.put("#/inference?part=try", "document.querySelector('#try-form select')");
        return pages;
    }

    @Test
    @Order(8)
    void every_page_in_both_themes_and_three_widths_breaks_no_rule_of_wcag() {
        tool("weather_2", "ask");
        agent("asker", "guide", "weather_2");
        String id = conversation("asker");
        waiting = id;
        client.expect(
                202,
                client.post(
                        "/api/conversations/" + id + "/messages",
                        new JsonObject().put("content", "call weather_2 {\"city\": \"Bergen\"}")));
        await().until(() -> !list("/api/approvals?state=PENDING").isEmpty());
        assertThat(new PageLooks(browser).wrong(pages())).isEmpty();
        assertThat(browser.complaints()).noneMatch(said -> said.contains("Content Security Policy"));
        assertThat(browser.complaints()).noneMatch(said -> said.contains("exceptionId"));
    }

    @Test
    @Order(9)
    void a_turn_goes_on_where_one_reads_after_its_controller_was_killed() throws Exception {
        PAGE.go("#/agents/" + conversation("talker"));
        browser.until("document.querySelector('.said')?.innerText.includes('Nothing was said yet')");
        int before = engine.asked.size();
        say("stall");
        browser.until("document.querySelector('.said .caret')");
        PAGE.controller().kill9();
        engine.awaitCancelled(1);
        PAGE.controller().startAndWait();
        await().until(() -> engine.asked.size() == before + 2);
        // the model begins anew: its first words are there once
        browser.until("document.querySelector('.said .caret')?.parentElement.innerText.trim() === 'half'");
        PAGE.press("Stop");
        engine.awaitCancelled(1);
        browser.until("document.querySelector('.said .notice')?.innerText.includes('Stopped')");
    }
}
