package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.job.Schedules;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.secret.RegistryPasswords;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Schedules over REST, over a real store. */
@Timeout(60)
class ScheduleResourceTest {
    private static final String NIGHTLY =
            "{'name':'nightly','cron':'30 2 * * *','timeZone':'Europe/Berlin','job':{'image':'busybox'}}";

    @TempDir
    Path folder;

    private Fleet fleet;
    private TestServer server;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        var jobs = new Jobs(fleet.executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS);
        var schedules = new Schedules(fleet.store, jobs, fleet.executions, fleet.now::get, true);
        var waiters = new CompletionWaiters(fleet.vertx, fleet.executions, InstantSource.system(), true);
        server = new TestServer(List.of(
                new ScheduleResource(schedules, jobs, fleet.keys),
                new JobResource(jobs, null, fleet.files, null, fleet.executions, waiters, fleet.keys)));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private HttpResponse<String> call(String method, String path, String body, String... headers) {
        return server.call(method, path, "operator", body == null ? null : body.replace('\'', '"'), headers);
    }

    private List<String> refused(String body) {
        var answer = call("POST", "/api/schedules", body);
        assertThat(answer.statusCode()).as(answer.body()).isIn(400, 422);
        return new JsonObject(answer.body())
                .getJsonArray("errors", new JsonArray()).stream()
                        .map(error -> ((JsonObject) error).getString("pointer"))
                        .toList();
    }

    @Test
    void a_schedule_is_made_shown_replaced_paused_run_and_deleted() {
        var answer = call("POST", "/api/schedules", NIGHTLY, "Idempotency-Key", "k");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        JsonObject made = new JsonObject(answer.body());
        String path = answer.headers().firstValue("Location").orElseThrow();
        assertThat(path).isEqualTo("/api/schedules/" + made.getString("id"));
        assertThat(made.getJsonArray("nextRuns").getString(0)).isEqualTo("2026-11-21T01:30:00Z");
        assertThat(call("POST", "/api/schedules", NIGHTLY, "Idempotency-Key", "k")
                        .body())
                .contains(made.getString("id"));
        assertThat(new JsonObject(
                                call("GET", "/api/schedules?name=nightly", null).body())
                        .getInteger("totalSize"))
                .isEqualTo(1);
        assertThat(call("PUT", path, NIGHTLY.replace("30 2", "0 3"), "If-Match", "\"7\"")
                        .statusCode())
                .isEqualTo(412);
        assertThat(call("PUT", path, NIGHTLY.replace("30 2", "0 3"), "If-Match", "\"1\"")
                        .body())
                .contains("2026-11-21T02:00:00Z");
        assertThat(new JsonObject(call("POST", path + "/pause", null).body()).getBoolean("enabled"))
                .isFalse();
        var run = call("POST", path + "/run", null);
        assertThat(run.statusCode()).isEqualTo(201);
        String jobId = new JsonObject(run.body()).getString("id");
        assertThat(call("GET", "/api/jobs?scheduleId=" + made.getString("id"), null)
                        .body())
                .contains(jobId);
        assertThat(new JsonObject(call("POST", path + "/resume", null).body()).getBoolean("enabled"))
                .isTrue();
        assertThat(call("GET", path, null).body()).contains("\"by\":\"operator\"", jobId);
        assertThat(call("DELETE", path, null).statusCode()).isEqualTo(204);
        assertThat(call("GET", path, null).statusCode()).isEqualTo(404);
        assertThat(call("GET", "/api/jobs/" + jobId, null).statusCode()).isEqualTo(200);
    }

    @Test
    void the_next_times_are_told_before_anything_is_made() {
        var plan = server.call(
                "POST",
                "/api/schedules/plan",
                "viewer",
                "{\"cron\":\"30 2 * * *\",\"timeZone\":\"Europe/Berlin\",\"endAt\":\"2026-11-23T12:00:00Z\"}");
        assertThat(plan.statusCode()).as(plan.body()).isEqualTo(200);
        assertThat(new JsonObject(plan.body()).getJsonArray("nextRuns"))
                .containsExactly("2026-11-21T01:30:00Z", "2026-11-22T01:30:00Z", "2026-11-23T01:30:00Z");
        var wrong = call("POST", "/api/schedules/plan", "{'cron':'61 * * * *','timeZone':'Mars/Olympus'}");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(wrong.body()).contains("\"/cron\"", "\"/timeZone\"");
        assertThat(new JsonObject(call("GET", "/api/schedules", null).body()).getInteger("totalSize"))
                .isZero();
    }

    @Test
    void a_list_says_what_became_of_the_newest_run() {
        String path = call("POST", "/api/schedules", NIGHTLY)
                .headers()
                .firstValue("Location")
                .orElseThrow();
        String first = id(call("POST", path + "/run", null));
        String second = id(call("POST", path + "/run", null));
        assertThat(call("POST", "/api/jobs/" + second + "/cancel", null).statusCode())
                .isEqualTo(200);
        var runs = new JsonObject(call("GET", "/api/schedules", null).body())
                .getJsonArray("items")
                .getJsonObject(0)
                .getJsonArray("lastRuns");
        assertThat(runs.getJsonObject(0).getString("jobId")).isEqualTo(second);
        assertThat(runs.getJsonObject(0).getString("jobStatus"))
                .isEqualTo(
                        new JsonObject(call("GET", "/api/jobs/" + second, null).body()).getString("status"));
        assertThat(runs.getJsonObject(1).getString("jobId")).isEqualTo(first);
    }

    private static String id(HttpResponse<String> made) {
        return new JsonObject(made.body()).getString("id");
    }

    @Test
    void every_mistake_is_named_at_once() {
        assertThat(refused("{'name':'a','cron':'61 * * * *','timeZone':'Mars/Olympus',"
                        + "'startAt':'2027-01-02T00:00:00Z','endAt':'2027-01-01T00:00:00Z',"
                        + "'job':{'image':'No Image','env':{'1':''}}}"))
                .containsExactlyInAnyOrder("/cron", "/timeZone", "/endAt", "/job/image", "/job/env/1");
        assertThat(refused("{'name':'a','cron':'0 0 30 2 *','job':{'image':'a'}}"))
                .containsExactly("/cron");
        assertThat(refused("{'name':'a','cron':'@daily','startAt':'+999999998-01-01T00:00:00Z',"
                        + "'endAt':'+999999999-01-01T00:00:00Z','job':{'image':'a'}}"))
                .containsExactlyInAnyOrder("/startAt", "/endAt");
        assertThat(refused("{'name':'a','cron':'@daily','endAt':'2020-01-01T00:00:00Z','job':{'image':'a'}}"))
                .containsExactly("/endAt");
        assertThat(refused("{'name':'a','job':{'image':'a','nope':1},'overlap':'maybe'}"))
                .containsExactlyInAnyOrder("/cron", "/job/nope", "/overlap");
        assertThat(refused("{'name':'a','cron':'@daily','job':{'image':'a'},'startAt':'tomorrow'}"))
                .containsExactly("/startAt");
    }
}
