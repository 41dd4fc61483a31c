package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a node has, who holds it, and what is free, over REST. */
class NodeAmountsTest extends NodeApiRig {
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
}
