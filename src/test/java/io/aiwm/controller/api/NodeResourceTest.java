package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.http.TokenCheck;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.scheduler.SchedulerInput;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.aiwm.testing.TestSettings;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes over REST, with real tokens, over a real store. */
@Timeout(60)
class NodeResourceTest {
    @TempDir
    Path folder;

    /** A tenth is reserved; one failure is enough for a cooldown. */
    private static final Config.Scheduler SETTINGS = TestSettings.scheduler()
            .reservedCpu(0.1)
            .reservedMemory(0.1)
            .cooldownAfter(1)
            .build();

    private static final Config.Executions LIMITS = TestSettings.executions().build();

    private FleetUnderTest fleet;
    private Scheduler scheduler;
    private Executions executions;
    private SchedulerInput ledger;
    private TestServer server;
    private String admin;

    @BeforeEach
    void open() {
        fleet = new FleetUnderTest(folder, Executions.COLLECTION);
        scheduler = new Scheduler(SETTINGS, fleet.clock, true);
        executions = new Executions(fleet.store, scheduler, fleet.clock, LIMITS, true);
        ledger = new SchedulerInput(executions, fleet.nodes, scheduler, fleet.clock);
        fleet.admission.onUse(scheduler::uses);
        server = new TestServer(
                List.of(new NodeResource(
                        fleet.nodes, fleet.maintenance, fleet.tokens, fleet.clocks, scheduler::amounts, id -> null)),
                TokenCheck.of(fleet.jwt::verifyUser));
        admin = fleet.jwt.issueUser("admin", Role.ADMIN, Duration.ofMinutes(10)).token();
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private HttpResponse<String> call(String method, String path, String body, String... headers) {
        return server.call(method, path, admin, body, headers);
    }

    private static JsonObject json(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    @Test
    void a_node_is_made_read_changed_and_removed() {
        var made = call("POST", "/api/nodes", "{\"id\":\"gpu-1\",\"role\":\"gpu\",\"labels\":{\"pool\":\"train\"}}");
        assertThat(json(made, 201).getString("status")).isEqualTo("PENDING");
        assertThat(made.headers().firstValue("Location")).hasValue("/api/nodes/gpu-1");
        assertThat(json(call("POST", "/api/nodes", "{\"id\":\"gpu-1\"}"), 409).getString("code"))
                .isEqualTo("conflict");
        var read = call("GET", "/api/nodes/gpu-1", null);
        String etag = read.headers().firstValue("ETag").orElseThrow();
        var changed = json(
                call("PATCH", "/api/nodes/gpu-1", "{\"zone\":\"eu-1\",\"labels\":{\"pool\":null}}", "If-Match", etag),
                200);
        assertThat(changed.getString("zone")).isEqualTo("eu-1");
        assertThat(changed.getJsonObject("labels", new JsonObject())).isEmpty();
        json(call("PATCH", "/api/nodes/gpu-1", "{\"zone\":\"eu-2\"}", "If-Match", etag), 412);
        assertThat(json(call("PUT", "/api/nodes/gpu-1/schedulable", "{\"schedulable\":false}"), 200)
                        .getBoolean("schedulable"))
                .isFalse();
        assertThat(call("DELETE", "/api/nodes/gpu-1", null).statusCode()).isEqualTo(204);
        json(call("GET", "/api/nodes/gpu-1", null), 404);
        json(call("DELETE", "/api/nodes/gpu-1", null), 404);
    }

    @Test
    void a_list_is_filtered_and_paged() {
        for (String id : List.of("a-1", "b-2", "c-3")) {
            call(
                    "POST",
                    "/api/nodes",
                    new JsonObject()
                            .put("id", id)
                            .put("zone", id.substring(0, 1))
                            .encode());
        }
        var first = json(call("GET", "/api/nodes?pageSize=2", null), 200);
        assertThat(first.getJsonArray("items")).hasSize(2);
        assertThat(first.getLong("totalSize")).isEqualTo(3);
        var second =
                json(call("GET", "/api/nodes?pageSize=2&pageToken=" + first.getString("nextPageToken"), null), 200);
        assertThat(second.getJsonArray("items").getJsonObject(0).getString("id"))
                .isEqualTo("c-3");
        assertThat(second.containsKey("nextPageToken")).isFalse();
        assertThat(json(call("GET", "/api/nodes?zone=a&zone=c&status=PENDING", null), 200)
                        .getLong("totalSize"))
                .isEqualTo(2);
        json(call("GET", "/api/nodes?pageSize=-3", null), 400);
        json(call("GET", "/api/nodes?pageToken=%21%21", null), 400);
        json(call("GET", "/api/nodes?pageToken=zzz", null), 400);
        json(call("GET", "/api/nodes?labelSelector=%3D%3D", null), 400);
    }

    @Test
    void the_models_of_a_node_are_shown_with_it_and_not_in_lists() {
        fleet.create("gpu-1");
        fleet.register("gpu-1");
        assertThat(json(call("GET", "/api/nodes/gpu-1", null), 200).containsKey("models"))
                .isFalse();
        fleet.admission.holds("gpu-1", List.of(new NodeModel("llama", "0123456789abcdef".repeat(4), 7L)));
        Awaitility.await()
                .untilAsserted(() -> assertThat(
                                json(call("GET", "/api/nodes/gpu-1", null), 200).getJsonArray("models"))
                        .containsExactly(new JsonObject()
                                .put("name", "llama")
                                .put("sha256", "0123456789abcdef".repeat(4))
                                .put("sizeBytes", 7)));
        assertThat(json(call("GET", "/api/nodes", null), 200)
                        .getJsonArray("items")
                        .getJsonObject(0)
                        .fieldNames())
                .contains("id", "hostname")
                .doesNotContain("models");
    }

    @Test
    void a_clock_that_is_off_is_shown_with_a_warning_in_lists_too() {
        fleet.create("gpu-1");
        fleet.register("gpu-1");
        assertThat(json(call("GET", "/api/nodes/gpu-1", null), 200).fieldNames())
                .doesNotContain("clockSkewMs", "warnings");
        fleet.admission.measures("gpu-1", fleet.clock.instant().plusSeconds(4), null);
        JsonObject agrees = json(call("GET", "/api/nodes/gpu-1", null), 200);
        assertThat(agrees.getLong("clockSkewMs")).isEqualTo(4_000);
        assertThat(agrees.containsKey("warnings")).isFalse();

        fleet.admission.measures("gpu-1", fleet.clock.instant().plusSeconds(3_600), Map.of());
        for (JsonObject shown : List.of(
                json(call("GET", "/api/nodes/gpu-1", null), 200),
                json(call("GET", "/api/nodes", null), 200).getJsonArray("items").getJsonObject(0))) {
            assertThat(shown.getLong("clockSkewMs")).isEqualTo(3_600_000);
            assertThat(shown.getJsonArray("warnings"))
                    .containsExactly("its clock is 3600 s ahead of this controller's; set the clocks by NTP");
        }
    }

    @Test
    void a_node_whose_last_token_ends_soon_says_so_until_it_has_another() {
        fleet.create("gpu-1");
        json(call("POST", "/api/nodes/gpu-1/token", "{\"expiresIn\":60}"), 201);
        fleet.clock.pass(Duration.ofSeconds(49));
        assertThat(json(call("GET", "/api/nodes/gpu-1", null), 200).containsKey("warnings"))
                .isFalse();
        fleet.clock.pass(Duration.ofSeconds(2));
        assertThat(json(call("GET", "/api/nodes/gpu-1", null), 200).getJsonArray("warnings"))
                .containsExactly("its last token ends at 2026-11-21T10:01:00Z and is not renewed yet");

        json(call("POST", "/api/nodes/gpu-1/token", "{\"expiresIn\":600}"), 201);
        assertThat(json(call("GET", "/api/nodes/gpu-1", null), 200).containsKey("warnings"))
                .isFalse();
    }

    private JsonObject amounts() {
        return json(call("GET", "/api/nodes/gpu-1", null), 200).getJsonObject("amounts");
    }

    /** Eight cores, 1000 bytes of memory of which 300 are in use, a GPU of 100 with 10 in use, and one that fell off. */
    private void machine() {
        fleet.create("gpu-1");
        var system = new SystemInfo(
                null,
                new SystemInfo.Cpu("x", 8, 4, 0.25, null),
                new SystemInfo.Memory(1_000L, 300L, 700L, 0L),
                List.of(new SystemInfo.Disk("/", "ext4", 5_000L, 1_000L, true)),
                FleetUnderTest.wellAndIll("a", "b"),
                null,
                null);
        FleetUnderTest.await(
                fleet.admission.registered("gpu-1", FleetUnderTest.registration("gpu-1", system), "websocket"));
        FleetUnderTest.await(ledger.rebuild());
    }

    private CommandId work(Requires needs) {
        var step = StepSpecBuilder.builder()
                .index(0)
                .name("s")
                .command("job.run")
                .dependsOn(List.of())
                .requires(needs)
                .maxRetries(0)
                .build();
        var made = FleetUnderTest.await(executions.create(
                NewExecutionBuilder.builder()
                        .name("w")
                        .category("c")
                        .start(true)
                        .steps(List.of(step))
                        .build(),
                "olga"));
        return new CommandId(made.id(), 0, 1);
    }

    @Test
    void a_node_says_what_it_has_who_holds_it_what_others_use_and_what_is_free() {
        machine();
        assertThat(amounts()).isEqualTo(new JsonObject("""
            {"slots": {"total": 4, "taken": 0},
             "cpu": {"cores": 8.0, "reserved": 0.8, "claimed": 0.0, "free": 7.2},
             "memory": {"totalBytes": 1000, "reservedBytes": 100, "claimedBytes": 0, "othersBytes": 300,
                        "freeBytes": 700},
             "disk": {"totalBytes": 5000, "claimedBytes": 0, "othersBytes": 1000, "freeBytes": 4000},
             "gpus": [{"index": 0, "memoryBytes": 100, "claimedBytes": 0, "othersBytes": 10, "freeBytes": 90},
                      {"index": 1, "memoryBytes": 100, "claimedBytes": 0, "othersBytes": 0, "freeBytes": 0,
                       "outOfService": "fell off"}],
             "claims": {"total": 0, "items": []}}\
            """));
        var before = call("GET", "/api/nodes/gpu-1", null);
        String etag = before.headers().firstValue("ETag").orElseThrow();

        CommandId work = work(RequiresBuilder.builder()
                .cpu(2.0)
                .memoryBytes(400L)
                .gpus(new Requires.Gpus(1, 40L, null))
                .build());
        scheduler.holds("dep_1/0", "gpu-1", new Claim(1, 50, List.of()), false);

        JsonObject after = json(call("GET", "/api/nodes/gpu-1", null, "If-None-Match", etag), 200)
                .getJsonObject("amounts");
        assertThat(after.getJsonObject("slots")).isEqualTo(new JsonObject("{\"total\":4,\"taken\":1}"));
        assertThat(after.getJsonObject("cpu"))
                .isEqualTo(new JsonObject("{\"cores\":8.0,\"reserved\":0.8,\"claimed\":3.0,\"free\":4.2}"));
        assertThat(after.getJsonObject("memory").getLong("claimedBytes")).isEqualTo(450);
        assertThat(after.getJsonObject("memory").getLong("freeBytes")).isEqualTo(250);
        assertThat(after.getJsonArray("gpus").getJsonObject(0).getLong("claimedBytes"))
                .isEqualTo(40);
        assertThat(after.getJsonArray("gpus").getJsonObject(0).getLong("freeBytes"))
                .isEqualTo(50);
        assertThat(after.getJsonObject("claims")).isEqualTo(new JsonObject("""
            {"total": 2, "items": [
                {"id": "%s", "slots": 1, "cpu": 2.0, "memoryBytes": 400, "diskBytes": 0, "gpus": [0]},
                {"id": "dep_1/0", "slots": 0, "cpu": 1.0, "memoryBytes": 50, "diskBytes": 0, "gpus": []}]}\
            """.formatted(work)));
        // what it says is free is what the scheduler gives, and no byte more
        var more = work(RequiresBuilder.builder().memoryBytes(251L).build());
        assertThat(status(more)).isEqualTo(StepState.QUEUED);
        FleetUnderTest.await(executions.cancel(more.executionId(), "too large", "olga"));
        assertThat(status(work(RequiresBuilder.builder().memoryBytes(250L).build())))
                .isEqualTo(StepState.ASSIGNED);
        assertThat(amounts().getJsonObject("memory").getLong("freeBytes")).isZero();
    }

    private StepState status(CommandId command) {
        return FleetUnderTest.await(executions.get(command.executionId()))
                .steps()
                .get(0)
                .status();
    }

    @Test
    void of_very_many_claims_the_first_are_shown_and_all_are_counted() {
        machine();
        for (int i = 0; i <= 1_000; i++) {
            scheduler.holds("dep_" + i + "/0", "gpu-1", new Claim(0.001, 0, List.of()), false);
        }
        JsonObject claims = amounts().getJsonObject("claims");
        assertThat(claims.getInteger("total")).isEqualTo(1_001);
        assertThat(claims.getJsonArray("items")).hasSize(1_000);
        assertThat(claims.getJsonArray("items").getJsonObject(999).getString("id"))
                .isEqualTo("dep_999/0");
    }

    @Test
    void a_cooldown_is_shown_for_as_long_as_it_keeps_work_away() {
        machine();
        CommandId work = work(null);
        var broken = new CommandError(ErrorCategory.INTERNAL, "the disk is gone", false);
        FleetUnderTest.await(executions.finished(
                work,
                "gpu-1",
                new CommandResult(
                        null,
                        work.toString(),
                        CommandResult.Outcome.failure,
                        null,
                        broken,
                        fleet.clock.instant(),
                        null),
                "m1"));

        assertThat(amounts().getJsonObject("cooldown"))
                .isEqualTo(new JsonObject()
                        .put("until", fleet.clock.instant().plusSeconds(30).toString())
                        .put("failures", 1)
                        .put("reason", "the disk is gone"));
        assertThat(amounts().getJsonObject("claims").getInteger("total")).isZero();
        assertThat(status(work(null))).isEqualTo(StepState.QUEUED);
        fleet.clock.pass(Duration.ofSeconds(31));
        assertThat(amounts().containsKey("cooldown")).isFalse();
    }

    @Test
    void a_node_token_is_shown_once_listed_and_revoked_and_opens_nothing_here() {
        call("POST", "/api/nodes", "{\"id\":\"gpu-1\"}");
        var issued = json(call("POST", "/api/nodes/gpu-1/token", "{\"expiresIn\":60,\"description\":\"rack 7\"}"), 201);
        assertThat(server.call("GET", "/api/nodes", issued.getString("token"), null)
                        .statusCode())
                .isEqualTo(401);
        var listed = call("GET", "/api/nodes/gpu-1/tokens", null);
        assertThat(listed.body())
                .contains(issued.getString("tokenId"), "rack 7")
                .doesNotContain(issued.getString("token"));
        assertThat(call("DELETE", "/api/nodes/gpu-1/tokens/" + issued.getString("tokenId"), null)
                        .statusCode())
                .isEqualTo(204);
        assertThat(json(call("GET", "/api/nodes/gpu-1/tokens", null), 200).getJsonArray("items"))
                .isEmpty();
        json(call("POST", "/api/nodes/nobody/token", "{}"), 404);
        json(call("POST", "/api/nodes/gpu-1/token", "{\"expiresIn\":-1}"), 400);
    }

    @Test
    void one_gpu_is_taken_out_of_service_and_given_back() {
        call("POST", "/api/nodes", "{\"id\":\"gpu-1\"}");
        json(call("PUT", "/api/nodes/gpu-1/gpus/0/maintenance", "{\"reason\":\"fan\"}"), 404);
        var gpu = SystemInfoGpuBuilder.builder()
                .index(0)
                .uuid("GPU-a")
                .model("H200")
                .health("ok")
                .memoryTotalBytes(80L << 30)
                .build();
        FleetUnderTest.await(fleet.nodes.registered(
                "gpu-1",
                FleetUnderTest.registration("gpu-1", new SystemInfo(null, null, null, null, List.of(gpu), null, null)),
                "websocket"));

        var out = json(call("PUT", "/api/nodes/gpu-1/gpus/0/maintenance", "{\"reason\":\"fan\"}"), 200);
        assertThat(out.getJsonObject("gpuMaintenance").getJsonObject("0").getString("reason"))
                .isEqualTo("fan");
        assertThat(call("GET", "/api/nodes", null).body()).contains("gpuMaintenance", "admin");
        assertThat(json(call("DELETE", "/api/nodes/gpu-1/gpus/0/maintenance", null), 200)
                        .containsKey("gpuMaintenance"))
                .isFalse();
        json(call("DELETE", "/api/nodes/gpu-1/gpus/0", null), 409);
        json(call("PUT", "/api/nodes/gpu-1/gpus/-1/maintenance", "{}"), 400);
        json(call("PUT", "/api/nodes/gpu-1/gpus/0/maintenance", "{\"colour\":\"red\"}"), 400);
        json(call("GET", "/api/nodes?draining=maybe", null), 400);
    }

    @Test
    void an_expired_token_opens_nothing() {
        fleet.clock.pass(Duration.ofMinutes(11));
        assertThat(json(call("GET", "/api/nodes", null), 401).getString("detail"))
                .contains("expired");
    }

    @Test
    void what_a_node_cannot_be_is_refused_and_leaves_no_trace() {
        json(call("POST", "/api/nodes", "{\"id\":\"../etc\",\"role\":\"tpu\",\"colour\":\"red\"}"), 400);
        json(call("POST", "/api/nodes", "{\"id\":\"a\",\"labels\":{\"bad key\":\"x\"}}"), 400);
        json(call("POST", "/api/nodes", "{\"id\":\"a\",\"capabilities\":[\"docker\",\"docker\"]}"), 400);
        json(call("POST", "/api/nodes", "{\"id\":\"a\",\"labels\":{\"aiwm.io/x\":\"1\"}}"), 400);
        assertThat(json(call("GET", "/api/nodes", null), 200).getLong("totalSize"))
                .isZero();
        json(call("POST", "/api/nodes", "{\"id\":\"a\"}"), 201);
        for (String patch : List.of(
                "{\"labels\":{\"aiwm.io/x\":\"1\"}}",
                "{\"labels\":{\"a\":\"b c\"}}",
                "{\"zone\":\"-\"}",
                "{\"zone\":\" \"}")) {
            json(call("PATCH", "/api/nodes/a", patch), 400);
        }
    }
}
