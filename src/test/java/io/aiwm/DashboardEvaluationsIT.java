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
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Evaluations, instructions and the try-out of tools in a real browser against the real jar. What was done is asked of REST. */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardEvaluationsIT {
    private static final String MAIN = "document.querySelector('main').innerText";
    private static final String ASIDE = "document.querySelector('.inspector').innerText";

    @RegisterExtension
    static final ShownPage PAGE = ShownPage.of(
            Map.of("AIWM_AGENTS_INTERNAL_HOSTS", "127.0.0.1", "AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true"));

    private static AiwmClient client;
    private static ToolCallingEngine engine;
    private static ToolServer tools;
    private static Browser browser;
    /** The id of the run in which both candidates differ. */
    private static String run;

    @BeforeAll
    static void open() {
        engine = new ToolCallingEngine(PAGE.vertx());
        tools = new ToolServer(PAGE.vertx());
        client = PAGE.client();
        browser = PAGE.browser();
        client.expect(
                201,
                client.put(
                        "/api/inference/endpoints/scripted",
                        new JsonObject().put("baseUrl", "http://127.0.0.1:" + engine.port() + "/v1")));
        PAGE.signIn("admin", "#/agents?part=evaluations");
    }

    @AfterAll
    static void close() {
        if (engine != null) {
            engine.close();
            tools.close();
        }
    }

    private static void write(String name, String text) {
        browser.until("document.querySelector('[name=" + name + "]')");
        browser.type("[name=" + name + "]", text);
    }

    /** Chooses in the select of this name the option whose value or text this is. */
    private static void choose(String name, String option) {
        String select = "document.querySelector('select[name=" + name + "]')";
        String found = "[..." + select + "?.options ?? []].find(o => o.value === '" + option + "' || o.text === '"
                + option + "')";
        browser.until(found);
        browser.eval("(() => { const s = " + select + "; s.value = " + found
                + ".value; s.dispatchEvent(new Event('change', {bubbles: true})); })()");
    }

    private static String id(String kind, String name) {
        return client.get("/api/" + kind + "/" + name).json().getString("id");
    }

    private static JsonObject evaluation(String name) {
        return client.get("/api/evaluations/" + name).json();
    }

    private static String begun() {
        browser.until("location.hash.startsWith('#/agents/evalrun_')");
        return String.valueOf(browser.eval("location.hash.split('/')[2]"));
    }

    @Test
    @Order(1)
    void an_instruction_is_made_changed_and_its_first_version_brought_back() {
        PAGE.go("#/agents/new?part=instructions");
        write("name", "speech");
        write("prompt", "Say Oslo is cold.");
        write("variables", "tone=dry");
        PAGE.press("Create instruction");
        browser.until("document.querySelector('.inspector .title')?.textContent === 'speech'");
        String id = id("instructions", "speech");
        PAGE.go("#/agents/" + id + "/change");
        write("prompt", "Say Bergen is wet.");
        PAGE.press("Save as version 2");
        await().until(() -> client.get("/api/instructions/" + id).json().getInteger("number") == 2);
        PAGE.go("#/agents/" + id + "/versions");
        browser.until("document.querySelector('.diff .come')?.innerText.includes('Bergen')");
        PAGE.press("Bring back");
        PAGE.press("Yes");
        await().until(() -> client.get("/api/instructions/" + id).json().getInteger("number") == 3);
        JsonObject now = client.get("/api/instructions/" + id).json();
        assertThat(now.getString("systemPrompt")).isEqualTo("Say Oslo is cold.");
        assertThat(now.getJsonArray("variables"))
                .isEqualTo(
                        new JsonArray().add(new JsonObject().put("name", "tone").put("default", "dry")));
    }

    @Test
    @Order(2)
    void an_evaluation_is_written_case_by_case_and_what_is_wrong_is_named() {
        client.expect(
                201,
                client.post(
                        "/api/agents",
                        new JsonObject()
                                .put("name", "speaker")
                                .put("instructionId", "speech")
                                .put("model", "scripted")));
        PAGE.go("#/agents?part=evaluations");
        browser.until("document.querySelector('.empty')?.innerText.includes('There is no evaluation yet')");
        PAGE.go("#/agents/new?part=evaluations");
        write("name", "cities");
        write("case-0-name", "oslo");
        write("case-0-prompt", "Which city?");
        write("case-0-expect-0", "Oslo");
        PAGE.press("Add a case");
        write("case-1-name", "bergen");
        write("case-1-prompt", "Which other city?");
        choose("case-1-expect-0-type", "matches");
        write("case-1-expect-0", "(");
        PAGE.press("Create evaluation");
        browser.until(ASIDE + ".includes('/cases/1/expect/0/pattern')");
        write("case-1-expect-0", "B[a-z]+n");
        PAGE.press("Create evaluation");
        browser.until("document.querySelector('.inspector .title')?.textContent === 'cities'");
        assertThat(evaluation("cities").getJsonArray("cases"))
                .isEqualTo(
                        new JsonArray(
                                "[{\"name\":\"oslo\",\"prompt\":\"Which city?\",\"expect\":[{\"type\":\"contains\",\"text\":\"Oslo\"}]},"
                                        + "{\"name\":\"bergen\",\"prompt\":\"Which other city?\",\"expect\":[{\"type\":\"matches\",\"pattern\":\"B[a-z]+n\"}]}]"));
        JsonArray before = evaluation("cities").getJsonArray("cases");
        PAGE.go("#/agents/" + id("evaluations", "cities") + "/change");
        write("description", "Which city the speech names");
        PAGE.press("Save");
        await().until(() ->
                "Which city the speech names".equals(evaluation("cities").getString("description")));
        assertThat(evaluation("cities").getJsonArray("cases")).isEqualTo(before);
    }

    @Test
    @Order(3)
    void two_versions_are_run_and_what_differs_stands_side_by_side() {
        PAGE.go("#/agents/" + id("evaluations", "cities") + "/run");
        choose("a-version", "1");
        choose("b-agent", "speaker");
        choose("b-version", "1");
        browser.until("[...document.querySelectorAll('#run-form button')].some(b => b.title.includes('the same'))");
        choose("b-version", "2");
        PAGE.press("Run 4 turns");
        run = begun();
        await().until(() -> "COMPLETED"
                .equals(client.get("/api/evaluation-runs/" + run).json().getString("status")));
        browser.until("document.querySelector('.page-head .st')?.textContent === 'Done'");
        browser.until(
                "[...document.querySelectorAll('.compared tbody tr')].map(r => r.querySelector('th').innerText.replace(/\\s+/g, ' ').trim())"
                        + ".join() === 'oslo Worse,bergen Better'");
        assertThat(String.valueOf(browser.eval("document.querySelector('.compared tbody tr').innerText")))
                .contains("Passed", "Oslo is cold.", "Failed", "contains Oslo", "Bergen is wet.");
        assertThat(String.valueOf(browser.eval("document.querySelector('.totals tbody').innerText")))
                .contains("1 of 2");
        assertThat(client.get("/api/evaluation-runs/" + run + "/results?differing=true")
                        .json()
                        .getJsonArray("cases"))
                .hasSize(2);
        PAGE.press("Worse 1");
        browser.until(
                "location.hash.endsWith('?change=worse') && document.querySelectorAll('.compared tbody tr').length === 1");
        browser.eval(
                "(() => { const made = URL.createObjectURL;"
                        + " URL.createObjectURL = blob => { blob.text().then(text => { globalThis.kept = text; }); return made.call(URL, blob); }; })()");
        PAGE.press("CSV");
        browser.until("globalThis.kept");
        assertThat(String.valueOf(browser.eval("globalThis.kept")))
                .isEqualTo(client.get("/api/evaluation-runs/" + run + "/results?format=csv")
                        .text());
    }

    @Test
    @Order(4)
    void a_run_is_followed_while_it_goes_on_and_ended() throws Exception {
        var cases = new JsonArray()
                .add(new JsonObject().put("name", "quick").put("prompt", "Which city?"))
                .add(new JsonObject().put("name", "slow").put("prompt", "stall"));
        client.expect(
                201,
                client.post(
                        "/api/evaluations", new JsonObject().put("name", "slow").put("cases", cases)));
        PAGE.go("#/agents/" + id("evaluations", "slow") + "/run");
        PAGE.press("Run 2 turns");
        String id = begun();
        browser.until("document.querySelector('.far .num')?.textContent === '50%'");
        browser.until(
                "[...document.querySelectorAll('.compared td')].map(d => d.innerText.includes('No result yet')).join() === 'false,true'");
        PAGE.press("Cancel");
        PAGE.press("Yes, end it");
        engine.awaitCancelled(1);
        await().until(() -> "CANCELLED"
                .equals(client.get("/api/evaluation-runs/" + id).json().getString("status")));
        browser.until(
                "document.querySelector('.page-head .st')?.textContent === 'Cancelled' && !document.querySelector('.far')");
        assertThat(String.valueOf(browser.eval("document.querySelector('.compared').innerText")))
                .contains("Oslo is cold.");
        PAGE.press("Delete");
        PAGE.press("Yes, delete");
        await().until(() -> client.get("/api/evaluation-runs/" + id).status() == 404);
        browser.until("location.hash.endsWith('/runs') && " + ASIDE + ".includes('You have no run of it yet')");
    }

    @Test
    @Order(5)
    void a_tool_is_tried_with_arguments_of_its_schema_and_stopped() throws Exception {
        client.expect(
                201,
                client.post(
                        "/api/tools",
                        new JsonObject()
                                .put("name", "weather")
                                .put("description", "The temperature in a city")
                                .put("kind", "http")
                                .put("approval", "ask")
                                .put(
                                        "input",
                                        new JsonObject(
                                                "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}"))
                                .put(
                                        "http",
                                        new JsonObject()
                                                .put("method", "GET")
                                                .put("url", "http://127.0.0.1:" + tools.port() + "/cities/{city}"))));
        PAGE.go("#/agents/" + id("tools", "weather") + "/try");
        browser.until("document.querySelector('[name=try-arguments]')?.value.includes('\"city\": \"\"')");
        write("try-arguments", "{\"city\": 7}");
        PAGE.press("Call it");
        browser.until(ASIDE + ".includes('fit') && !document.querySelector('.try-answer')");
        write("try-arguments", "{\"city\": \"Oslo\"}");
        PAGE.press("Call it");
        browser.until("document.querySelector('.try-answer')?.innerText.includes('\"degrees\": 21')");
        assertThat(tools.asked).extracting(ToolServer.Asked::uri).containsExactly("/cities/Oslo");
        tools.statuses.add(0); // is never answered
        tools.given.clear();
        PAGE.press("Call it");
        await().until(() -> tools.asked.size() == 2);
        PAGE.press("Stop");
        await().until(() -> tools.given.contains("/cities/Oslo"));
        browser.until(ASIDE + ".includes('Stopped.')");
    }

    @Test
    @Order(6)
    void every_page_in_both_themes_and_three_widths_breaks_no_rule_of_wcag() {
        String cities = id("evaluations", "cities");
        var pages = new LinkedHashMap<String, String>();
        pages.put("#/agents?part=evaluations", "document.querySelectorAll('.list tbody tr[data-id]').length === 2");
        pages.put("#/agents/" + cities, "document.querySelectorAll('.cases > li').length === 2");
        pages.put("#/agents/" + cities + "/run", "document.querySelector('#run-form select[name=a-version]')");
        pages.put("#/agents/" + cities + "/runs", "document.querySelector('.inspector .rows li')");
        pages.put("#/agents/" + cities + "/change", "document.querySelectorAll('fieldset.case').length === 2");
        pages.put("#/agents/new?part=evaluations", "document.querySelector('#evaluation-form')");
        pages.put("#/agents/new?part=instructions", "document.querySelector('#instruction-form')");
        pages.put("#/agents/" + run, "document.querySelectorAll('.compared tbody tr').length === 2");
        pages.put(
                "#/agents/" + id("tools", "weather") + "/try",
                "document.querySelector('[name=try-arguments]')?.value.includes('city')");
        assertThat(new PageLooks(browser).wrong(pages)).isEmpty();
        assertThat(browser.complaints()).noneMatch(said -> said.contains("Content Security Policy"));
        assertThat(browser.complaints()).noneMatch(said -> said.contains("exceptionId"));
    }

    @Test
    @Order(7)
    void a_viewer_reads_evaluations_and_is_told_why_nothing_can_be_run() {
        client.expect(
                201,
                client.post(
                        "/api/users",
                        new JsonObject()
                                .put("username", "vera")
                                .put("password", ShownPage.PASSWORD)
                                .put("role", "VIEWER")));
        browser.eval("sessionStorage.clear()");
        PAGE.signIn("vera", "#/agents/" + id("evaluations", "cities") + "/run");
        browser.until("[...document.querySelectorAll('#run-form button')].some(b => b.textContent === 'Run 2 turns'"
                + " && b.ariaDisabled === 'true' && b.title.includes('this needs operator'))");
        PAGE.go("#/agents/" + run);
        browser.until(MAIN + ".includes('There is no such run')");
        PAGE.go("#/agents/" + id("tools", "weather") + "/try");
        browser.until(
                "[...document.querySelectorAll('#tool-try button')].some(b => b.textContent === 'Call it' && b.ariaDisabled === 'true')");
        var vera = client.as("vera", ShownPage.PASSWORD);
        assertThat(vera.post("/api/tools/weather/call", new JsonObject()).status())
                .isEqualTo(403);
        assertThat(vera.get("/api/tools/weather/offers").status()).isEqualTo(403);
        // no agent calls a tool that somebody would be asked about in this way
        var around = new JsonObject()
                .put("name", "around")
                .put("kind", "aiwm")
                .put("aiwm", new JsonObject().put("operations", new JsonArray().add("callTool")));
        assertThat(client.post("/api/tools", around).status()).isEqualTo(422);
    }
}
