package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.DeploymentState.*;
import static io.aiwm.controller.deployment.Fleet.await;
import static io.aiwm.controller.deployment.Fleet.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A deployment whose image tag is another image by now. */
class MovedTagTest extends FleetRig {
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

    /** The worker says what the container was made of, and what its tag means now. */
    private Deployment told(Deployment seen, String state, String imageId, String tagImageId) {
        var plain = report(seen.id(), seen.container().commandId(), state, "none", null);
        await(fleet.deployments.reported(
                "n1",
                DeploymentStatusBuilder.builder()
                        .deploymentId(plain.deploymentId())
                        .replica(plain.replica())
                        .containerId(plain.containerId())
                        .commandId(plain.commandId())
                        .state(plain.state())
                        .health(plain.health())
                        .restarts(plain.restarts())
                        .imageId(imageId)
                        .tagImageId(tagImageId)
                        .build()));
        return fleet.get(seen.id());
    }

    private static JsonObject image(Deployment deployment) {
        return DeploymentView.of(deployment).getJsonObject("image");
    }

    private static JsonObject image(String id, String tagId, boolean moved) {
        return new JsonObject().put("id", id).put("tagId", tagId).put("moved", moved);
    }

    @Test
    void a_tag_that_was_moved_is_shown_until_a_restart_takes_its_image() {
        fleet.containerNow = new JsonObject().put("imageId", "sha256:1");
        var running = running();
        assertThat(image(running)).isEqualTo(new JsonObject().put("id", "sha256:1"));
        assertThat(image(told(running, "running", "sha256:1", "sha256:1")))
                .isEqualTo(image("sha256:1", "sha256:1", false));
        assertThat(image(told(running, "running", "sha256:1", "sha256:2")))
                .isEqualTo(image("sha256:1", "sha256:2", true));
        assertThat(image(told(running, "running", "sha256:1", null))).isEqualTo(new JsonObject().put("id", "sha256:1"));

        fleet.containerNow = new JsonObject().put("imageId", "sha256:2");
        var restarting = await(fleet.deployments.restart(running.id(), true, "admin"));
        fleet.work(restarting.lastExecutionId());
        var after = becomes(running.id(), RUNNING);
        assertThat(image(after)).isEqualTo(new JsonObject().put("id", "sha256:2"));
        assertThat(image(told(after, "running", "sha256:2", "sha256:2")))
                .isEqualTo(image("sha256:2", "sha256:2", false));
    }

    @Test
    void what_a_worker_does_not_say_is_not_shown_and_what_it_said_stays_known() {
        var running = running();
        assertThat(image(told(running, "running", null, null))).isNull();
        told(running, "running", "sha256:1", "sha256:2");
        var brought = new NodeRegister.Running(
                running.container().commandId(),
                running.id(),
                0,
                null,
                running.container().containerId(),
                "running");
        assertThat(await(fleet.deployments.keeps("n1", brought))).isTrue();
        assertThat(image(fleet.get(running.id()))).isNotNull();
        assertThat(image(told(running, "removed", null, null))).isNull();
    }

    @Test
    void a_tag_that_is_moved_says_nothing_of_how_the_container_is() {
        var running = told(running(), "running", "sha256:1", "sha256:1");
        var restarting = await(fleet.deployments.restart(running.id(), true, "admin"));
        fleet.work(restarting.lastExecutionId(), command -> Fleet.error("the new image does not start"));
        var failed = becomes(running.id(), RUNNING);
        var moved = told(failed, "running", "sha256:1", "sha256:2");
        assertThat(image(moved)).isEqualTo(image("sha256:1", "sha256:2", true));
        assertThat(moved.statusReason()).isEqualTo("restart failed: the new image does not start");
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
