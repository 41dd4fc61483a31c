package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.PageFleet;
import io.aiwm.testing.ShownPage;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Events, notifications, settings and timelines on the page, against the real jar. What was done is asked of REST. */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardOperationsIT {
    private static final String MAIN = "document.querySelector('main').innerText";
    private static final int GONE = 410;
    private static final int TAKEN = 204;

    @RegisterExtension
    static final ShownPage PAGE = ShownPage.of(Map.of(
            "AIWM_NOTIFICATIONS_INTERNAL_HOSTS", "127.0.0.1",
            // a node that is cut off is missed within half a minute
            "HEARTBEAT_INTERVAL", "4s"));

    /** What the webhook answers. */
    private static final AtomicInteger ANSWER = new AtomicInteger(GONE);

    private static final AtomicInteger CALLS = new AtomicInteger();

    private static AiwmClient client;
    private static PageFleet fleet;
    private static Browser browser;

    @BeforeAll
    static void open() throws Exception {
        client = PAGE.client();
        fleet = new PageFleet(client, PAGE.controller().port()).nodes(3);
        browser = PAGE.browser();
        PAGE.signIn("admin", "#/events");
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

    private static void press(String text) {
        String button = "[...document.querySelectorAll('button')].filter(b => b.textContent.trim() === '" + text
                + "' && b.checkVisibility()).at(-1)";
        browser.until(button);
        browser.eval(button + ".click()");
    }

    private static void cordon(String node, boolean open) {
        client.expect(
                200, client.put("/api/nodes/" + node + "/schedulable", new JsonObject().put("schedulable", open)));
    }

    private static JsonArray items(String path) {
        return client.get(path).json().getJsonArray("items");
    }

    @Test
    @Order(1)
    void filters_of_events_stand_in_the_address_and_news_does_not_move_who_reads() {
        go("#/events?type=node.cordoned,node.uncordoned&group=no");
        browser.until("document.querySelector('.empty')?.innerText.includes('No event fits')");
        cordon("gpu-001", false);
        browser.until("document.querySelectorAll('.list tbody tr[data-id]').length === 1");
        go("#/events/1?type=node.cordoned,node.uncordoned&group=no");
        browser.until("document.querySelector('.inspector')");
        cordon("gpu-001", true);
        browser.until("document.querySelector('.news')?.textContent.startsWith('1 new')");
        assertThat(browser.eval("document.querySelectorAll('.list tbody tr[data-id]').length"))
                .isEqualTo(1);
        browser.click(".news");
        browser.until("document.querySelectorAll('.list tbody tr[data-id]').length === 2");
        browser.click(".list tbody tr[data-id] a.open");
        browser.until("document.querySelector('.inspector a[href=\"#/nodes/gpu-001\"]')");
    }

    @Test
    @Order(2)
    void the_export_of_events_has_each_that_fits_once_and_in_order() {
        go("#/events?resource=gpu-001");
        browser.until("document.querySelectorAll('.list tbody tr[data-id]').length > 1");
        browser.eval(
                "(() => { const made = URL.createObjectURL;"
                        + " URL.createObjectURL = blob => { blob.text().then(text => { globalThis.kept = text; }); return made.call(URL, blob); }; })()");
        press("Export");
        browser.until("globalThis.kept");
        var revisions = String.valueOf(browser.eval("globalThis.kept"))
                .lines()
                .map(line -> new JsonObject(line).getLong("revision"))
                .toList();
        assertThat(revisions)
                .isSorted()
                .hasSize(items("/api/events?resource=gpu-001&pageSize=1000").size())
                .doesNotHaveDuplicates();
    }

    @Test
    @Order(3)
    void a_user_is_made_given_another_role_disabled_and_deleted() {
        go("#/settings");
        browser.type("#new-user input[name=username]", "vera");
        browser.type("#new-user input[name=password]", ShownPage.PASSWORD);
        press("Create user");
        await().until(() -> client.get("/api/users/vera").status() == 200);
        browser.until("document.querySelector('select[aria-label=\"Role of vera\"]')");
        browser.eval(
                "(() => { const s = document.querySelector('select[aria-label=\"Role of vera\"]'); s.value = 'OPERATOR';"
                        + " s.dispatchEvent(new Event('change', {bubbles: true})); })()");
        await().until(() ->
                "OPERATOR".equals(client.get("/api/users/vera").json().getString("role")));
        press("Disable");
        press("Yes");
        await().until(() -> client.get("/api/users/vera").json().getBoolean("disabled"));
        press("Enable");
        await().until(() -> !client.get("/api/users/vera").json().getBoolean("disabled"));
        client.expect(200, client.patch("/api/users/vera", new JsonObject().put("role", "VIEWER")));
    }

    @Test
    @Order(4)
    void a_key_is_shown_once_and_good_until_it_is_deleted() {
        go("#/settings/keys");
        browser.type("#new-key input[name=name]", "nightly");
        press("Create key");
        browser.until("document.querySelector('#made-key')");
        String key = String.valueOf(browser.eval("document.querySelector('#made-key').textContent"));
        assertThat(client.call("GET", "/api/auth/me", null, "Authorization", "Bearer " + key)
                        .status())
                .isEqualTo(200);
        browser.until(MAIN + ".includes('nightly')");
        press("Delete");
        press("Yes");
        await().until(() -> items("/api/api-keys").isEmpty());
    }

    @Test
    @Order(5)
    void a_join_token_is_made_and_revoked() {
        int before = items("/api/nodes/gpu-002/tokens").size();
        go("#/settings/tokens");
        browser.type("#tokens-of input", "gpu-002");
        press("Show its tokens");
        browser.until("document.querySelector('#new-token')");
        browser.type("#new-token input[name=description]", "rack 7");
        press("Create token");
        browser.until("document.querySelector('#made-token')?.textContent.length > 20");
        browser.until(MAIN + ".includes('rack 7')");
        assertThat(items("/api/nodes/gpu-002/tokens")).hasSize(before + 1);
        browser.eval("[...document.querySelectorAll('tbody tr')].find(row => row.innerText.includes('rack 7'))"
                + ".querySelector('button').click()");
        press("Yes");
        await().until(() -> items("/api/nodes/gpu-002/tokens").size() == before);
    }

    @Test
    @Order(6)
    void a_secret_is_stored_and_its_value_is_nowhere_on_the_page() {
        go("#/settings/secrets");
        browser.type("#set-secret input[name=name]", "hub");
        browser.type("#set-secret textarea", "hf_never_seen_again");
        press("Save secret");
        await().until(() -> client.get("/api/secrets/hub").status() == 200);
        browser.until(MAIN + ".includes('Version 1')");
        assertThat(
                        browser.eval(
                                "document.documentElement.outerHTML.includes('hf_never_seen_again')"
                                        + " || [...document.querySelectorAll('input, textarea')].some(e => e.value.includes('hf_never'))"))
                .isEqualTo(false);
        press("Delete");
        press("Yes");
        await().until(() -> client.get("/api/secrets/hub").status() == 404);
    }

    @Test
    @Order(7)
    void the_audit_log_is_narrowed_by_the_address_and_verified_by_the_browser() {
        go("#/settings/audit?operation=createUser");
        browser.until("document.querySelectorAll('tbody tr').length === 3 && " + MAIN + ".includes('createUser')");
        go("#/settings/audit");
        press("Verify");
        browser.until(MAIN + ".includes('each follows the one before it')");
    }

    @Test
    @Order(8)
    void what_a_target_refused_is_seen_and_sent_again() {
        HttpServer hook = PAGE.vertx()
                .createHttpServer()
                .requestHandler(request -> {
                    CALLS.incrementAndGet();
                    request.response().setStatusCode(ANSWER.get()).end();
                })
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        go("#/notifications/targets");
        browser.type("#new-target input[name=name]", "ops");
        browser.type("#new-target input[name=url]", "http://127.0.0.1:" + hook.actualPort() + "/hook");
        press("Create target");
        await().until(() -> client.get("/api/notification-targets/ops").status() == 200);
        go("#/notifications/rules");
        browser.type("#set-rule input[name=name]", "closed");
        browser.type("#set-rule input[name=types]", "node.cordoned");
        browser.eval("(() => { const s = document.querySelector('#set-rule select'); s.value = 'info';"
                + " s.dispatchEvent(new Event('change', {bubbles: true})); })()");
        browser.type("#set-rule input[name=targets]", "ops");
        press("Save rule");
        await().until(() -> client.get("/api/notification-rules/closed").status() == 200);
        go("#/notifications/targets/ops");
        // a rule counts for events of a moment later
        await().until(() -> {
            cordon("gpu-003", false);
            cordon("gpu-003", true);
            return client.get("/api/notification-targets/ops").json().getInteger("dead", 0) > 0;
        });
        browser.until(MAIN + ".includes('node.cordoned') && " + MAIN + ".includes('410')");
        int before = CALLS.get();
        ANSWER.set(TAKEN);
        press("Send again");
        press("Yes");
        await().until(() -> CALLS.get() > before
                && client.get("/api/notification-targets/ops").json().getInteger("dead", 0) == 0);
    }

    @Test
    @Order(9)
    void what_went_wrong_is_counted_at_the_top_until_it_is_read() {
        fleet.lose("gpu-003");
        browser.until("document.querySelector('.bell .num')?.textContent > 0");
        browser.click(".bell");
        browser.until("location.hash === '#/notifications?unread=yes' && document.querySelector('.inbox li.unread')");
        press("Mark all as read");
        await().until(() -> items("/api/notifications?unread=true").isEmpty());
        browser.until("!document.querySelector('.bell .num') && document.querySelector('.empty')");
    }

    @Test
    @Order(10)
    void a_node_has_its_past_as_charts_and_in_words() {
        go("#/nodes/gpu-001/time");
        browser.until("document.querySelectorAll('.chart canvas').length > 3");
        browser.until("document.querySelector('.chart-says').innerText.includes('at most')");
        browser.until("document.querySelector('.inspector').innerText.includes('node.cordoned')");
        press("24 h");
        browser.until("location.hash.endsWith('range=1440') && document.querySelectorAll('.chart canvas').length > 3");
    }

    @Test
    @Order(11)
    void nodes_are_narrowed_by_label_and_zone_and_the_address_says_both() {
        String rows = "document.querySelectorAll('.list tbody tr[data-id]').length === ";
        go("#/nodes");
        browser.until(rows + 3);
        browser.click(".facets summary");
        String serve = "[...document.querySelectorAll('.facets .chip')].find(b => b.innerText.startsWith('serve'))";
        browser.until(serve + "?.innerText.endsWith('2')");
        browser.eval(serve + ".click()");
        browser.until("location.hash === '#/nodes?label.pool=serve' && " + rows + 2);
        go("#/nodes?label.pool=serve&zone=eu-2");
        browser.until(rows + 1);
        browser.eval("document.querySelector('.tools > .chip[title=\"Not only pool: serve\"]').click()");
        browser.until("location.hash === '#/nodes?zone=eu-2' && " + rows + 1);
    }

    @Test
    @Order(12)
    void a_viewer_is_told_why_these_are_not_shown() {
        browser.eval("sessionStorage.clear()");
        PAGE.signIn("vera", "#/settings/audit");
        browser.until(MAIN + ".includes('this needs admin')");
        go("#/settings/secrets");
        browser.until(
                "[...document.querySelectorAll('.btn')].some(b => b.textContent === 'Save secret' && b.ariaDisabled === 'true')");
        go("#/notifications/rules");
        browser.until(MAIN + ".includes('shown to administrators')");
        assertThat(browser.complaints()).noneMatch(said -> said.contains("Content Security Policy"));
        assertThat(browser.complaints()).noneMatch(said -> said.contains("exceptionId"));
    }
}
