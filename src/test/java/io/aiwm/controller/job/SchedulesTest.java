package io.aiwm.controller.job;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.deployment.DyingStore;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.testing.Spoiled;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Schedules over a real store, with a clock that the test turns. It shows midnight, UTC, of 21 November 2026. */
@Timeout(120)
class SchedulesTest {
    @TempDir
    Path folder;

    private Fleet fleet;
    private Schedules schedules;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        schedules = on(fleet.store);
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private Schedules on(io.aiwm.controller.store.DocumentStore store) {
        var executions = fleet.executionsOn(store);
        return new Schedules(
                store,
                new Jobs(executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS),
                executions,
                fleet.now::get,
                false);
    }

    private static ScheduleRequest wanted(String more) {
        String body = "{'name':'nightly','cron':'0 * * * *','job':{'image':'busybox'}" + more + "}";
        return Json.decode(new JsonObject(body.replace('\'', '"')), ScheduleRequest.class);
    }

    private String made(String more) {
        return await(schedules.create("sch_1", wanted(more), "ann")).getString("id");
    }

    private void at(String time) {
        fleet.now.set(Instant.parse("2026-11-" + time));
    }

    private void runAt(String time) {
        at(time);
        await(schedules.run());
    }

    private List<Execution> jobs() {
        return await(fleet.executions.find(io.aiwm.controller.store.Query.where(
                                io.aiwm.controller.store.Query.Condition.eq("resourceId", "sch_1"))
                        .orderBy("id", false)))
                .items();
    }

    private List<String> reasons() {
        var reasons = new ArrayList<String>();
        lastRuns().forEach(run -> reasons.add(String.valueOf(((JsonObject) run).getString("reason"))));
        return reasons;
    }

    private JsonArray lastRuns() {
        return await(schedules.get("sch_1")).getJsonArray("lastRuns");
    }

    @Test
    void a_job_is_made_when_it_is_due_and_once() {
        made("");
        assertThat(await(schedules.get("sch_1")).getJsonArray("nextRuns"))
                .hasSize(5)
                .startsWith("2026-11-21T01:00:00Z", "2026-11-21T02:00:00Z");
        runAt("21T00:59:59Z");
        assertThat(jobs()).isEmpty();
        runAt("21T01:00:00Z");
        runAt("21T01:00:01Z");
        assertThat(jobs()).singleElement().satisfies(job -> {
            assertThat(job.name()).isEqualTo("nightly");
            assertThat(job.phase()).isEqualTo(StepState.ASSIGNED);
        });
        JsonObject run = lastRuns().getJsonObject(0);
        assertThat(run.getString("at")).isEqualTo("2026-11-21T01:00:00Z");
        assertThat(run.getString("jobId")).isEqualTo(jobs().get(0).id());
        assertThat(run.getString("jobStatus")).isEqualTo("ASSIGNED");
        runAt("21T02:00:00Z");
        assertThat(jobs()).hasSize(2);
        var ofIt = new JobFilter(null, null, null, null, List.of("sch_1"), null, null);
        assertThat(await(fleet.executions.count(ofIt.conditions()))).isEqualTo(2);
    }

    @Test
    void the_time_of_change_moves_with_every_run() {
        made("");
        runAt("21T01:00:00Z");
        assertThat(await(schedules.get("sch_1")).getString("updatedAt")).isEqualTo("2026-11-21T01:00:00Z");
        at("21T01:30:00Z");
        await(schedules.runNow("sch_1", "job_x", "ben"));
        assertThat(await(schedules.get("sch_1")).getString("updatedAt")).isEqualTo("2026-11-21T01:30:00Z");
        runAt("21T02:00:00Z");
        assertThat(lastRuns()).hasSize(3);
    }

    @Test
    void what_was_missed_runs_not_at_all_or_the_latest_or_all() {
        made("");
        runAt("21T05:30:00Z");
        assertThat(jobs()).isEmpty();
        assertThat(reasons()).singleElement().asString().contains("missed 5 times", "catchUp is none");
        runAt("21T06:00:00Z");
        assertThat(jobs()).as("and goes on").hasSize(1);

        await(schedules.delete("sch_1"));
        made(",'catchUp':'latest'");
        runAt("21T10:30:00Z");
        assertThat(jobs()).hasSize(2);
        assertThat(reasons()).containsExactly("null", "missed 3 times: no controller was there, and catchUp is latest");

        await(schedules.delete("sch_1"));
        made(",'catchUp':'all'");
        runAt("21T13:30:00Z");
        assertThat(jobs()).hasSize(5);
        assertThat(lastRuns()).hasSize(3);
    }

