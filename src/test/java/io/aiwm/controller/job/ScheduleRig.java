package io.aiwm.controller.job;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.secret.RegistryPasswords;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Schedules over a real store, with a clock that the test turns. It shows midnight, UTC, of 21 November 2026. */
@Timeout(120)
abstract class ScheduleRig {
    @TempDir
    Path folder;

    Fleet fleet;
    Schedules schedules;

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

    Schedules on(io.aiwm.controller.store.DocumentStore store) {
        var executions = fleet.executionsOn(store);
        return new Schedules(
                store,
                new Jobs(executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS),
                executions,
                fleet.now::get,
                false);
    }

    static ScheduleRequest wanted(String more) {
        String body = "{'name':'nightly','cron':'0 * * * *','job':{'image':'busybox'}" + more + "}";
        return Json.decode(new JsonObject(body.replace('\'', '"')), ScheduleRequest.class);
    }

    String made(String more) {
        return await(schedules.create("sch_1", wanted(more), "ann")).getString("id");
    }

    void at(String time) {
        fleet.now.set(Instant.parse("2026-11-" + time));
    }

    void runAt(String time) {
        at(time);
        await(schedules.run());
    }

    List<Execution> jobs() {
        return await(fleet.executions.find(io.aiwm.controller.store.Query.where(
                                io.aiwm.controller.store.Query.Condition.eq("resourceId", "sch_1"))
                        .orderBy("id", false)))
                .items();
    }

    List<String> reasons() {
        var reasons = new ArrayList<String>();
        lastRuns().forEach(run -> reasons.add(String.valueOf(((JsonObject) run).getString("reason"))));
        return reasons;
    }

    JsonArray lastRuns() {
        return await(schedules.get("sch_1")).getJsonArray("lastRuns");
    }
}
