package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.DeploymentState.*;
import static io.aiwm.controller.deployment.Fleet.await;
import static io.aiwm.controller.deployment.Fleet.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A deployment whose image tag is another image by now. */
@Timeout(60)
class MovedTagTest {
    @TempDir
    Path folder;

    Fleet fleet;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private Deployment running() {
        var made = await(fleet.deployments.create(
                DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:1'}}"), "admin"));
        fleet.work(made.lastExecutionId());
        return becomes(made.id(), RUNNING);
    }

    private Deployment becomes(String id, DeploymentState state) {
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(fleet.get(id).status()).isEqualTo(state));
        return fleet.get(id);
    }

    @Test
    void a_restart_that_pulls_shows_the_container_it_made() {
        var running = running();
        var restarting = await(fleet.deployments.restart(running.id(), true, "admin"));
        assertThat(restarting.status()).isEqualTo(RESTARTING);
        assertThat(fleet.work(restarting.lastExecutionId()))
                .containsExactly("deployment.update on n1", "proxy.configure on n1");
        var after = becomes(running.id(), RUNNING);
        assertThat(after.container().commandId()).isEqualTo(restarting.lastExecutionId() + ".0.1");
        assertThat(after.spec()).isEqualTo(running.spec());

        var plain = await(fleet.deployments.restart(running.id(), false, "admin"));
        assertThat(fleet.work(plain.lastExecutionId())).containsExactly("deployment.restart on n1");
    }

    @Test
    void a_restart_that_cannot_pull_leaves_the_container_and_says_why() {
        var running = running();
        var restarting = await(fleet.deployments.restart(running.id(), true, "admin"));
        fleet.work(
                restarting.lastExecutionId(),
                command ->
                        new CommandError(ErrorCategory.IMAGE_PULL, "cannot pull image web:1: nobody answers", false));
        var after = becomes(running.id(), RUNNING);
        assertThat(after.container()).isEqualTo(running.container());
        assertThat(after.statusReason()).isEqualTo("restart failed: cannot pull image web:1: nobody answers");
        var failed = fleet.execution(restarting.lastExecutionId());
        assertThat(failed.status()).isEqualTo(ExecutionState.FAILED);
        assertThat(failed.error().category()).isEqualTo(ErrorCategory.IMAGE_PULL);
    }

    @Test
    void a_restart_of_one_that_has_ended_pulls_when_it_is_started() {
        var running = running();
        await(fleet.deployments.reported(
                "n1", report(running.id(), running.container().commandId(), "exited", null, 1)));
        becomes(running.id(), FAILED);
        var starting = await(fleet.deployments.restart(running.id(), true, "admin"));
        var data = fleet.execution(starting.lastExecutionId())
                .steps()
                .get(0)
                .spec()
                .data();
        assertThat(data.getJsonObject("spec").getString("pullPolicy")).isEqualTo("always");
        assertThat(data.getString("madeBy")).isEqualTo(running.container().commandId());
        fleet.work(starting.lastExecutionId());
        assertThat(becomes(running.id(), RUNNING).spec().pullPolicy()).isNull();
    }
}
