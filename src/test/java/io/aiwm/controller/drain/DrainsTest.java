package io.aiwm.controller.drain;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Drains of nodes: their deadline, their end, and jobs on the node. */
class DrainsTest extends WithDrainRig {
    @Test
    void an_empty_node_is_drained_at_once_and_stays_closed() {
        drain(Duration.ofHours(1), false);
        var done = awaitState("COMPLETE");
        assertThat(done.remaining()).isZero();
        assertThat(rig.fleet.nodes.find("n1").schedulable()).isFalse();
        assertThat(rig.only(rig.step(null, null)).nodeId()).isEqualTo("n2");
    }

    @Test
    void running_work_may_finish_until_the_deadline() {
        var first = rig.step(null, null);
        var second = rig.step(null, null);
        assertThat(rig.only(second).nodeId()).isEqualTo("n1");

        var begun = drain(Duration.ofHours(1), false);
        assertThat(begun.remaining()).isEqualTo(2);
        assertThat(begun.items()).extracting(DrainItem::state).containsOnly(DrainItem.State.RUNNING);
        look();
        assertThat(rig.only(first).current().eviction()).isNull();

        rig.finish(rig.execution(first.id()), rig.only(first), Outcome.success);
        var half = look();
        assertThat(half.complete()).isEqualTo(1);
        assertThat(half.remaining()).isEqualTo(1);
        rig.finish(rig.execution(second.id()), rig.only(second), Outcome.success);
        var done = awaitState("COMPLETE");
        assertThat(done.complete()).isEqualTo(2);
        assertThat(done.finishedAt()).isNotNull();
    }

    @Test
    void at_the_deadline_it_is_evicted_and_runs_elsewhere_without_using_up_a_retry() {
        var work = rig.step(null, null);
        drain(Duration.ofSeconds(60), false);
        rig.pass(Duration.ofSeconds(61));
        assertThat(look().migrating()).isEqualTo(1);
        assertThat(rig.only(work).current().eviction().kind()).isEqualTo(ErrorCategory.DRAINED);
        assertThat(rig.only(work).nodeId()).isEqualTo("n1");

        rig.finish(rig.execution(work.id()), rig.only(work), Outcome.cancelled);
        assertThat(rig.only(work).nodeId()).isEqualTo("n2");
        assertThat(rig.only(work).attempts().get(0).error().category()).isEqualTo(ErrorCategory.DRAINED);
        awaitState("COMPLETE");
        rig.finish(rig.execution(work.id()), rig.only(work), Outcome.success);
        assertThat(rig.only(work).status()).isEqualTo(StepState.COMPLETED);
    }

    @Test
    void a_drain_goes_on_after_the_controller_began_anew() {
        var work = rig.step(null, null);
        drain(Duration.ofSeconds(60), false);
        rig.restartController();
        assertThat(rig.fleet.nodes.find("n1").schedulable()).isFalse();
        assertThat(look().remaining()).isEqualTo(1);
        rig.pass(Duration.ofSeconds(61));
        look();
        rig.restartController();
        look();
        assertThat(rig.only(work).current().eviction()).isNotNull();
        assertThat(rig.only(work).attempt()).isEqualTo(1);
        rig.finish(rig.execution(work.id()), rig.only(work), Outcome.cancelled);
        awaitState("COMPLETE");
    }

    @Test
    void what_can_run_nowhere_else_is_left_alone_unless_forced() {
        var pinned = rig.step("n1", null);
        var waits = rig.step(null, OnNodeLost.WAIT);
        var free = rig.step(null, null);
        drain(Duration.ZERO, false);
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(rig.only(free).current().eviction()).isNotNull());
        var left = look();
        assertThat(left.blocked()).isEqualTo(2);
        assertThat(rig.only(pinned).current().eviction()).isNull();
        assertThat(rig.only(waits).current().eviction()).isNull();

        drain(Duration.ofHours(1), true);
        look();
        for (var one : List.of(pinned, waits, free)) {
            assertThat(rig.only(one).current().eviction()).isNotNull();
            rig.finish(rig.execution(one.id()), rig.only(one), Outcome.cancelled);
        }
        awaitState("COMPLETE");
        assertThat(rig.only(pinned).status()).isEqualTo(StepState.QUEUED);
        assertThat(rig.only(waits).nodeId()).isEqualTo("n2");
    }

    @Test
    void a_stopped_drain_takes_nothing_more_away() {
        var work = rig.step(null, null);
        drain(Duration.ofSeconds(10), false);
        await(rig.drains.stop("n1"));
        rig.pass(Duration.ofSeconds(20));
        assertThat(look().state()).isEqualTo("STOPPED");
        assertThat(rig.only(work).current().eviction()).isNull();
        assertThat(rig.fleet.nodes.find("n1").schedulable()).isTrue();
        await(rig.drains.stop("n1"));
        await(rig.drains.stop("n2"));
        assertThatThrownBy(() -> await(rig.drains.progress("n2")))
                .matches(cause -> ((Failure) cause).kind == Failure.Kind.NOT_FOUND);
    }
}
