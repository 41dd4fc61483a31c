package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static io.aiwm.controller.deployment.Fleet.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Each type of event of a deployment and its replicas, by what makes it. */
class DeploymentEventTypesTest extends DeploymentEventRig {
    private static final String SLEEPS = "{'name':'qwen','replicas':1,'autoscale':{'minReplicas':0,'maxReplicas':3},"
            + "'engine':{'type':'custom','port':80,'sleepMode':true},'spec':{'image':'vllm:1','cpu':2,'memoryBytes':50000000}}";

    private static Function<String, CommandError> fails(String name) {
        return command -> command.equals(name) ? Fleet.error("on purpose") : null;
    }

    private void scaled(int replicas, Scaling.Code code) {
        await(fleet.deployments
                .rollouts()
                .scaled(fleet.get(id), replicas, new Scaling(code, "a test", fleet.now.get())));
    }

    private void reported(String state, String health, Integer code) {
        await(fleet.deployments.reported(
                "n1", report(id, fleet.get(id).container().commandId(), state, health, code)));
    }

    @Test
    void each_type_is_told() {
        isAskedFor();
        isUpdated();
        isInTrouble();
        events.tells(this::deleted, "deployment.deleting", "replica.removed", "deployment.deleted");
        sleeps();
        events.areAllThatAreDocumented();
    }

    private void isAskedFor() {
        JsonObject created = events.tells(
                        () -> create(web("web")), "deployment.created", "replica.starting", "replica.ready")
                .get(0);
        assertThat(created.getString("actor")).isEqualTo("ada");
        assertThat(created.getString("name")).isEqualTo("web");
        assertThat(created.getString("resourceId")).isEqualTo(id);
        events.tells(
                () -> {
                    await(fleet.deployments.rollouts().scale(id, 2, "ada"));
                    isReady();
                },
                "deployment.scaled",
                "replica.added",
                "replica.starting",
                "replica.ready");
        events.tells(
                () -> {
                    await(fleet.deployments.rollouts().scale(id, 1, "ada"));
                    becomes(seen -> seen.instances().size() == 1);
                },
                "deployment.scaled",
                "replica.removed");
        events.tells(
                () -> {
                    await(fleet.deployments.restart(id, false, "ada"));
                    isReady();
                },
                "replica.restarting?",
                "replica.restarted?");
        events.tells(
                () -> {
                    await(fleet.deployments.stop(id, "ada"));
                    becomes(seen -> seen.status() == DeploymentState.STOPPED);
                },
                "deployment.stopping",
                "replica.stopped");
        events.tells(
                () -> {
                    await(fleet.deployments.start(id, "ada"));
                    isReady();
                },
                "deployment.started",
                "replica.starting",
                "replica.ready");
        events.tells(() -> await(fleet.deployments.update(id, web("site"), null, "ada")), "deployment.changed");
    }

    private void update(String image, boolean back) {
        fleet.now.updateAndGet(now -> now.plusSeconds(600));
        var wanted = DeploymentRulesTest.request(
                "{'name':'site','replicas':1,'spec':{'image':'" + image + "'},'update':{'autoRollback':" + back + "}}");
        await(fleet.deployments.update(id, wanted, null, "ada"));
    }

