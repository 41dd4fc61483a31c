package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.PageLooks;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.TestImages;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A shell and the editor of requests on the page, with a real worker and a real container. */
@Timeout(300)
class DashboardShellIT {
    private static final String PASSWORD = "a-password-for-tests";
    private static final String EDITOR = "document.querySelector('.code-editor')?.shadowRoot";
    private static final String ROWS =
            "(document.querySelector('.shell-box .xterm-rows')?.textContent ?? '').replaceAll('\\u00a0', ' ')";

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(0, 1);

    @TempDir
    static Path profile;

    /** Never closed: a class that fails runs once more in the same process. */
    private static final Vertx VERTX = Vertx.vertx();

    private static Browser browser;

    @BeforeAll
    static void open() throws Exception {
        assumeTrue(Browser.chromium().isPresent(), "there is no Chromium on this machine");
        browser = new Browser(VERTX, profile, 1440, 800);
        for (String role : List.of("ADMIN", "VIEWER")) {
            var user = new JsonObject()
                    .put("username", role.toLowerCase(java.util.Locale.ROOT) + "-of-page")
                    .put("password", PASSWORD)
                    .put("role", role);
            FLEET.api().expect(201, FLEET.api().post("/api/users", user));
        }
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
    }

    private static void signIn(String user, String to) {
        browser.open(URI.create(FLEET.api().url("/?" + System.nanoTime() + to)));
        browser.eval("sessionStorage.clear()");
        browser.open(URI.create(FLEET.api().url("/?" + System.nanoTime() + to)));
        browser.until("document.querySelector('#signin')");
        browser.type("input[name=username]", user);
        browser.type("input[name=password]", PASSWORD);
        browser.click("#signin button");
        browser.until("document.querySelector('#live')?.textContent.startsWith('Live')");
    }

    private static String deployed() {
        String id = FLEET.deployments().create(FleetDeployments.web(1, FleetDeployments.SERVE));
        FLEET.deployments().untilAllReady(id, 1);
        return id;
    }

    private static String button(String text) {
        return "[...document.querySelectorAll('.btn')].find(b => b.textContent.trim() === '" + text + "')";
    }

    private static String inContainer(String id, String... command) {
        String container = FleetDeployments.instances(FLEET.deployments().get(id))
                .findFirst()
                .orElseThrow()
                .getString("containerId");
        var all = new java.util.ArrayList<>(List.of("exec", container));
        all.addAll(List.of(command));
        return TestImages.run(System.getenv("DOCKER_HOST"), null, all.toArray(String[]::new))
                .output();
    }

    private static void looksWell(String name) {
        assertThat(new PageLooks(browser).wrongHere(name)).isEmpty();
    }

    private static void type(String text) {
        browser.type(".xterm-helper-textarea", text);
        browser.press("Enter");
    }

    private static void nothingIsForbidden() {
        List<String> forbidden = browser.complaints().stream()
                .filter(said -> said.contains("Content Security Policy"))
                .toList();
        System.out.println("violations of the content security policy: " + forbidden.size());
        assertThat(forbidden).isEmpty();
    }

