package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A new version reaches the replicas of a deployment, comes back, pauses or is undone. */
class ReplicaUpdatesTest extends ReplicasRig {
    @Test
    void an_update_replaces_one_after_the_other_where_they_are() {
        var id = running(3, "").id();
        await(fleet.deployments.update(id, web("web:2", ""), null, "admin"));
        var least = new int[] {3};
        var done = becomes(
                id,
                seen -> {
                    least[0] = Math.min(least[0], seen.ready());
                    return !seen.isRolling();
                },
                ReplicaUpdatesTest::well);
        assertThat(least[0]).isGreaterThanOrEqualTo(2);
        assertThat(done.replicas()).isEqualTo(3);
        assertThat(done.instances()).extracting(Replica::generation).containsOnly(2);
        assertThat(done.rollout().state()).isEqualTo(Rollout.State.DONE);
        assertThat(done.goodGeneration()).isEqualTo(2);
    }

    @Test
    void with_a_surge_an_old_one_goes_only_when_a_new_one_is_ready() {
        var id = running(3, ",'update':{'maxSurge':1}").id();
        await(fleet.deployments.update(id, web("web:2", ",'update':{'maxSurge':1}"), null, "admin"));
        var seenMost = new int[] {0};
        var done = becomes(
                id,
                seen -> {
                    seenMost[0] = Math.max(seenMost[0], seen.instances().size());
                    assertThat(seen.ready()).isGreaterThanOrEqualTo(3);
                    return !seen.isRolling() && seen.instances().size() == 3;
                },
                ReplicaUpdatesTest::well);
        assertThat(seenMost[0]).isEqualTo(4);
        assertThat(done.instances()).extracting(Replica::generation).containsOnly(2);
    }

    @Test
    void a_bad_version_comes_back_by_itself_and_says_why() {
        for (String surge : List.of("", ",'update':{'maxSurge':1}")) {
            var id = running(3, surge).id();
            await(fleet.deployments.update(id, web("bad:1", surge), null, "admin"));
            var back = becomes(
                    id,
                    seen -> !seen.isRolling()
                            && seen.ready() == 3
                            && seen.instances().size() == 3,
                    command -> fails(id, command));
            assertThat(back.spec().image()).isEqualTo("web:1");
            assertThat(back.generation()).isEqualTo(1);
            assertThat(back.rollout().state()).isEqualTo(Rollout.State.ROLLED_BACK);
            assertThat(back.rollout().reason()).contains("it is bad");
            assertThat(back.instances()).extracting(Replica::generation).containsOnly(1);
        }
    }

    /** Only within one update is a container that could not be replaced left alone for a minute. */
    @Test
    void an_update_begins_at_once_though_the_one_before_has_failed_just_now() {
        var id = running(2, "").id();
        await(fleet.deployments.update(id, web("bad:1", ""), null, "admin"));
        becomes(id, seen -> !seen.isRolling() && seen.ready() == 2, command -> fails(id, command));
        fleet.now.updateAndGet(now -> now.plusSeconds(1));
        await(fleet.deployments.update(id, web("web:2", ""), null, "admin"));
        var done = becomes(id, seen -> !seen.isRolling(), ReplicaUpdatesTest::well);
        assertThat(done.rollout().state()).isEqualTo(Rollout.State.DONE);
        assertThat(done.instances()).extracting(Replica::generation).containsOnly(done.generation());
    }

    /** What makes a container of the new image fails. */
    private CommandError fails(String id, String command) {
        boolean bad = fleet.get(id).spec().image().startsWith("bad");
        return bad && (command.equals("deployment.update") || command.equals("deployment.create"))
                ? new CommandError(ErrorCategory.INVALID, "it is bad", false)
                : null;
    }

    @Test
    void without_a_rollback_it_stays_as_far_as_it_came_and_can_be_undone() {
        var id = running(2, ",'update':{'autoRollback':false}").id();
        await(fleet.deployments.update(id, web("bad:1", ",'update':{'autoRollback':false}"), null, "admin"));
        var stuck = becomes(id, seen -> !seen.isRolling(), command -> fails(id, command));
        assertThat(stuck.rollout().state()).isEqualTo(Rollout.State.FAILED);
        assertThat(stuck.ready()).isEqualTo(2);
        await(fleet.deployments.rollouts().undo(id, null, "admin"));
        var undone = becomes(id, seen -> !seen.isRolling(), ReplicaUpdatesTest::well);
        assertThat(undone.spec().image()).isEqualTo("web:1");
        assertThat(undone.revisions().get(2).undoes()).isEqualTo(1);
    }

