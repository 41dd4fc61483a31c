package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;

import io.aiwm.controller.ToldEvents;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.CommandError;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A deployment on one node, and the events that it tells. */
@Timeout(120)
abstract class DeploymentEventRig {
    @TempDir
    Path folder;

    Fleet fleet;
    ToldEvents events;
    String id;

    @BeforeEach
    void start() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        await(fleet.deployments.trackClaims((claim, node, amounts, underWay) -> {}));
        events = new ToldEvents(fleet.store, folder, Set.of(Deployments.COLLECTION.name()), "deployment.", "replica.");
    }

    @AfterEach
    void stop() {
        events.close();
        fleet.close();
    }

    static CommandError well(String command) {
        return null;
    }

    static DeploymentRequest web(String name) {
        return DeploymentRulesTest.request("{'name':'" + name + "','replicas':1,'spec':{'image':'web:1'}}");
    }

    void becomes(Predicate<Deployment> so) {
        becomes(so, DeploymentEventRig::well);
    }

    /** Sweeps and works until it is so. */
    void becomes(Predicate<Deployment> so, Function<String, CommandError> failing) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            await(new DeploymentSweep(fleet.deployments).run());
                            open().forEach(one -> fleet.work(one.id(), failing));
                            return fleet.get(id);
                        },
                        so);
    }

    List<Execution> open() {
        return await(fleet.executions.find(Query.where(Query.Condition.eq("status", ExecutionState.RUNNING.name()))))
                .items();
    }

    void isReady() {
        becomes(seen -> !seen.isRolling() && seen.ready() == seen.replicas());
    }

    void create(DeploymentRequest request) {
        id = await(fleet.deployments.create(request, "ada")).id();
        isReady();
    }

    void deleted() {
        await(fleet.deployments.delete(id, "ada"));
        Awaitility.await().until(() -> {
            await(new DeploymentSweep(fleet.deployments).run());
            open().forEach(one -> fleet.work(one.id()));
            return await(fleet.deployments.find(Query.all())).items().isEmpty();
        });
    }
}
