package io.aiwm.controller.api;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.cluster.ClusterStats;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.SpecResolver;
import io.aiwm.controller.eventlog.EventLog;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.http.TokenCheck;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.scheduler.SchedulerInput;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.testing.TestSettings;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The fleet in numbers, with the real ledger. */
@Timeout(60)
class ClusterResourceTest {
    private static final Config.Scheduler SETTINGS = TestSettings.scheduler().build();
    private static final Config.Executions LIMITS = TestSettings.executions().build();

    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private Executions executions;
    private TestServer server;
    private String operator;

    @BeforeEach
    void open() {
        fleet = new FleetUnderTest(folder, Executions.COLLECTION, Deployments.COLLECTION, EventLog.COLLECTION);
        var scheduler = new Scheduler(SETTINGS, fleet.clock, true);
        executions = new Executions(fleet.store, scheduler, fleet.clock, LIMITS, true);
        var input = new SchedulerInput(executions, fleet.nodes, scheduler, fleet.clock);
        var deployments = new Deployments(
                fleet.store,
                executions,
                fleet.nodes,
                new EventLog(fleet.store, EventLog.Retention.DEFAULT, fleet.clock),
                fleet.clock,
                SpecResolver.WITHOUT_MODELS,
                true);
        var stats = new ClusterStats(
                fleet.nodes, scheduler::amounts, fleet.admission::latestSystem, executions, deployments, fleet.storms);
        server =
                new TestServer(List.of(new ClusterResource(stats, fleet.storms)), TokenCheck.of(fleet.jwt::verifyUser));
        operator = fleet.jwt
                .issueUser("olga", Role.OPERATOR, Duration.ofMinutes(10))
                .token();
        node("n1");
        node("n2");
        fleet.create("n3");
        await(input.rebuild());
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private void node(String id) {
        fleet.create(id);
        var system = new SystemInfo(
                null,
                new SystemInfo.Cpu("x", 8, 4, 0.25, null),
                new SystemInfo.Memory(1_000L, 300L, 700L, 0L),
                null,
                FleetUnderTest.wellAndIll(id + "-a", id + "-b"),
                null,
                null);
        await(fleet.nodes.registered(id, FleetUnderTest.registration(id, system), "websocket"));
    }

    private JsonObject call(String method, String path, int status) {
        var answer = server.call(method, path, operator, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    @Test
    void sums_and_distribution_say_what_there_is_what_is_promised_and_what_is_used() {
        var step = StepSpecBuilder.builder()
                .index(0)
                .name("s")
                .command("job.run")
                .dependsOn(List.of())
                .requires(RequiresBuilder.builder().cpu(2.0).memoryBytes(400L).build())
                .maxRetries(0)
                .build();
        await(executions.create(
                NewExecutionBuilder.builder()
                        .name("j")
                        .category(Execution.JOB)
                        .start(true)
                        .steps(List.of(step))
                        .build(),
                "olga"));
        await(fleet.maintenance.schedulable("n2", false));

        var stats = call("GET", "/api/cluster/stats", 200);
        assertThat(stats.getJsonObject("nodes").getInteger("total")).isEqualTo(3);
        assertThat(stats.getJsonObject("nodes").getInteger("cordoned")).isEqualTo(1);
        assertThat(stats.getJsonObject("nodes").getJsonObject("byStatus").getInteger("PENDING"))
                .isEqualTo(1);
        assertThat(stats.getJsonObject("cpu"))
                .isEqualTo(new JsonObject("{\"cores\":16.0,\"claimed\":2.0,\"used\":4.0}"));
        assertThat(stats.getJsonObject("memory").getLong("claimedBytes")).isEqualTo(400);
        assertThat(stats.getJsonObject("memory").getLong("usedBytes")).isEqualTo(600);
        assertThat(stats.getJsonObject("gpus").getInteger("count")).isEqualTo(4);
        assertThat(stats.getJsonObject("gpus").getInteger("outOfService")).isEqualTo(2);
        assertThat(stats.getJsonObject("slots").getInteger("taken")).isEqualTo(1);
        assertThat(stats.getJsonArray("zones").getJsonObject(1).getString("zone"))
                .isEqualTo("zone-a");
        assertThat(stats.getJsonArray("zones")
                        .getJsonObject(1)
                        .getJsonObject("slots")
                        .getInteger("taken"))
                .isEqualTo(1);
        assertThat(stats.getJsonObject("executions").getLong("RUNNING")).isEqualTo(1);
        assertThat(stats.getJsonObject("jobs").getLong("ASSIGNED")).isEqualTo(1);
        assertThat(stats.getJsonObject("storm").getBoolean("active")).isFalse();
        assertThat(stats.getJsonObject("storm").fieldNames()).doesNotContain("id", "version");

        var lines = call("GET", "/api/cluster/distribution", 200).getJsonArray("items");
        assertThat(lines).hasSize(3);
        var busy = lines.stream()
                .map(JsonObject.class::cast)
                .filter(line -> line.getInteger("jobs") == 1)
                .findFirst()
                .orElseThrow();
        assertThat(busy.getJsonObject("cpu").getDouble("free")).isEqualTo(6.0);
        assertThat(busy.getJsonObject("memory").getLong("claimedBytes")).isEqualTo(400);
        assertThat(busy.getJsonObject("claims")).isEqualTo(new JsonObject().put("total", 1));
        assertThat(busy.containsKey("cooldown")).isFalse();
    }

    @Test
    void without_a_storm_there_is_nothing_to_resolve() {
        assertThat(call("POST", "/api/cluster/storm/resolve", 409).getString("detail"))
                .contains("no storm");
    }
}
