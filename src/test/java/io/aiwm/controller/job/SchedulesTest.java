package io.aiwm.controller.job;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.DyingStore;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.testing.Spoiled;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What schedules run, what is secret in them, and how they outlive a controller. */
class SchedulesTest extends ScheduleRig {
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
