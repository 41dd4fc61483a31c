package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.DeploymentState.*;
import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import java.time.Duration;

/** Deployments on a fleet of one node. */
abstract class DeploymentRig extends FleetRig {
    static DeploymentRequest web(String more) {
        return DeploymentRulesTest.request(
                "{'name':'web','spec':{'image':'web:1','ports':[{'containerPort':80}]}" + more + "}");
    }

    Deployment made(String more) {
        return await(fleet.deployments.create(web(more), "admin"));
    }

    Deployment running() {
        var made = made("");
        fleet.work(made.lastExecutionId());
        return becomes(made.id(), RUNNING);
    }

    Deployment becomes(String id, DeploymentState state) {
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(fleet.get(id).status()).isEqualTo(state));
        return fleet.get(id);
    }

    void isGone(String id) {
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(refused(fleet.deployments.get(id)))
                        .isNotNull()
                        .satisfies(refused -> assertThat(refused.kind).isEqualTo(Failure.Kind.NOT_FOUND)));
    }

    static Failure refused(Future<?> future) {
        return catchThrowableOfType(Failure.class, () -> await(future));
    }

    static NodeRegister.Running brought(Deployment deployment) {
        return brought(deployment, "running");
    }

    static NodeRegister.Running brought(Deployment deployment, String state) {
        var container = deployment.container();
        return new NodeRegister.Running(
                container.commandId(), deployment.id(), 0, null, container.containerId(), state);
    }
}
