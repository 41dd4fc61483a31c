package io.aiwm;

import static io.aiwm.testing.PageWork.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.PageLooks;
import io.aiwm.testing.PageWork;
import io.aiwm.testing.ShownPage;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
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
 * Jobs and schedules on the page, against the real jar and a worker that runs plain processes. What was done is asked of REST.
 * Needs Chromium and the built jar.
 */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardJobsIT {
    private static final String MAIN = "document.querySelector('main').innerText";
    private static final String SIDE = "document.querySelector('.inspector').innerText";
    private static final String ROWS = "document.querySelectorAll('.list tbody tr[data-id]').length";
    /** More than a list reads at first. */
    private static final int MANY = 230;

    @TempDir
    static Path folder;

    @RegisterExtension
    static final ShownPage PAGE = ShownPage.of(Map.of());

    private static PageWork work;
    private static Browser browser;

    @BeforeAll
    static void open() {
        work = new PageWork(PAGE, folder);
        browser = PAGE.browser();
        PAGE.signIn("admin", "#/schedules");
    }

    @AfterAll
    static void close() {
        if (work != null) {
            work.close();
        }
    }

    @Test
    @Order(1)
    void a_schedule_shows_its_next_runs_before_it_is_made_and_is_paused_run_changed_and_deleted() {
        PAGE.go("#/schedules/new");
        browser.type("#schedule-form input[name=name]", "nightly");
        browser.type("#schedule-form input[name=timeZone]", "Europe/Berlin");
        browser.type("#schedule-form input[name=cron]", "61 2 * * *");
        browser.until("document.querySelector('#f-cron.fail')");
        PAGE.press("Every night");
        browser.until("document.querySelectorAll('#schedule-form .next-runs li').length === 5");
        assertThat(browser.eval("document.querySelector('#schedule-form .next-runs').innerText.includes('02:30')"))
                .isEqualTo(true);
        assertThat(work.items("/api/schedules")).isEmpty();
        PAGE.press("JSON");
        PAGE.write("{\"command\":[\"sh\",\"-c\",\"echo hi\"],\"requirements\":{\"runtime\":\"process\"}}");
        PAGE.press("Create schedule");
        await().until(() -> work.items("/api/schedules").size() == 1);
        JsonObject made = work.items("/api/schedules").getJsonObject(0);
        String path = "/api/schedules/" + made.getString("id");
        assertThat(made.getString("timeZone")).isEqualTo("Europe/Berlin");
        assertThat(made.getString("cron")).isEqualTo("30 2 * * *");
        PAGE.press("Pause");
        await().until(() -> !work.at(path).getBoolean("enabled"));
        browser.until("document.querySelector('.inspector .st').textContent === 'Paused'");
        PAGE.press("Resume");
        await().until(() -> work.at(path).getBoolean("enabled"));
        PAGE.press("Run now");
        await().until(() -> work.at(path).getJsonArray("lastRuns").stream()
                .anyMatch(run -> "COMPLETED".equals(((JsonObject) run).getString("jobStatus"))));
        browser.until("document.querySelector('.inspector .rows .st')?.textContent === 'Done'");
        PAGE.go("#/schedules/" + made.getString("id") + "/change");
        browser.type("#schedule-form input[name=cron]", "0 4 * * 1");
        PAGE.press("Change the schedule");
        await().until(() -> "0 4 * * 1".equals(work.at(path).getString("cron")));
        assertThat(work.at(path).getJsonObject("job").getJsonArray("command")).containsExactly("sh", "-c", "echo hi");
        browser.until(SIDE + ".includes('0 4 * * 1')");
        PAGE.press("Delete");
        PAGE.press("Yes, delete");
        await().until(() -> work.client().get(path).status() == 404);
        browser.until("document.querySelector('.empty')");
    }

    @Test
    @Order(2)
    void a_job_that_failed_is_opened_in_the_form_changed_and_run_again() {
        String id = work.job("train", words("exit 7").put("maxRetries", 0).put("env", new JsonObject().put("A", "1")));
        await().until(() -> "FAILED".equals(work.statusOf("/api/jobs/" + id)));
        PAGE.go("#/jobs/" + id);
        browser.until("[...document.querySelectorAll('a')].some(a => a.textContent === 'Edit and run again')");
        browser.eval("[...document.querySelectorAll('a')].find(a => a.textContent === 'Edit and run again').click()");
        browser.until(
                "document.querySelector('#job-form textarea[name=command]')?.value === '[\"sh\",\"-c\",\"exit 7\"]'");
        PAGE.press("JSON");
        browser.until("JSON.parse(document.querySelector('textarea[name=json]').value).env.A === '1'");
        PAGE.press("Fields");
        browser.type("#job-form textarea[name=command]", "[\"sh\",\"-c\",\"exit 0\"]");
        PAGE.press("Submit");
        browser.until("location.hash.startsWith('#/jobs/job_') && !location.hash.includes('" + id + "')");
        String again = String.valueOf(browser.eval("location.hash.slice(7)"));
        await().until(() -> "COMPLETED".equals(work.statusOf("/api/jobs/" + again)));
        JsonObject made = work.at("/api/jobs/" + again);
        assertThat(made.getJsonObject("env").getString("A")).isEqualTo("1");
        assertThat(made.getJsonObject("requirements").getString("runtime")).isEqualTo("process");
    }

    @Test
    @Order(3)
    void tasks_of_an_array_are_counted_drawn_and_narrowed_to_those_that_failed() {
        String id = work.job(
                "sweep", words("test $AIWM_ARRAY_INDEX -ne 7").put("count", 12).put("tolerance", 5));
        await().atMost(Duration.ofSeconds(60)).until(() -> "COMPLETED".equals(work.statusOf("/api/jobs/" + id)));
        PAGE.go("#/jobs/" + id + "/tasks");
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
    @Order(4)
    void an_action_on_all_that_a_filter_finds_is_counted_before_and_reaches_those_not_read() {
        IntStream.range(0, MANY)
                .forEach(i -> work.job(
                        "bulk",
                        words("true")
                                .put(
                                        "requirements",
                                        new JsonObject()
                                                .put("runtime", "process")
                                                .put("labelSelector", "pool=none"))));
        PAGE.go("#/jobs?q=ULK");
        browser.until(ROWS + " > 10 && " + MAIN + ".includes('" + MANY + " jobs')");
        selectAllOfThem();
        browser.eval("(() => { const s = document.querySelector('.bulk select[name=priority]'); s.value = 'high';"
                + " s.dispatchEvent(new Event('change', { bubbles: true })); })()");
        PAGE.press("Set priority");
        browser.until(MAIN + ".includes('230 jobs set to high')");
        assertThat(work.items("/api/jobs?name=bulk&pageSize=1000"))
                .hasSize(MANY)
                .allSatisfy(job ->
                        assertThat(((JsonObject) job).getInteger("priority")).isEqualTo(75));
        oneIsLessUrgent(work.items("/api/jobs?name=bulk&pageSize=1").getJsonObject(0));
        selectAllOfThem();
        PAGE.press("Cancel");
        browser.until(
                "document.querySelector('.bulk .confirm')?.innerText.includes('Cancel 230 jobs that the filter finds?')");
        PAGE.press("Yes, cancel them");
        await().until(() -> counts("bulk").getInteger("CANCELLED", 0) == MANY);
        browser.until(MAIN + ".includes('230 jobs cancelled')");
        assertThat(counts("train").getInteger("CANCELLED", 0)).isZero();
    }

    private static void oneIsLessUrgent(JsonObject job) {
        String id = job.getString("id");
        PAGE.go("#/jobs/" + id + "?q=ULK");
        browser.until("document.querySelector('.inspector select[name=priority]')?.value === 'high'");
        browser.eval("(() => { const s = document.querySelector('.inspector select[name=priority]'); s.value = 'low';"
                + " s.dispatchEvent(new Event('change', { bubbles: true })); })()");
        await().until(() -> work.at("/api/jobs/" + id).getInteger("priority") == 25);
        browser.until("document.querySelector('.inspector select[name=priority]')?.value === 'low'");
        PAGE.go("#/jobs?q=ULK");
        browser.until("!document.querySelector('.inspector')");
    }

    private static void selectAllOfThem() {
        browser.click("th.pick input");
        browser.until(MAIN + ".includes('200 selected')");
        PAGE.press("Select all " + MANY + " that the filter finds");
    }

    private static JsonObject counts(String name) {
        return work.at("/api/jobs/counts?name=" + name).getJsonObject("counts");
    }

    @Test
    @Order(5)
    void columns_are_remembered_and_a_view_is_kept_under_a_name_and_opened_again() {
        String heads = "[...document.querySelectorAll('.list th')].map(h => h.textContent)";
        PAGE.go("#/jobs?status=CANCELLED&q=bulk");
        browser.until(heads + ".includes('Node')");
        String box = "[...document.querySelectorAll('.columns-menu label')].find(l => l.textContent.trim() === '%s')";
        browser.click(".columns-menu summary");
        browser.eval(box.formatted("Node") + ".click()");
        browser.eval(box.formatted("Exit code") + ".click()");
        browser.until("!" + heads + ".includes('Node') && " + heads + ".includes('Exit code')");
        PAGE.picture("work-columns");
        PAGE.reload();
        browser.until(heads + ".includes('Exit code') && !" + heads + ".includes('Node')");
        browser.click(".list-tools details:not(.columns-menu) summary");
        browser.type("input[name=view]", "dropped");
        PAGE.press("Save");
        PAGE.picture("work-views");
        PAGE.go("#/jobs");
        browser.until("[...document.querySelectorAll('.list-tools a')].some(a => a.textContent === 'dropped')");
        browser.eval("[...document.querySelectorAll('.list-tools a')].find(a => a.textContent === 'dropped').click()");
        browser.until("location.hash.includes('status=CANCELLED') && location.hash.includes('q=bulk')"
                + " && location.hash.includes('cols=')");
        browser.eval("localStorage.removeItem('aiwm.columns')");
        PAGE.reload();
        browser.until(heads + ".includes('Exit code') && !" + heads + ".includes('Node')");
        browser.eval("localStorage.removeItem('aiwm.views')");
    }

    @Test
    @Order(6)
    void each_of_these_in_both_themes_and_three_widths_breaks_no_rule_of_wcag() {
        schedules();
        String schedule = work.items("/api/schedules").getJsonObject(0).getString("id");
        String sweep = work.items("/api/jobs?name=sweep").getJsonObject(0).getString("id");
        var pages = new LinkedHashMap<String, String>();
        pages.put("#/schedules", ROWS + " === 3");
        pages.put("#/schedules/" + schedule, "document.querySelector('.inspector .rows .st')");
        pages.put(
                "#/schedules/" + schedule + "/change",
                "document.querySelectorAll('#schedule-form .next-runs li').length === 5");
        pages.put("#/schedules/new", "document.querySelector('#schedule-form')");
        pages.put("#/jobs/" + sweep + "/tasks", "document.querySelectorAll('.inspector .rows li').length === 12");
        pages.put("#/jobs/new?like=" + sweep, "document.querySelector('#job-form textarea[name=command]')?.value");
        pages.put("#/jobs?cols=Status,Name,Exit code,Id", ROWS + " > 5");
        assertThat(new PageLooks(browser).wrong(pages)).isEmpty();
        assertThat(browser.complaints()).noneMatch(said -> said.contains("Content Security Policy"));
        assertThat(browser.complaints()).noneMatch(said -> said.contains("exceptionId"));
    }

    @Test
    @Order(7)
    void in_a_log_one_goes_from_what_was_found_to_the_next_and_back() {
        String id = work.job(
                "chatty",
                words("for i in $(seq 300); do case $i in 40|150|260) echo needle $i;; *) echo line $i;; esac; done"));
        await().until(() -> "COMPLETED".equals(work.statusOf("/api/jobs/" + id)));
        PAGE.go("#/jobs/" + id);
        browser.until("document.querySelector('.inspector .title')?.textContent === 'chatty'");
        PAGE.press("Log");
        String bar = "document.querySelector('.log-bar').innerText";
        browser.until("document.querySelector('.log-bar') && " + bar + ".includes('300 lines') && " + bar
                + ".includes('Ended')");
        browser.eval("document.querySelector('.log-lines').scrollTop = 0");
        browser.type(".log-bar input[name=find]", "NEEDLE");
        browser.until(bar + ".includes('3 found')");
        for (String at : List.of("1 of 3|40", "2 of 3|150", "3 of 3|260", "1 of 3|40")) {
            browser.press("Enter");
            foundAt(at);
        }
        browser.eval("document.querySelector('.log-bar input[name=find]').dispatchEvent(new KeyboardEvent('keydown',"
                + " {key: 'Enter', shiftKey: true, bubbles: true}))");
        foundAt("3 of 3|260");
        browser.click(".log-bar [aria-label^=\"The one before\"]");
        foundAt("2 of 3|150");
        browser.click(".log-bar .check input");
        browser.click(".log-bar [aria-label^=\"The next one\"]");
        foundAt("3 of 3|260");
        assertThat(new PageLooks(browser).wrongHere("work-log-found")).isEmpty();
        browser.click(".log-bar .check input");
        browser.click(".dock-tab.front [aria-label^=Close]");
    }

    /** @param at what is said of the place, and the number of the needle, which is to be seen whole */
    private static void foundAt(String at) {
        String[] parts = at.split("\\|");
        browser.until("(() => { const line = document.querySelector('.line.at');"
                + " if (line?.textContent !== 'needle " + parts[1] + "') return false;"
                + " const one = line.getBoundingClientRect();"
                + " const all = document.querySelector('.log-lines').getBoundingClientRect();"
                + " return one.top >= all.top && one.bottom <= all.bottom"
                + " && document.querySelector('.log-bar').innerText.includes('" + parts[0] + "'); })()");
    }

    @Test
    @Order(8)
    void what_is_on_screen_is_copied_as_a_command_at_every_width() {
        String id = work.items("/api/jobs?name=chatty").getJsonObject(0).getString("id");
        PAGE.go("#/jobs/" + id);
        browser.click(".copy-as summary");
        browser.until(
                "document.querySelector('.copy-as .menu-panel')?.innerText.includes('aiwm jobs cancel " + id + "')");
        assertThat(new PageLooks(browser).wrongHere("work-copy-as")).isEmpty();
        browser.resize(400, 800);
        browser.until("(() => { const at = document.querySelector('.copy-as .menu-panel').getBoundingClientRect();"
                + " return at.width > 300 && at.left >= 0 && at.right <= innerWidth; })()");
        browser.resize(ShownPage.WIDTH, ShownPage.HEIGHT);
        browser.click(".copy-as summary");
    }

    /** Each with a run. */
    private static void schedules() {
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
            var client = work.client();
            String id =
                    client.expect(201, client.post("/api/schedules", wanted)).getString("id");
            client.expect(201, client.post("/api/schedules/" + id + "/run", new JsonObject()));
        }
    }
}
