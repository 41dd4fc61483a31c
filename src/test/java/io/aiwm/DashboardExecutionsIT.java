package io.aiwm;

import static io.aiwm.testing.PageWork.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.http.Browser;
import io.aiwm.testing.PageLooks;
import io.aiwm.testing.PageWork;
import io.aiwm.testing.ShownPage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
import org.junit.jupiter.api.io.TempDir;

/**
 * Executions on the page, against the real jar and a worker that runs plain processes. What was done is asked of REST. Needs
 * Chromium and the built jar.
 */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardExecutionsIT {
    /** Of the worker; programs of steps look for their flags there, too. */
    @TempDir
    static Path folder;

    @RegisterExtension
    static final ShownPage PAGE = ShownPage.of(Map.of());

    private static PageWork work;
    private static Browser browser;
    /** The execution whose steps fail at first. */
    private static String release;

    @BeforeAll
    static void open() {
        work = new PageWork(PAGE, folder.resolve("worker"));
        release = work.execution("release", true, releaseSteps());
        await().atMost(Duration.ofSeconds(60)).until(() -> "FAILED".equals(statusOf(release)));
        browser = PAGE.browser();
        PAGE.signIn("admin", "#/executions/" + release + "?step=1");
    }

    @AfterAll
    static void close() {
        if (work != null) {
            work.close();
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

    private static String statusOf(String id) {
        return work.statusOf("/api/executions/" + id);
    }

    private static List<JsonObject> stepsOf(String id) {
        return work.at("/api/executions/" + id).getJsonArray("steps").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static List<Integer> attemptsOf(String id) {
        return stepsOf(id).stream().map(step -> step.getInteger("attempt")).toList();
    }

    private static List<String> statesOf(String id) {
        return stepsOf(id).stream().map(step -> step.getString("status")).toList();
    }

    @Test
    @Order(1)
    void one_failed_step_runs_again_with_what_waited_for_it_and_the_other_one_stays_failed() throws Exception {
        Files.createFile(folder.resolve("build"));
        PAGE.press("Retry this step");
        browser.until("document.querySelector('.inspector .confirm')?.innerText"
                + ".includes('Run build and publish again? 2 steps that are done stay.')");
        PAGE.picture("work-retry-asked");
        PAGE.press("Yes, retry");
        // in this order: it was FAILED before, too
        await().until(() -> attemptsOf(release).get(1) == 2 && "FAILED".equals(statusOf(release)));
        assertThat(attemptsOf(release)).containsExactly(1, 2, 1, 1, 1);
        assertThat(statesOf(release)).containsExactly("COMPLETED", "COMPLETED", "FAILED", "COMPLETED", "COMPLETED");
        browser.until("document.querySelector('.inspector .tries')?.children.length === 2");
    }

    @Test
    @Order(2)
    void all_from_a_step_on_run_again_once_though_the_controller_is_killed() throws Exception {
        Files.createFile(folder.resolve("lint"));
        PAGE.go("#/executions/" + release + "?step=0");
        browser.until("document.querySelector('.inspector .title')?.textContent === 'fetch'");
        PAGE.press("Retry from here");
        browser.until("document.querySelector('.inspector .confirm')?.innerText.includes('Run all 5 steps again?')");
        PAGE.press("Yes, retry");
        await().until(() -> attemptsOf(release).get(0) == 2);
        work.restartController();
        await().atMost(Duration.ofSeconds(60)).until(() -> "COMPLETED".equals(statusOf(release)));
        assertThat(attemptsOf(release)).containsExactly(2, 3, 2, 2, 2);
        browser.until("document.querySelector('#live')?.textContent.startsWith('Live')");
        browser.until("document.querySelector('.page-head .st')?.textContent === 'Done'");
    }

    @Test
    @Order(3)
    void one_selection_is_seen_as_graph_timeline_and_list_and_idle_time_is_hidden() {
        String id = work.execution(
                "flaky", true, new JsonArray().add(step("ok", "true")).add(step("bad", "exit 3", 0)));
        await().until(() -> "FAILED".equals(statusOf(id)));
        PAGE.go("#/executions/" + id);
        browser.until("document.querySelectorAll('.step-box').length === 2");
        browser.press(".");
        browser.until("location.hash.endsWith('step=1')"
                + " && document.querySelector('.step-box.picked')?.textContent.includes('bad')");
        browser.press("3");
        browser.until("document.querySelector('.pick-rows tr.picked')?.innerText.includes('bad')");
        PAGE.go("#/executions/" + release + "?view=list");
        browser.until("document.querySelectorAll('.pick-rows tbody tr').length === 5");
        browser.press("2");
        browser.until("document.querySelectorAll('.whole .time-row').length === 5");
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
        String id = work.execution("large", false, steps);
        PAGE.go("#/executions/" + id);
        browser.until("document.querySelectorAll('.step-box').length === 47");
        browser.until("[...document.querySelectorAll('.step-box')]"
                + ".some(b => b.textContent.includes('shard ×20') && b.textContent.includes('0/20 done'))");
        browser.until("document.querySelector('.minimap .seen')");
        browser.eval("(() => { const m = document.querySelector('.minimap').getBoundingClientRect();"
                + " document.querySelector('.minimap').dispatchEvent(new PointerEvent('pointerdown',"
                + " {buttons: 1, clientX: m.right - 2, clientY: m.top + m.height / 2, bubbles: true})); })()");
        browser.until("document.querySelector('.graph').scrollLeft > 500");
        PAGE.go("#/executions/" + id + "?step=7");
        browser.until("document.querySelector('.step-box.picked')?.textContent.includes('shard-6')");
        PAGE.press("Fold again");
        browser.until("document.querySelectorAll('.step-box').length === 47");
        PAGE.press("Fit");
        browser.until("document.querySelector('.graph svg').getBoundingClientRect().width"
                + " <= document.querySelector('.graph').clientWidth");
    }

    @Test
    @Order(5)
    void more_steps_than_can_be_told_apart_are_one_box_for_each_stage() {
        var steps = new JsonArray().add(step("start", "true"));
        for (int i = 0; i < 320; i++) {
            steps.add(step("" + (char) ('a' + i % 26) + (char) ('a' + i / 26), "true", 0));
        }
        String id = work.execution("huge", false, steps);
        PAGE.go("#/executions/" + id);
        browser.until("document.querySelectorAll('.step-box').length === 2"
                + " && document.querySelectorAll('.step-box')[1].textContent.includes('320 steps')");
        PAGE.picture("work-stages");
        browser.eval(
                "document.querySelectorAll('.step-box')[1].dispatchEvent(new MouseEvent('click', {bubbles: true}))");
        browser.until("document.querySelectorAll('.step-box').length === 8");
        PAGE.go("#/executions/" + id + "?step=200");
        browser.until("document.querySelector('.step-box.picked')?.textContent.includes('rh')"
                + " && document.querySelectorAll('.step-box').length === 57");
    }

    @Test
    @Order(6)
    void an_execution_is_changed_and_run_again_as_another_one() {
        PAGE.go("#/executions/" + release);
        PAGE.press("Edit and run again");
        browser.until("location.hash === '#/executions/new?like=" + release + "'"
                + " && document.querySelector('#execution-form textarea[name=json]')?.value.includes('\"release\"')");
        browser.eval("(() => { const t = document.querySelector('textarea[name=json]');"
                + " t.value = t.value.replace('\"release\"', '\"release, once more\"');"
                + " t.dispatchEvent(new Event('input', { bubbles: true })); })()");
        PAGE.press("Run");
        browser.until("location.hash.startsWith('#/executions/ex_') && !location.hash.includes('" + release + "')");
        String again = String.valueOf(browser.eval("location.hash.slice('#/executions/'.length)"));
        await().until(() -> "COMPLETED".equals(statusOf(again)));
        assertThat(work.at("/api/executions/" + again).getString("name")).isEqualTo("release, once more");
        assertThat(asked(again)).isEqualTo(asked(release));
    }

    /** What its steps were asked for, without what says whose they are. */
    private static List<String> asked(String id) {
        return stepsOf(id).stream()
                .map(step -> step.getString("name") + " " + step.getString("command") + " "
                        + step.getJsonArray("dependsOn") + " " + step.getJsonObject("requirements") + " "
                        + step.getJsonObject("data").getValue("command"))
                .toList();
    }

    @Test
    @Order(7)
    void one_goes_from_a_run_to_the_one_before_it() {
        String next = work.execution("flaky", true, new JsonArray().add(step("ok", "true")));
        await().until(() -> "COMPLETED".equals(statusOf(next)));
        PAGE.go("#/executions/" + next);
        browser.until("document.querySelector('.relations')?.innerText.includes('run before')");
        browser.click(".relations a");
        browser.until("!location.hash.includes('" + next + "') && document.querySelector('.relations')?.innerText"
                + ".includes('next run')");
    }

    @Test
    @Order(8)
    void a_row_is_retried_by_a_key_with_the_question_of_the_button_and_a_key_that_cannot_act_says_why() {
        String id = work.execution("keyed", true, new JsonArray().add(step("bad", "exit 3")));
        await().until(() -> "FAILED".equals(statusOf(id)));
        PAGE.go("#/executions?q=keyed");
        browser.until("document.querySelectorAll('tr[data-id]').length === 1"
                + " && document.querySelector('tr[data-id] .st')?.textContent === 'Failed'");
        browser.eval("document.querySelector('tr[data-id] a.open').focus()");
        browser.press("c");
        browser.until("document.querySelector('.announcer').textContent === 'It has ended'");
        browser.press("r");
        String asked = "document.querySelector('.row-ask')?.innerText.includes('Run bad again?')"
                + " && document.activeElement.textContent === 'Yes, retry'";
        browser.until(asked);
        browser.press("Escape");
        browser.until("!document.querySelector('.row-ask') && document.activeElement.textContent === 'keyed'");
        assertThat(attemptsOf(id)).containsExactly(1);
        browser.press("r");
        browser.until(asked);
        browser.press("Enter");
        await().until(() -> attemptsOf(id).get(0) == 2);
    }

    @Test
    @Order(9)
    void each_of_these_in_both_themes_and_three_widths_breaks_no_rule_of_wcag() {
        String large = work.items("/api/executions?name=large").getJsonObject(0).getString("id");
        String flaky = work.items("/api/executions?name=flaky").getJsonObject(1).getString("id");
        // as long as a name may be: what stands beside it stays whole, and can be hit
        work.execution("W".repeat(200), false, new JsonArray().add(step("W".repeat(60), "true")));
        var pages = new LinkedHashMap<String, String>();
        pages.put(
                "#/executions",
                "document.querySelector('.list a.open')?.textContent.startsWith('WWW') && document.querySelectorAll('.list tbody tr[data-id]').length > 3");
        pages.put(
                "#/executions/" + flaky + "?step=1",
                "document.querySelector('.relations') && document.querySelector('.inspector .tries')");
        pages.put("#/executions/" + release + "?view=timeline", "document.querySelector('.time-bar')");
        pages.put("#/executions/" + release + "?view=timeline&idle=hidden", "document.querySelector('.time-cut')");
        String huge = work.items("/api/executions?name=huge").getJsonObject(0).getString("id");
        pages.put("#/executions/" + huge, "document.querySelectorAll('.step-box').length === 2");
        pages.put("#/executions/" + large, "document.querySelectorAll('.step-box').length === 47");
        assertThat(new PageLooks(browser).wrong(pages)).isEmpty();
        assertThat(browser.complaints()).noneMatch(said -> said.contains("Content Security Policy"));
        assertThat(browser.complaints()).noneMatch(said -> said.contains("exceptionId"));
    }
}