    @Test
    void a_time_that_is_only_just_past_is_not_missed() {
        made("");
        runAt("21T03:00:30Z");
        assertThat(jobs()).hasSize(1);
        assertThat(reasons()).containsExactly("null", "missed 2 times: no controller was there, and catchUp is none");
    }

    @Test
    void a_long_absence_costs_a_hundred_runs_and_not_more() {
        made("");
        await(schedules.replace(
                "sch_1",
                ScheduleRequestBuilder.builder()
                        .name("each minute")
                        .cron("* * * * *")
                        .catchUp(Schedule.CatchUp.ALL)
                        .enabled(true)
                        .job(new JsonObject().put("image", "busybox"))
                        .build(),
                null));
        fleet.now.set(Instant.parse("2027-02-21T00:00:00Z"));
        await(schedules.run());
        assertThat(jobs()).hasSize(100);
        String last = Schedules.PREFIX + "_1\n"
                + Instant.parse("2027-02-21T00:00:00Z").toEpochMilli();
        assertThat(jobs().get(99).id())
                .isEqualTo(io.aiwm.common.Ids.of(
                        "job", Instant.parse("2027-02-21T00:00:00Z").toEpochMilli(), last));
    }

    @Test
    void a_run_that_is_due_while_another_is_open_follows_the_overlap_policy() {
        made(",'overlap':'skip'");
        runAt("21T01:00:00Z");
        runAt("21T02:00:00Z");
        assertThat(jobs()).hasSize(1);
        assertThat(reasons().get(0)).isEqualTo("skipped: job " + jobs().get(0).id() + " was still running");
        fleet.work(jobs().get(0).id());
        runAt("21T03:00:00Z");
        assertThat(jobs()).hasSize(2);

        await(schedules.delete("sch_1"));
        made(",'overlap':'cancelRunning'");
        runAt("21T04:00:00Z");
        assertThat(jobs()).hasSize(3);
        assertThat(jobs().get(1).cancelReason()).isEqualTo("the next run is due");
        assertThat(jobs().get(2).cancelAsked()).isFalse();

        await(schedules.delete("sch_1"));
        made("");
        runAt("21T05:00:00Z");
        assertThat(jobs()).hasSize(4);
        assertThat(jobs().get(3).phase()).isEqualTo(StepState.ASSIGNED);
    }

    @Test
    void a_paused_schedule_is_not_due_and_makes_up_for_nothing_later() {
        made(",'catchUp':'all'");
        await(schedules.enable("sch_1", false));
        assertThat(await(schedules.get("sch_1")).getJsonArray("nextRuns")).isEmpty();
        runAt("21T05:30:00Z");
        await(schedules.enable("sch_1", true));
        await(schedules.run());
        assertThat(jobs()).isEmpty();
        runAt("21T06:00:00Z");
        assertThat(jobs()).hasSize(1);
    }

    @Test
    void it_is_due_from_its_start_to_its_end_both_included() {
        made(",'startAt':'2026-11-21T03:00:00Z','endAt':'2026-11-21T04:00:00Z','catchUp':'all'");
        assertThat(await(schedules.get("sch_1")).getJsonArray("nextRuns"))
                .containsExactly("2026-11-21T03:00:00Z", "2026-11-21T04:00:00Z");
        runAt("21T02:00:00Z");
        assertThat(jobs()).isEmpty();
        runAt("22T00:00:00Z");
        assertThat(jobs()).hasSize(2);
        runAt("23T00:00:00Z");
        assertThat(jobs()).hasSize(2);
    }

    @Test
    void a_run_by_hand_is_told_beside_the_others_and_changes_no_time() {
        made("");
        await(schedules.enable("sch_1", false));
        Execution job = await(schedules.runNow("sch_1", "job_x", "ben"));
        assertThat(job.resourceId()).isEqualTo("sch_1");
        assertThat(lastRuns().getJsonObject(0).getString("by")).isEqualTo("ben");
        assertThat(lastRuns().getJsonObject(0).getString("jobId")).isEqualTo("job_x");
    }

    @Test
    void a_job_that_does_not_fit_any_more_is_told_and_the_schedule_goes_on() {
        await(schedules.create("sch_1", ofJob("{'image':'busybox','requirements':{'nodeId':'n1'}}"), "ann"));
        fleet.nodes.clear();
        runAt("21T01:00:00Z");
        assertThat(jobs()).isEmpty();
        assertThat(reasons().get(0)).contains("refused", "/requirements/nodeId");
        fleet.node("n1", NodeStatus.IDLE);
        runAt("21T02:00:00Z");
        assertThat(jobs()).hasSize(1);
    }

