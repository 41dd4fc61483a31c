package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.CommandError;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Deployments of several replicas on a fleet of two nodes. */
abstract class ReplicasRig {
    @TempDir
    Path folder;

    Fleet fleet;

    @BeforeEach
    void start() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        fleet.node("n2", NodeStatus.IDLE);
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    static CommandError well(String command) {
        return null;
    }

    static DeploymentRequest web(String image, String more) {
        return DeploymentRulesTest.request("{'name':'web','spec':{'image':'" + image + "'}" + more + "}");
    }

    Deployment running(int replicas, String more) {
        var made = await(fleet.deployments.create(web("web:1", ",'replicas':" + replicas + more), "admin"));
        return becomes(made.id(), seen -> seen.ready() == replicas, ReplicasRig::well);
    }

    /** Sweeps and works until it is so. */
    Deployment becomes(String id, Predicate<Deployment> so, Function<String, CommandError> failing) {
        return Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            step(failing);
                            return fleet.get(id);
                        },
                        so);
    }

    void step(Function<String, CommandError> failing) {
        await(new DeploymentSweep(fleet.deployments).run());
        for (Execution one : open()) {
            fleet.work(one.id(), failing);
        }
    }

    List<Execution> open() {
        return await(fleet.executions.find(Query.where(Query.Condition.eq("status", ExecutionState.RUNNING.name()))))
                .items();
    }
}