    private void isUpdated() {
        events.tells(
                () -> {
                    update("web:2", true);
                    isReady();
                },
                "deployment.updated",
                "deployment.changed",
                "deployment.rollout.started",
                "replica.updating",
                "replica.replaced",
                "deployment.rollout.done");
        events.tells(
                () -> {
                    update("web:3", true);
                    becomes(seen -> !seen.isRolling(), fails(CommandNames.DEPLOYMENT_UPDATE));
                },
                "deployment.updated",
                "deployment.rollout.started",
                "replica.updating",
                "replica.ready",
                "deployment.rollout.rolling-back?",
                "deployment.rollout.rolled-back?");
        events.tells(
                () -> {
                    update("web:4", false);
                    becomes(seen -> !seen.isRolling(), fails(CommandNames.DEPLOYMENT_UPDATE));
                },
                "deployment.updated",
                "deployment.changed",
                "deployment.rollout.started",
                "replica.updating",
                "replica.ready",
                "deployment.rollout.failed!");
        events.tells(
                () -> {
                    update("web:5", false);
                    await(fleet.deployments.rollouts().pause(id, true));
                    await(fleet.deployments.rollouts().pause(id, false));
                    isReady();
                },
                "deployment.updated",
                "deployment.rollout.started",
                "replica.updating",
                "deployment.rollout.paused",
                "deployment.rollout.resumed",
                "replica.replaced",
                "deployment.rollout.done");
        events.tells(
                () -> {
                    await(fleet.deployments.rollouts().undo(id, null, "ada"));
                    isReady();
                },
                "deployment.undone",
                "deployment.rollout.started",
                "replica.updating",
                "replica.replaced",
                "deployment.rollout.done");
    }

    private void isInTrouble() {
        events.tells(() -> reported("running", "unhealthy", null), "replica.degraded?");
        events.tells(() -> reported("running", "healthy", null), "replica.ready");
        for (int failure = 1; failure <= DesiredReplicas.MOST_FAILURES; failure++) {
            events.tells(() -> reported("exited", null, 3), "replica.failed!");
            events.tells(
                    () -> {
                        fleet.now.updateAndGet(now -> now.plus(DesiredReplicas.LONGEST_PAUSE));
                        isReady();
                    },
                    "replica.starting",
                    "replica.ready");
        }
        events.tells(
                () -> {
                    reported("exited", null, 3);
                    fleet.now.updateAndGet(now -> now.plus(DesiredReplicas.LONGEST_PAUSE));
                    await(new DeploymentSweep(fleet.deployments).run());
                },
                "replica.failed!",
                "replica.crash-loop!");
        events.tells(
                () -> {
                    await(fleet.deployments.restart(id, false, "ada"));
                    isReady();
                },
                "replica.starting",
                "replica.ready");
        events.tells(
                () -> {
                    // the first that is up is taken
                    fleet.nodes.remove("n1");
                    fleet.node("n2", NodeStatus.IDLE);
                    fleet.node("n1", NodeStatus.IDLE);
                    await(fleet.deployments.move(id, "n1"));
                    isReady();
                },
                "replica.moving",
                "replica.moved?");
        events.tells(
                () -> {
                    fleet.node("n2", NodeStatus.OFFLINE);
                    isReady();
                },
                "replica.lost!",
                "replica.ready");
    }

    private void sleeps() {
        events.tells(
                () -> create(DeploymentRulesTest.request(SLEEPS)),
                "deployment.created",
                "replica.starting",
                "replica.ready");
        events.tells(() -> scaled(1, Scaling.Code.YIELDING), "deployment.yielding");
        events.tells(() -> scaled(1, Scaling.Code.KEPT), "deployment.resumed");
        events.tells(
                () -> {
                    scaled(0, Scaling.Code.IDLE);
                    becomes(seen -> seen.status() == DeploymentState.ASLEEP);
                },
                "deployment.slept",
                "replica.asleep");
        events.tells(
                () -> {
                    scaled(1, Scaling.Code.WOKEN);
                    isReady();
                },
                "deployment.woken",
                "replica.waking",
                "replica.ready");
        events.tells(
                () -> {
                    scaled(0, Scaling.Code.MADE_ROOM);
                    becomes(seen -> seen.status() == DeploymentState.ASLEEP);
                },
                "deployment.made-room",
                "replica.asleep");
        events.tells(
                () -> {
                    scaled(0, Scaling.Code.EVICTED);
                    becomes(seen -> seen.instances().isEmpty());
                },
                "deployment.evicted",
                "replica.removed");
        events.tells(
                () -> {
                    scaled(1, Scaling.Code.ELSEWHERE);
                    isReady();
                },
                "deployment.elsewhere",
                "replica.added",
                "replica.starting",
                "replica.ready");
    }
}
