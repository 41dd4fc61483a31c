package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.http.Axe;
import io.aiwm.controller.http.Browser;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.ShownPage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executions, jobs and schedules on the page, against the real jar and a worker that runs plain processes. What was done is
 * asked of REST. Needs Chromium and the built jar.
 */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardWorkIT {
    private static final String NODE = "gpu-001";
    private static final String MAIN = "document.querySelector('main').innerText";
    private static final String SIDE = "document.querySelector('.inspector').innerText";
    private static final String ROWS = "document.querySelectorAll('.list tbody tr[data-id]').length";
    private static final int[] WIDTHS = {400, 1280, 2560};
    private static final int HEIGHT = 900;
    /** More than a list reads at first. */
    private static final int MANY = 230;

    /** Of the worker; programs of steps look for their flags there, too. */
    @TempDir
    static Path folder;

    @RegisterExtension
    static final ShownPage PAGE = ShownPage.of(Map.of());

    private static AiwmProcess worker;
    private static AiwmClient client;
    private static Browser browser;
    /** The execution whose steps fail at first. */
    private static String release;

    @BeforeAll
    static void open() {
        client = PAGE.client();
        worker = AiwmProcess.of("worker", folder.resolve("worker"))
                .with("NODE_ID", NODE)
                .with("NODE_TOKEN", client.nodeToken(NODE))
                .with("CONTROLLER_WS_URL", "ws://127.0.0.1:" + PAGE.controller().port() + "/ws/node")
                .with("AIWM_WORKER_PROCESS_ENABLED", true)
                .startAndWait();
        release = started("release", releaseSteps());
        await().atMost(Duration.ofSeconds(60)).until(() -> "FAILED".equals(statusOf(release)));
        browser = PAGE.browser();
        PAGE.signIn("admin", "#/executions/" + release + "?step=1");
    }

    @AfterAll
    static void close() {
        if (worker != null) {
            worker.close();
        }
    }

    /** build and lint fail until their flags are there; publish waits for build. */
    private static JsonArray releaseSteps() {
        return new JsonArray()
                .add(step("fetch", "true"))
                .add(step("build", "test -f " + folder.resolve("build"), 0))
                .add(step("lint", "test -f " + folder.resolve("lint"), 0))
                .add(step("publish", "true", 1))
                .add(step("docs", "true", 0));
    }

    private static JsonObject step(String name, String script, Integer... after) {
        return new JsonObject()
                .put("name", name)
                .put("command", "job.run")
                .put("data", words(script).put("runtime", "process"))
                .put("requirements", new JsonObject().put("runtime", "process"))
                .put("dependsOn", new JsonArray(List.of(after)));
    }

    private static String started(String name, JsonArray steps) {
        var wanted = new JsonObject().put("name", name).put("start", true).put("steps", steps);
        return client.expect(201, client.post("/api/executions", wanted)).getString("id");
    }

    private static String job(String name, JsonObject more) {
        var wanted = new JsonObject()
                .put("name", name)
                .put("requirements", new JsonObject().put("runtime", "process"))
                .mergeIn(more);
        return client.expect(201, client.post("/api/jobs", wanted)).getString("id");
    }

    private static JsonObject words(String script) {
        return new JsonObject().put("command", new JsonArray(List.of("sh", "-c", script)));
    }

    private static JsonObject execution(String id) {
        return client.expect(200, client.get("/api/executions/" + id));
    }

    private static String statusOf(String id) {
        return execution(id).getString("status");
    }

    private static List<Integer> attemptsOf(String id) {
        return execution(id).getJsonArray("steps").stream()
                .map(step -> ((JsonObject) step).getInteger("attempt"))
                .toList();
    }

    private static List<String> statesOf(String id) {
        return execution(id).getJsonArray("steps").stream()
                .map(step -> ((JsonObject) step).getString("status"))
                .toList();
    }

    private static JsonArray items(String path) {
        return client.get(path).json().getJsonArray("items");
    }

    private static void go(String hash) {
        browser.eval("location.hash = '" + hash + "'");
    }

    private static void press(String text) {
        String button = "[...document.querySelectorAll('button')].filter(b => b.textContent.trim() === '" + text
                + "' && b.checkVisibility() && b.ariaDisabled !== 'true').at(-1)";
        browser.until(button);
        browser.eval(button + ".click()");
    }

    private static void picture(String name) {
        browser.screenshot(Path.of("target", "page", name + ".png"));
    }

    @Test
    @Order(1)
    void one_failed_step_runs_again_with_what_waited_for_it_and_the_other_one_stays_failed() throws Exception {
        Files.createFile(folder.resolve("build"));
        press("Retry this step");
        browser.until("document.querySelector('.inspector .confirm')?.innerText"
                + ".includes('Run build and publish again? 2 steps that are done stay.')");
        picture("work-retry-asked");
        press("Yes, retry");
        await().until(() ->
                "FAILED".equals(statusOf(release)) && attemptsOf(release).get(1) == 2);
        assertThat(attemptsOf(release)).containsExactly(1, 2, 1, 1, 1);
        assertThat(statesOf(release)).containsExactly("COMPLETED", "COMPLETED", "FAILED", "COMPLETED", "COMPLETED");
        browser.until("document.querySelector('.inspector .tries')?.children.length === 2");
    }

    @Test
    @Order(2)
    void all_from_a_step_on_run_again_once_though_the_controller_is_killed() throws Exception {
        Files.createFile(folder.resolve("lint"));
        go("#/executions/" + release + "?step=0");
        browser.until("document.querySelector('.inspector .title')?.textContent === 'fetch'");
        press("Retry from here");
        browser.until("document.querySelector('.inspector .confirm')?.innerText.includes('Run all 5 steps again?')");
        press("Yes, retry");
        await().until(() -> attemptsOf(release).get(0) == 2);
        PAGE.controller().kill9();
        PAGE.controller().startAndWait();
        client = PAGE.client();
        await().atMost(Duration.ofSeconds(60)).until(() -> "COMPLETED".equals(statusOf(release)));
        assertThat(attemptsOf(release)).containsExactly(2, 3, 2, 2, 2);
        browser.until("document.querySelector('#live')?.textContent.startsWith('Live')");
        browser.until("document.querySelector('.page-head .st')?.textContent === 'Done'");
    }

    @Test
    @Order(3)
    void one_selection_is_seen_as_graph_timeline_and_list_and_idle_time_is_hidden() {
        String id = started("flaky", new JsonArray().add(step("ok", "true")).add(step("bad", "exit 3", 0)));
        await().until(() -> "FAILED".equals(statusOf(id)));
        go("#/executions/" + id);
        browser.until("document.querySelectorAll('.step-box').length === 2");
        browser.press(".");
        browser.until("location.hash.endsWith('step=1')"
                + " && document.querySelector('.step-box.picked')?.textContent.includes('bad')");
        browser.press("3");
        browser.until("document.querySelector('.pick-rows tr.picked')?.innerText.includes('bad')");
        go("#/executions/" + release + "?view=list");
        browser.until("document.querySelectorAll('.pick-rows tbody tr').length === 5");
        browser.press("2");
        browser.until("document.querySelectorAll('.time-row').length === 5");
        assertThat(browser.eval("document.querySelectorAll('.time-row')[1].querySelectorAll('.time-bar.ran').length"))
                .as("each try is a bar")
                .isEqualTo(3);
        browser.click(".timeline-tools input");
        browser.until("location.hash.includes('idle=hidden') && document.querySelector('.time-cut')");
        browser.press("1");
        browser.until("document.querySelectorAll('.step-box').length === 5");
    }

    @Test
    @Order(4)
    void a_large_graph_folds_what_is_alike_and_has_a_map() {
        var steps = new JsonArray().add(step("start", "true"));
        for (int i = 0; i < 20; i++) {
            steps.add(step("shard-" + i, "true", 0));
        }
        for (int i = 0; i < 45; i++) {
            steps.add(step("stage" + (char) ('a' + i % 26) + "x" + "y".repeat(i / 26), "true", i == 0 ? 0 : 20 + i));
        }
        var wanted = new JsonObject().put("name", "large").put("steps", steps);
        String id = client.expect(201, client.post("/api/executions", wanted)).getString("id");
        go("#/executions/" + id);
        browser.until("document.querySelectorAll('.step-box').length === 47");
        browser.until("[...document.querySelectorAll('.step-box')]"
                + ".some(b => b.textContent.includes('shard ×20') && b.textContent.includes('0/20 done'))");
        browser.until("document.querySelector('.minimap .seen')");
        browser.eval("(() => { const m = document.querySelector('.minimap').getBoundingClientRect();"
                + " document.querySelector('.minimap').dispatchEvent(new PointerEvent('pointerdown',"
                + " {buttons: 1, clientX: m.right - 2, clientY: m.top + m.height / 2, bubbles: true})); })()");
        browser.until("document.querySelector('.graph').scrollLeft > 500");
        go("#/executions/" + id + "?step=7");
        browser.until("document.querySelector('.step-box.picked')?.textContent.includes('shard-6')");
        press("Fold again");
        browser.until("document.querySelectorAll('.step-box').length === 47");
        press("Fit");
        browser.until("document.querySelector('.graph svg').getBoundingClientRect().width"
                + " <= document.querySelector('.graph').clientWidth");
    }

    @Test
    @Order(5)
    void one_goes_from_a_run_to_the_one_before_it() {
        String next = started("flaky", new JsonArray().add(step("ok", "true")));
        await().until(() -> "COMPLETED".equals(statusOf(next)));
        go("#/executions/" + next);
        browser.until("document.querySelector('.relations')?.innerText.includes('run before')");
        browser.click(".relations a");
        browser.until("!location.hash.includes('" + next + "') && document.querySelector('.relations')?.innerText"
                + ".includes('next run')");
    }

    @Test
    @Order(6)
    void a_schedule_shows_its_next_runs_before_it_is_made_and_is_paused_run_changed_and_deleted() {
        go("#/schedules/new");
        browser.type("#schedule-form input[name=name]", "nightly");
        browser.type("#schedule-form input[name=timeZone]", "Europe/Berlin");
        browser.type("#schedule-form input[name=cron]", "61 2 * * *");
        browser.until("document.querySelector('#f-cron.fail')");
        press("Every night");
        browser.until("document.querySelectorAll('#schedule-form .next-runs li').length === 5");
        assertThat(browser.eval("document.querySelector('#schedule-form .next-runs').innerText.includes('02:30')"))
                .isEqualTo(true);
        assertThat(items("/api/schedules")).isEmpty();
        press("JSON");
        browser.type(
                "#schedule-form textarea[name=json]",
                "{\"command\":[\"sh\",\"-c\",\"echo hi\"],\"requirements\":{\"runtime\":\"process\"}}");
        press("Make the schedule");
        await().until(() -> items("/api/schedules").size() == 1);
        JsonObject made = items("/api/schedules").getJsonObject(0);
        String path = "/api/schedules/" + made.getString("id");
        assertThat(made.getString("timeZone")).isEqualTo("Europe/Berlin");
        assertThat(made.getString("cron")).isEqualTo("30 2 * * *");
        press("Pause");
        await().until(() -> !client.get(path).json().getBoolean("enabled"));
        browser.until("document.querySelector('.inspector .st').textContent === 'Paused'");
        press("Resume");
        await().until(() -> client.get(path).json().getBoolean("enabled"));
        press("Run now");
        await().until(() -> client.get(path).json().getJsonArray("lastRuns").stream()
                .anyMatch(run -> "COMPLETED".equals(((JsonObject) run).getString("jobStatus"))));
        browser.until("document.querySelector('.inspector .rows .st')?.textContent === 'Done'");
        go("#/schedules/" + made.getString("id") + "/change");
        browser.type("#schedule-form input[name=cron]", "0 4 * * 1");
        press("Change the schedule");
        await().until(() -> "0 4 * * 1".equals(client.get(path).json().getString("cron")));
        assertThat(client.get(path).json().getJsonObject("job").getJsonArray("command"))
                .containsExactly("sh", "-c", "echo hi");
        browser.until(SIDE + ".includes('0 4 * * 1')");
        press("Delete");
        press("Yes, delete");
        await().until(() -> client.get(path).status() == 404);
        browser.until("document.querySelector('.empty')");
    }

    @Test
    @Order(7)
    void a_job_that_failed_is_opened_in_the_form_changed_and_run_again() {
        String id = job("train", words("exit 7").put("maxRetries", 0).put("env", new JsonObject().put("A", "1")));
        await().until(() -> "FAILED".equals(client.get("/api/jobs/" + id).json().getString("status")));
        go("#/jobs/" + id);
        browser.until("[...document.querySelectorAll('a')].some(a => a.textContent === 'Edit and run again')");
        browser.eval("[...document.querySelectorAll('a')].find(a => a.textContent === 'Edit and run again').click()");
        browser.until(
                "document.querySelector('#job-form textarea[name=command]')?.value === '[\"sh\",\"-c\",\"exit 7\"]'");
        press("JSON");
        browser.until("JSON.parse(document.querySelector('textarea[name=json]').value).env.A === '1'");
        press("Fields");
        browser.type("#job-form textarea[name=command]", "[\"sh\",\"-c\",\"exit 0\"]");
        press("Submit");
        browser.until("location.hash.startsWith('#/jobs/job_') && !location.hash.includes('" + id + "')");
        String again = String.valueOf(browser.eval("location.hash.slice(7)"));
        await().until(() ->
                "COMPLETED".equals(client.get("/api/jobs/" + again).json().getString("status")));
        JsonObject made = client.get("/api/jobs/" + again).json();
        assertThat(made.getJsonObject("env").getString("A")).isEqualTo("1");
        assertThat(made.getJsonObject("requirements").getString("runtime")).isEqualTo("process");
    }

    @Test
    @Order(8)
    void tasks_of_an_array_are_counted_drawn_and_narrowed_to_those_that_failed() {
        String id = job(
                "sweep", words("test $AIWM_ARRAY_INDEX -ne 7").put("count", 12).put("tolerance", 5));
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        "COMPLETED".equals(client.get("/api/jobs/" + id).json().getString("status")));
        go("#/jobs/" + id + "/tasks");
        browser.until("document.querySelector('.task-cells canvas')?.width > 100");
        browser.until("document.querySelectorAll('.inspector .rows li').length === 12");
        browser.eval(
                "[...document.querySelectorAll('.inspector .chip')].find(c => c.textContent.includes('Failed')).click()");
        browser.until(
                "location.hash.includes('task=FAILED') && document.querySelectorAll('.inspector .rows li').length === 1");
        browser.click(".inspector .rows a");
        browser.until("location.hash.startsWith('#/jobs/" + id + ".0007')");
    }

    @Test
    @Order(9)
    void an_action_on_all_that_a_filter_finds_is_counted_before_and_reaches_those_not_read() {
        IntStream.range(0, MANY)
                .forEach(i -> job(
                        "bulk",
                        words("true")
                                .put(
                                        "requirements",
                                        new JsonObject()
                                                .put("runtime", "process")
                                                .put("labelSelector", "pool=none"))));
        go("#/jobs?q=bulk");
        browser.until(ROWS + " > 10 && " + MAIN + ".includes('" + MANY + " jobs')");
        browser.click("th.pick input");
        browser.until(MAIN + ".includes('200 selected')");
        press("Select all " + MANY + " that the filter finds");
        press("Cancel");
        browser.until(
                "document.querySelector('.bulk .confirm')?.innerText.includes('Cancel 230 jobs that the filter finds?')");
        press("Yes, cancel them");
        await().until(() -> counts("bulk").getInteger("CANCELLED", 0) == MANY);
        browser.until(MAIN + ".includes('230 jobs cancelled')");
        assertThat(counts("train").getInteger("CANCELLED", 0)).isZero();
    }

    private static JsonObject counts(String name) {
        return client.get("/api/jobs/counts?name=" + name).json().getJsonObject("counts");
    }

    @Test
    @Order(10)
    void columns_are_remembered_and_a_view_is_kept_under_a_name_and_opened_again() {
        String heads = "[...document.querySelectorAll('.list th')].map(h => h.textContent)";
        go("#/jobs?status=CANCELLED&q=bulk");
        browser.until(heads + ".includes('Node')");
        String box = "[...document.querySelectorAll('.columns-menu label')].find(l => l.textContent.trim() === '%s')";
        browser.click(".columns-menu summary");
        browser.eval(box.formatted("Node") + ".click()");
        browser.eval(box.formatted("Exit code") + ".click()");
        browser.until("!" + heads + ".includes('Node') && " + heads + ".includes('Exit code')");
        picture("work-columns");
        browser.eval("location.reload()");
        browser.until(heads + ".includes('Exit code') && !" + heads + ".includes('Node')");
        browser.click(".list-tools details:not(.columns-menu) summary");
        browser.type("input[name=view]", "dropped");
        press("Save");
        picture("work-views");
        go("#/jobs");
        browser.until("[...document.querySelectorAll('.list-tools a')].some(a => a.textContent === 'dropped')");
        browser.eval("[...document.querySelectorAll('.list-tools a')].find(a => a.textContent === 'dropped').click()");
        browser.until("location.hash.includes('status=CANCELLED') && location.hash.includes('q=bulk')"
                + " && location.hash.includes('cols=')");
        browser.eval("localStorage.removeItem('aiwm.columns')");
        browser.eval("location.reload()");
        browser.until(heads + ".includes('Exit code') && !" + heads + ".includes('Node')");
        browser.eval("localStorage.removeItem('aiwm.views')");
    }

    @Test
    @Order(11)
    void each_of_these_in_both_themes_and_three_widths_breaks_no_rule_of_wcag() {
        var axe = new Axe();
        var wrong = new ArrayList<String>();
        Map<String, String> pages = pages();
        for (String theme : List.of("dark", "light")) {
            browser.prefer(theme);
            for (int width : WIDTHS) {
                browser.resize(width, HEIGHT);
                pages.forEach((hash, whole) -> {
                    go(hash);
                    browser.until(whole);
                    String at = hash + " " + theme + " " + width + ": ";
                    axe.violations(browser).forEach(found -> wrong.add(at + found));
                    if (!Boolean.TRUE.equals(browser.eval("document.documentElement.scrollWidth <= innerWidth"))) {
                        wrong.add(at + "it scrolls sideways");
                    }
                    String file =
                            hash.replaceAll("(ex|sch|job)_[a-z0-9]+", "$1").replaceAll("[^a-z0-9]+", "-");
                    picture("work" + file + "-" + theme + "-" + width);
                });
            }
        }
        browser.prefer("dark");
        browser.resize(ShownPage.WIDTH, ShownPage.HEIGHT);
        assertThat(wrong).isEmpty();
        assertThat(browser.complaints()).noneMatch(said -> said.contains("Content Security Policy"));
        assertThat(browser.complaints()).noneMatch(said -> said.contains("exceptionId"));
    }

    private static Map<String, String> pages() {
        for (String name : List.of("nightly report", "every quarter", "old")) {
            var wanted = new JsonObject()
                    .put("name", name)
                    .put("cron", name.startsWith("every") ? "*/15 * * * *" : "30 2 * * 1-5")
                    .put("timeZone", "Europe/Berlin")
                    .put("enabled", !name.equals("old"))
                    .put(
                            "job",
                            words("exit " + name.length() % 2)
                                    .put("requirements", new JsonObject().put("runtime", "process")));
            String id =
                    client.expect(201, client.post("/api/schedules", wanted)).getString("id");
            client.expect(201, client.post("/api/schedules/" + id + "/run", new JsonObject()));
        }
        String schedule = items("/api/schedules").getJsonObject(0).getString("id");
        String large = items("/api/executions?name=large").getJsonObject(0).getString("id");
        String flaky = items("/api/executions?name=flaky").getJsonObject(1).getString("id");
        String sweep = items("/api/jobs?name=sweep").getJsonObject(0).getString("id");
        var pages = new LinkedHashMap<String, String>();
        pages.put("#/executions", ROWS + " > 3");
        pages.put(
                "#/executions/" + flaky + "?step=1",
                "document.querySelector('.relations') && document.querySelector('.inspector .tries')");
        pages.put("#/executions/" + release + "?view=timeline", "document.querySelector('.time-bar')");
        pages.put("#/executions/" + release + "?view=timeline&idle=hidden", "document.querySelector('.time-cut')");
        pages.put("#/executions/" + large, "document.querySelectorAll('.step-box').length === 47");
        pages.put("#/schedules", ROWS + " === 3");
        pages.put("#/schedules/" + schedule, "document.querySelector('.inspector .rows .st')");
        pages.put(
                "#/schedules/" + schedule + "/change",
                "document.querySelectorAll('#schedule-form .next-runs li').length === 5");
        pages.put("#/schedules/new", "document.querySelector('#schedule-form')");
        pages.put("#/jobs/" + sweep + "/tasks", "document.querySelectorAll('.inspector .rows li').length === 12");
        pages.put("#/jobs/new?like=" + sweep, "document.querySelector('#job-form textarea[name=command]')?.value");
        pages.put(
                "#/jobs?cols=Status,Name,Exit code,Id",
                "document.querySelectorAll('.list tbody tr[data-id]').length > 5");
        return pages;
    }
}
