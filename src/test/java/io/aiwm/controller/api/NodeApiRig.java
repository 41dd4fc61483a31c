package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.http.TokenCheck;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.scheduler.SchedulerInput;
import io.aiwm.testing.TestSettings;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes over REST, with real tokens, over a real store. */
@Timeout(60)
abstract class NodeApiRig {
    @TempDir
    Path folder;

    /** A tenth is reserved; one failure is enough for a cooldown. */
    static final Config.Scheduler SETTINGS = TestSettings.scheduler()
            .reservedCpu(0.1)
            .reservedMemory(0.1)
            .cooldownAfter(1)
            .build();

    static final Config.Executions LIMITS = TestSettings.executions().build();

    FleetUnderTest fleet;
    Scheduler scheduler;
    Executions executions;
    SchedulerInput ledger;
    TestServer server;
    String admin;

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

    HttpResponse<String> call(String method, String path, String body, String... headers) {
        return server.call(method, path, admin, body, headers);
    }

    static JsonObject json(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    JsonObject amounts() {
        return json(call("GET", "/api/nodes/gpu-1", null), 200).getJsonObject("amounts");
    }
}