    private static ScheduleRequest ofJob(String job) {
        return ScheduleRequestBuilder.builder()
                .name("nightly")
                .cron("0 * * * *")
                .job(new JsonObject(job.replace('\'', '"')))
                .build();
    }

    @Test
    void a_secret_that_comes_back_masked_stays() {
        await(schedules.create("sch_1", ofJob("{'image':'busybox','env':{'API_TOKEN':'t0p','A':'b'}}"), "ann"));
        JsonObject shown = await(schedules.get("sch_1")).getJsonObject("job");
        assertThat(shown.getJsonObject("env").getString("API_TOKEN")).isEqualTo("***");
        await(schedules.replace("sch_1", ofJob(shown.encode()), 1L));
        runAt("21T01:00:00Z");
        assertThat(jobs().get(0)
                        .steps()
                        .get(0)
                        .spec()
                        .data()
                        .getJsonObject("env")
                        .getString("API_TOKEN"))
                .isEqualTo("t0p");
        var stale = schedules.replace("sch_1", ofJob("{'image':'busybox'}"), 1L);
        assertThat(await(stale.map(Failure.Kind.INTERNAL).otherwise(cause -> Failure.of(cause).kind)))
                .isEqualTo(Failure.Kind.PRECONDITION);
    }

    @Test
    void a_mask_that_stands_for_nothing_stored_is_no_value() {
        String auth = "'registryAuth':{'username':'u','password':'p'}";
        assertThat(refusal(Future.succeededFuture(ofJob("{'image':'busybox','env':{'API_TOKEN':'***'}}"))
                        .compose(wanted -> schedules.create("sch_0", wanted, "ann"))))
                .contains("/job/env/API_TOKEN");
        await(schedules.create("sch_1", ofJob("{'image':'ghcr.io/a','env':{'A':'b'}," + auth + "}"), "ann"));
        String masked = auth.replace("'p'", "'***'");
        assertThat(refusal(schedules.replace("sch_1", ofJob("{'image':'evil.example/a'," + masked + "}"), null)))
                .contains("/job/registryAuth/password");
        String elsewhere = masked.replace("'username'", "'registry':'evil.example','username'");
        assertThat(refusal(schedules.replace("sch_1", ofJob("{'image':'ghcr.io/a'," + elsewhere + "}"), null)))
                .contains("/job/registryAuth/password");
        assertThat(refusal(schedules.replace("sch_1", ofJob("{'image':'ghcr.io/a','env':{'B':'***'}}"), null)))
                .contains("/job/env/B");
        await(schedules.replace("sch_1", ofJob("{'image':'ghcr.io/a:2'," + masked + "}"), null));
        runAt("21T01:00:00Z");
        assertThat(jobs().get(0).steps().get(0).spec().data().encode()).contains("\"password\":\"p\"");
    }

    private static String refusal(Future<?> action) {
        return await(action.map("taken").otherwise(cause -> Failure.of(cause).kind + " " + cause.getMessage()));
    }

    @Test
    void neither_a_killed_controller_nor_a_second_one_makes_a_run_twice_or_loses_one() {
        made(",'overlap':'skip','catchUp':'all'");
        for (int hour = 1; hour <= 4; hour++) {
            at("21T0" + hour + ":00:00Z");
            for (int writes = 0; writes < 3; writes++) {
                var store = new DyingStore(fleet.store, writes);
                var looked = on(store).run();
                await().pollInterval(Duration.ofMillis(1)).until(() -> store.dead || looked.isComplete());
            }
            await(Future.all(schedules.run(), on(fleet.store).run()));
            assertThat(jobs()).hasSize(hour);
            fleet.work(jobs().get(hour - 1).id());
        }
        assertThat(lastRuns()).hasSize(4);
        assertThat(reasons()).containsOnly("null");
    }

    @Test
    void a_schedule_that_cannot_be_read_keeps_no_other_from_running_and_no_list_from_being_read() {
        made("");
        await(schedules.create("sch_0", wanted(""), "ann"));
        await(Spoiled.field(fleet.store, Schedules.COLLECTION, "sch_0", "createdAt"));
        runAt("21T01:00:00Z");
        assertThat(jobs()).hasSize(1);
        assertThat(await(schedules.find(List.of(), null, 10, null)).items())
                .extracting(shown -> shown.getString("id"))
                .containsExactly("sch_1");
    }
}