    @Test
    void a_shell_is_opened_by_a_key_types_into_the_container_and_comes_back() {
        String id = deployed();
        signIn("admin-of-page", "#/deployments");
        browser.until("document.querySelector('.list tbody tr[data-id]')");
        browser.eval("document.querySelector('main h1').focus()");
        browser.press("j");
        browser.press("s");
        browser.until("document.querySelector('.shell .log-bar [role=status]')?.textContent === 'Open'");
        type("echo from-the-page > /typed");
        await().untilAsserted(() -> assertThat(inContainer(id, "cat", "/typed")).isEqualTo("from-the-page\n"));
        // colours of sixteen, of 256 and of 24 bits
        type("printf '\\033[31mred \\033[38;5;208morange \\033[38;2;90;90;90mgrey\\033[0m plain\\n'");
        browser.until(ROWS + ".includes('grey plain')");
        type("ls /www");
        browser.until(ROWS + ".includes('index.html')");
        looksWell("shell");
        FLEET.fleet().killController();
        FLEET.fleet().workers.keySet().forEach(FLEET.fleet()::awaitUp);
        browser.until("document.querySelector('.shell .log-bar [role=status]')?.textContent === 'Open'");
        type("echo ag$((1+1))ain");
        browser.until(ROWS + ".includes('ag2ain')");
        type("exit 5");
        browser.until(
                "document.querySelector('.shell .log-bar [role=status]')?.textContent === 'It has ended with exit code 5'");
        browser.until(
                "[...document.querySelectorAll('.shell button')].some(b => b.textContent === 'Open a new shell')");
        nothingIsForbidden();
        browser.click(".dock-tab.front [aria-label^=Close]");
        browser.until("!document.querySelector('.dock')");
        String container = FleetDeployments.instances(FLEET.deployments().get(id))
                .findFirst()
                .orElseThrow()
                .getString("containerId");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(TestImages.run(System.getenv("DOCKER_HOST"), null, "top", container)
                                .output())
                        .contains("httpd")
                        .doesNotContain("aiwm-shell"));
        FLEET.deployments().delete(id);
    }

    @Test
    void a_viewer_is_told_why_there_is_none() {
        String id = deployed();
        signIn("viewer-of-page", "#/deployments/" + id);
        browser.until(button("Shell") + "?.ariaDisabled === 'true' && " + button("Shell")
                + ".title.includes('this needs operator')");
        browser.eval(button("Shell") + ".click()");
        browser.until("document.querySelector('.toast')?.textContent.includes('this needs operator')");
        assertThat(browser.eval("document.querySelector('.dock') === null")).isEqualTo(true);
        FLEET.deployments().delete(id);
    }

    @Test
    void what_the_api_refuses_is_marked_at_its_field() {
        String id = deployed();
        signIn("admin-of-page", "#/deployments/" + id + "/change");
        browser.until(EDITOR + "?.querySelector('.cm-content')");
        browser.eval(
                "(() => { const t = document.querySelector('textarea[name=json]'); const all = JSON.parse(t.value);"
                        + " all.spec.image = 'a bad image'; all.replicas = 2; t.value = JSON.stringify(all, null, 2);"
                        + " t.dispatchEvent(new Event('input', { bubbles: true })); })()");
        browser.until(EDITOR + ".querySelector('.cm-content').textContent.includes('a bad image')");
        browser.eval(button("Show what would be done") + ".click()");
        browser.until("document.querySelector('.form .notice')");
        browser.until(EDITOR + ".querySelector('.cm-lintRange-error')?.textContent.includes('a bad image')");
        looksWell("editor");
        // what the schema does not have is marked before the API is asked
        browser.eval(
                "(() => { const t = document.querySelector('textarea[name=json]'); t.value = t.value.replace('\"replicas\"', '\"replcas\"');"
                        + " t.dispatchEvent(new Event('input', { bubbles: true })); })()");
        browser.until(EDITOR + ".querySelector('.cm-lintRange-error')?.textContent === '\"replcas\"'");
        // the editor has it before the next picture: a key pressed until then would be typed into the older text
        assertThat(browser.eval(
                        "(async () => { const t = document.querySelector('textarea[name=json]'); t.value = t.value.replace('\"replcas\"', '\"replicas\"');"
                                + " t.dispatchEvent(new Event('input', { bubbles: true })); for (let turn = 0; turn < 5; turn++) await null;"
                                + " return " + EDITOR
                                + ".querySelector('.cm-content').textContent.includes('\"replicas\"'); })()"))
                .isEqualTo(true);
        // what is typed changes the text, and is no key of the page
        String theme = String.valueOf(browser.eval("document.documentElement.dataset.theme"));
        browser.eval(EDITOR + ".querySelector('.cm-content').focus()");
        browser.press("t");
        browser.until(
                "(" + EDITOR + ".querySelector('.cm-content').textContent.match(/t\\{|\\{t/) || []).length === 1");
        assertThat(String.valueOf(browser.eval("document.documentElement.dataset.theme")))
                .isEqualTo(theme);
        browser.eval("(() => { const t = document.querySelector('textarea[name=json]');"
                + " t.value = t.value.replace(/^t/, '').replace('a bad image', 'aiwm-test/web:2');"
                + " t.dispatchEvent(new Event('input', { bubbles: true })); })()");
        browser.eval(button("Show what would be done") + ".click()");
        browser.until("document.querySelector('.plan')?.innerText.includes('1 → 2 replicas')");
        browser.eval(button("Apply the change") + ".click()");
        FLEET.deployments().untilAllReady(id, 2);
        assertThat(FLEET.deployments().get(id).getInteger("replicas")).isEqualTo(2);
        nothingIsForbidden();
        FLEET.deployments().delete(id);
    }
}
