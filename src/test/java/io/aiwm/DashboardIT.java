package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.PageFleet;
import io.aiwm.testing.PageLooks;
import io.aiwm.testing.ShownPage;
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

/** The page in a real browser against the real jar, with a fleet of hollow nodes that have GPUs. Needs Chromium and the built jar. */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardIT {
    private static final String PILL = "document.querySelector('#live').textContent";

    @RegisterExtension
    static final ShownPage PAGE = ShownPage.of(Map.of());

    private static AiwmClient client;
    private static PageFleet fleet;
    private static Browser browser;

    @BeforeAll
    static void open() throws Exception {
        browser = PAGE.browser();
        client = PAGE.client();
        fleet = new PageFleet(client, PAGE.controller().port()).nodes(24).work().trouble();
        PAGE.signIn("admin", "#/nodes/gpu-002");
    }

    @AfterAll
    static void close() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private static void go(String hash) {
        browser.eval("location.hash = '" + hash + "'");
    }

    private static String idOf(String kind, String name) {
        return client.get("/api/" + kind + "?pageSize=200").json().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(one -> name.equals(one.getString("name")))
                .findFirst()
                .orElseThrow()
                .getString("id");
    }

    /** Each page by its address, and by what is on it once it is whole. */
    private static Map<String, String> pages() {
        var pages = new LinkedHashMap<String, String>();
        pages.put("#/overview", "document.querySelector('.wall canvas')?.width > 300 || innerWidth < 500");
        pages.put("#/nodes", "document.querySelectorAll('.list tbody tr[data-id]').length > 5");
        pages.put("#/nodes/gpu-005", "document.querySelectorAll('.gpu-line').length === 8");
        pages.put("#/nodes/gpu-004/drain", "document.querySelector('.drain')");
        pages.put("#/nodes/add", "document.querySelector('#add-node')");
        pages.put("#/deployments", "document.querySelectorAll('.list tbody tr[data-id]').length === 4");
        pages.put(
                "#/deployments/" + idOf("deployments", "llama-70b"),
                "document.querySelectorAll('.replicas li').length === 4");
        pages.put(
                "#/deployments/" + idOf("deployments", "llama-70b") + "/change",
                "document.querySelector('textarea[name=json]')");
        pages.put(
                "#/deployments/" + idOf("deployments", "llama-70b") + "/history",
                "document.querySelector('.generations li')");
        pages.put("#/deployments/new", "document.querySelector('#deployment-form')");
        String run = idOf("executions", "nightly-eval");
        pages.put("#/executions", "document.querySelectorAll('.list tbody tr[data-id]').length > 5");
        pages.put("#/executions/" + run, "document.querySelectorAll('.step-box').length === 6");
        pages.put("#/executions/" + run + "?view=timeline&step=1", "document.querySelector('.time-bar')");
        pages.put(
                "#/executions/" + run + "?view=list", "document.querySelectorAll('.pick-rows tbody tr').length === 17");
        pages.put("#/executions/new", "document.querySelector('#execution-form [name=json]')");
        pages.put("#/executions/new?like=" + run, "document.querySelector('#execution-form [name=json]')");
        pages.put("#/jobs", "document.querySelectorAll('.list tbody tr[data-id]').length > 5");
        pages.put("#/jobs/" + idOf("jobs", "needs-sixteen"), "document.querySelector('.waiting')");
        pages.put("#/jobs/new", "document.querySelector('#job-form')");
        pages.put("#/models", "document.querySelectorAll('.list tbody tr[data-id]').length === 2");
        pages.put("#/models/" + idOf("models", "acme/reranker"), "document.querySelector('.inspector .generations')");
        pages.put("#/models/upload", "document.querySelector('#upload')");
        pages.put("#/nodes/gpu-005/time", "document.querySelectorAll('.chart canvas').length > 3");
        pages.put("#/nodes/gpu-005/work", "document.querySelector('[aria-label=\"All containers\"] :is(p, table)')");
        pages.put("#/models?view=where", "document.querySelectorAll('.heat tbody tr').length === 3");
        pages.put("#/events", "document.querySelectorAll('.list tbody tr[data-id]').length > 5");
        pages.put(
                "#/events/"
                        + client.get("/api/events?pageSize=1&kind=node").json().getInteger("revision"),
                "document.querySelector('.inspector .facts, .inspector .notice')");
        pages.put("#/notifications", "document.querySelector('.inbox li, .empty')");
        pages.put("#/notifications/rules", "document.querySelectorAll('table.plain tbody tr').length === 2");
        pages.put("#/notifications/targets", "document.querySelectorAll('table.plain tbody tr').length === 2");
        pages.put("#/notifications/targets/queue", "document.querySelector('#dead-title')");
        pages.put("#/settings", "document.querySelectorAll('table.plain tbody tr').length > 0");
        pages.put("#/settings/keys", "document.querySelector('#new-key')");
        pages.put("#/settings/tokens?node=gpu-005", "document.querySelectorAll('table.plain tbody tr').length > 0");
        pages.put("#/settings/secrets", "document.querySelector('#set-secret')");
        pages.put("#/settings/audit", "document.querySelectorAll('table.plain tbody tr').length > 5");
        return pages;
    }

    @Test
    @Order(1)
    void after_signing_in_one_is_where_one_wanted_to_be() {
        assertThat(browser.eval("location.hash")).isEqualTo("#/nodes/gpu-002");
        browser.until("document.querySelector('.inspector .title')?.textContent === 'gpu-002'");
    }

    /** What stands there is read, by everybody: WCAG 2.2 AA, no sideways scrolling, and a glyph and a word for each status. */
    @Test
    @Order(2)
    void every_page_in_both_themes_and_three_widths_breaks_no_rule_of_wcag() {
        assertThat(new PageLooks(browser).wrong(pages())).isEmpty();
    }

    @Test
    @Order(3)
    void a_node_is_cordoned_drained_and_opened_from_the_page() {
        go("#/nodes/gpu-010");
        press("Cordon");
        await().until(() -> !client.get("/api/nodes/gpu-010").json().getBoolean("schedulable"));
        browser.until("document.querySelector('.inspector .st').textContent === 'Cordoned'");
        press("Open for work");
        await().until(() -> client.get("/api/nodes/gpu-010").json().getBoolean("schedulable"));
        go("#/nodes/gpu-010/about");
        press("Change name, zone and labels");
        browser.type("#node-settings textarea", "pool=train\nrack=r7");
        press("Save");
        await().until(() -> "r7"
                .equals(client.get("/api/nodes/gpu-010")
                        .json()
                        .getJsonObject("labels")
                        .getString("rack")));
        browser.until("!document.querySelector('#node-settings')");
        go("#/nodes/gpu-010/drain");
        browser.click("input[name=deadline][value=own]");
        browser.type("input[name=own]", "soon");
        browser.until("document.querySelector('.inspector').innerText.includes('Write 90m')");
        browser.type("input[name=own]", "1h30m");
        browser.type("input[name=message]", "new kernel");
        press("Drain");
        press("Yes, drain");
        await().until(() -> "new kernel"
                .equals(client.get("/api/nodes/gpu-010/drain").json().getString("message")));
        browser.until("document.querySelector('.drain')?.innerText.includes('new kernel')");
    }

    @Test
    @Order(4)
    void a_gpu_is_taken_out_of_service_and_given_back() {
        go("#/nodes/gpu-011");
        browser.click(".gpu-line");
        browser.type(".gpu-more input", "fan");
        press("Take out of service");
        await().until(() -> client.get("/api/nodes/gpu-011").json().containsKey("gpuMaintenance"));
        press("Put into service");
        await().until(() -> client.get("/api/nodes/gpu-011")
                .json()
                .getJsonObject("gpuMaintenance", new JsonObject())
                .isEmpty());
    }

    @Test
    @Order(5)
    void a_change_of_a_deployment_is_looked_at_before_it_is_made() {
        String id = idOf("deployments", "qwen-coder");
        go("#/deployments/" + id + "/change");
        browser.until("document.querySelector('textarea[name=json]')");
        browser.eval(
                "(() => { const t = document.querySelector('textarea[name=json]'); const all = JSON.parse(t.value);"
                        + " all.spec.image = 'registry.local/qwen-coder:2'; t.value = JSON.stringify(all);"
                        + " t.dispatchEvent(new Event('input', {bubbles: true})); })()");
        press("Show what would be done");
        browser.until("document.querySelector('.diff')?.innerText.includes('registry.local/qwen-coder:2')");
        assertThat(client.get("/api/deployments/" + id)
                        .json()
                        .getJsonObject("spec")
                        .getString("image"))
                .isEqualTo("registry.local/qwen-coder:1");
        answersOfPutWait();
        press("Apply the change");
        await().until(() -> client.get("/api/deployments/" + id).json().getInteger("generation") == 2);
        go("#/models");
        browser.until("document.querySelectorAll('.list tbody tr[data-id]').length === 2");
        browser.eval(
                "release(), new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go))).then(() => null)");
        assertThat(browser.eval("location.hash")).isEqualTo("#/models");
    }

    /** An answer that comes late must not lead a reader away from where they went meanwhile. */
    private static void answersOfPutWait() {
        browser.eval("(() => { const usual = fetch; const held = new Promise((go) => { window.release = go; });"
                + " window.fetch = async (...asked) => { const answer = await usual(...asked);"
                + " if (asked[1]?.method !== 'PUT') return answer; const text = await answer.text(); await held;"
                + " window.fetch = usual; return new Response(text, answer); }; })()");
    }

    @Test
    @Order(6)
    void jobs_are_cancelled_by_selection_and_made_from_a_form() {
        go("#/jobs?status=RUNNING");
        browser.until("document.querySelectorAll('.list tbody tr[data-id]').length === 10");
        browser.click("th.pick input");
        press("Cancel");
        press("Yes, cancel them");
        await().until(() ->
                client.get("/api/jobs/counts").json().getJsonObject("counts").getInteger("CANCELLED", 0) == 10);
        go("#/jobs/new");
        browser.type("#job-form input[name=name]", "from-the-page");
        browser.type("#job-form input[name=image]", "local/job:1");
        press("Submit");
        browser.until("document.querySelector('.inspector .title')?.textContent === 'from-the-page'");
        assertThat(idOf("jobs", "from-the-page")).startsWith("job_");
    }

    @Test
    @Order(7)
    void anything_is_found_by_keyboard() {
        go("#/overview");
        browser.until("document.querySelector('.wall')");
        browser.press("g");
        browser.press("n");
        browser.until("location.hash === '#/nodes'");
        browser.eval("dispatchEvent(new KeyboardEvent('keydown', {key: 'k', ctrlKey: true}))");
        browser.until("document.querySelector('.palette[open] input')");
        browser.type(".palette input", "llama");
        browser.until("document.querySelector('#found li')?.innerText.includes('llama-70b')");
        browser.press("Enter");
        browser.until("location.hash.startsWith('#/deployments/dep_')");
        browser.press("Escape");
        browser.until("location.hash === '#/deployments'");
        browser.press("?");
        browser.until("document.querySelector('dialog.keys[open]')?.innerText.includes('Next row')");
        browser.press("Escape");
        browser.until("!document.querySelector('dialog[open]')");
    }

    @Test
    @Order(7)
    void what_the_page_has_not_read_is_found_by_name_at_the_server() {
        String model = client.expect(
                        201,
                        client.post(
                                "/api/models",
                                new JsonObject().put("name", "deep-bert-large").put("task", "text-generation")))
                .getString("id");
        client.expect(
                201,
                client.post(
                        "/api/jobs",
                        new JsonObject().put("name", "sought-by-name").put("image", "local/job:1")));
        found("OUGHT-by-na", "Job", "#/jobs/" + idOf("jobs", "sought-by-name"));
        found("BERT", "Model", "#/models/" + model);
        found("join tok", "Settings", "#/settings/tokens");
    }

    private static void found(String text, String kind, String leadsTo) {
        browser.eval("dispatchEvent(new KeyboardEvent('keydown', {key: 'k', ctrlKey: true}))");
        browser.until("document.querySelector('.palette[open] input')");
        browser.type(".palette input", text);
        String hit = "[...document.querySelectorAll('#found li')].find(one => one.innerText.includes('" + kind + "'))";
        browser.until(hit);
        browser.eval(hit + ".click()");
        browser.until("location.hash.startsWith('" + leadsTo + "')");
    }

    @Test
    @Order(8)
    void a_viewer_sees_everything_and_is_told_why_nothing_can_be_done() {
        var viewer = new JsonObject()
                .put("username", "vera")
                .put("password", ShownPage.PASSWORD)
                .put("role", "VIEWER");
        client.expect(201, client.post("/api/users", viewer));
        browser.eval("sessionStorage.clear()");
        PAGE.signIn("vera", "#/nodes/gpu-012");
        browser.until(
                "[...document.querySelectorAll('.btn')].some(b => b.textContent === 'Cordon' && b.ariaDisabled === 'true'"
                        + " && b.title.includes('this needs operator'))");
        press("Cordon");
        browser.until("document.querySelector('.toast')?.textContent.includes('this needs operator')");
        assertThat(client.get("/api/nodes/gpu-012").json().getBoolean("schedulable"))
                .isTrue();
    }

    @Test
    @Order(9)
    void a_session_that_ends_leaves_what_is_on_screen_and_asks_who_is_there() {
        browser.eval("sessionStorage.clear()");
        PAGE.signIn("admin", "#/deployments");
        browser.until("document.querySelectorAll('.list tbody tr[data-id]').length === 4");
        client.expect(204, client.post("/api/auth/logout", new JsonObject()));
        browser.until("document.querySelector('dialog.box[open] #signin-again')");
        assertThat(browser.eval("document.querySelectorAll('.list tbody tr[data-id]').length"))
                .isEqualTo(4);
        browser.type("#signin-again input[name=password]", ShownPage.PASSWORD);
        browser.click("#signin-again button");
        browser.until("!document.querySelector('dialog[open]') && " + PILL + ".startsWith('Live')");
        client = PAGE.client();
    }

    @Test
    @Order(10)
    void after_a_controller_was_killed_the_page_says_so_and_reads_again() {
        go("#/nodes");
        browser.until(PILL + ".startsWith('Live')");
        PAGE.controller().kill9();
        browser.until(PILL + ".startsWith('Reconnecting')");
        PAGE.controller().startAndWait();
        client = PAGE.client();
        client.expect(201, client.post("/api/nodes", new JsonObject().put("id", "late-comer")));
        browser.until(PILL + ".startsWith('Live')");
        browser.until("document.querySelector('main').innerText.includes('25 nodes')");
        assertThat(browser.complaints()).noneMatch(said -> said.contains("Content Security Policy"));
        assertThat(browser.complaints()).noneMatch(said -> said.contains("exceptionId"));
    }

    /** Presses the button with this text, where it is the newest of several. */
    private static void press(String text) {
        String button = "[...document.querySelectorAll('button')].filter(b => b.textContent.trim() === '" + text
                + "' && b.checkVisibility()).at(-1)";
        browser.until(button);
        browser.eval(button + ".click()");
    }
}
