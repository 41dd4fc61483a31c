package io.aiwm.controller.job;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.execution.StepState;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When schedules are due, and what is made up for. */
class ScheduledTimesTest extends ScheduleRig {
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
}