    /** Such as one whose new container waits for a node that there is not: the way back must not wait for it, too. */
    @Test
    void what_an_update_that_is_undone_has_not_come_to_keeps_its_container() {
        String surge = ",'update':{'maxSurge':1,'maxUnavailable':0}";
        var id = running(2, surge).id();
        var before = containers(id);
        await(fleet.deployments.update(id, web("web:2", surge), null, "admin"));
        await(fleet.deployments.rollouts().undo(id, null, "admin"));
        var undone = becomes(
                id,
                seen -> !seen.isRolling() && seen.instances().size() == 2,
                command -> command.equals("deployment.create")
                        ? new CommandError(ErrorCategory.INVALID, "nowhere to go", false)
                        : null);
        assertThat(undone.rollout().state()).isEqualTo(Rollout.State.DONE);
        assertThat(undone.spec().image()).isEqualTo("web:1");
        assertThat(undone.goodGeneration()).isEqualTo(3);
        assertThat(containers(id)).isEqualTo(before);
    }

    @Test
    void undo_goes_past_a_version_that_was_never_ready() {
        var id = running(2, "").id();
        await(fleet.deployments.update(id, web("bad:1", ""), null, "admin"));
        becomes(id, seen -> !seen.isRolling() && seen.ready() == 2, command -> fails(id, command));
        fleet.now.updateAndGet(now -> now.plusSeconds(120));
        await(fleet.deployments.update(id, web("web:2", ""), null, "admin"));
        becomes(id, seen -> !seen.isRolling() && seen.ready() == 2, ReplicaUpdatesTest::well);
        await(fleet.deployments.rollouts().undo(id, null, "admin"));
        var undone = becomes(id, seen -> !seen.isRolling(), ReplicaUpdatesTest::well);
        assertThat(undone.spec().image()).isEqualTo("web:1");
        assertThat(undone.rollout().state()).isEqualTo(Rollout.State.DONE);
    }

    private List<String> containers(String id) {
        return fleet.get(id).instances().stream()
                .map(replica -> replica.container().containerId())
                .toList();
    }

    @Test
    void a_paused_update_touches_nothing_more_until_it_is_resumed() {
        var id = running(3, "").id();
        await(fleet.deployments.update(id, web("web:2", ""), null, "admin"));
        await(fleet.deployments.rollouts().pause(id, true));
        becomes(id, seen -> seen.ready() == 3, ReplicaUpdatesTest::well);
        step(ReplicaUpdatesTest::well);
        assertThat(fleet.get(id).instances()).extracting(Replica::generation).containsExactly(2, 1, 1);
        await(fleet.deployments.rollouts().pause(id, false));
        assertThat(becomes(id, seen -> !seen.isRolling(), ReplicaUpdatesTest::well)
                        .instances())
                .extracting(Replica::generation)
                .containsOnly(2);
    }

    @Test
    void what_needs_no_other_container_makes_none() {
        var running = running(2, "");
        var executions = await(fleet.executions.count(List.of()));
        await(fleet.deployments.update(
                running.id(),
                DeploymentRulesTest.request("{'name':'other','replicas':2,'spec':{'image':'web:1'}}"),
                null,
                "admin"));
        step(ReplicaUpdatesTest::well);
        assertThat(await(fleet.executions.count(List.of()))).isEqualTo(executions);
        assertThat(fleet.get(running.id()).name()).isEqualTo("other");
        assertThat(fleet.get(running.id()).generation()).isEqualTo(1);
    }

    @Test
    void a_merge_patch_changes_what_it_names_and_keeps_secrets() {
        var made = await(fleet.deployments.create(
                DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:1','env':{'TOKEN':'s3cret','A':'1'}}}"),
                "admin"));
        becomes(made.id(), seen -> seen.ready() == 1, ReplicaUpdatesTest::well);
        var patch = new JsonObject("{\"spec\":{\"env\":{\"A\":null,\"B\":\"2\"}}}");
        await(fleet.deployments.rollouts().patch(made.id(), patch, null, "admin"));
        assertThat(fleet.get(made.id()).spec().env())
                .containsEntry("TOKEN", "s3cret")
                .containsEntry("B", "2")
                .doesNotContainKey("A");
        assertThatThrownBy(() -> await(fleet.deployments
                        .rollouts()
                        .patch(made.id(), new JsonObject("{\"spec\":{\"imagee\":\"x\"}}"), null, "admin")))
                .hasMessageContaining("/spec/imagee");
        assertThatThrownBy(() -> await(
                        fleet.deployments.rollouts().patch(made.id(), new JsonObject("{\"replicas\":2}"), 1L, "admin")))
                .hasMessageContaining("is at version");
    }
}
