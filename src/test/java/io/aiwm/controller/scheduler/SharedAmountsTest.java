package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Priority;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.node.CurrentUsage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** GPUs, memory and disk that others use too, and plans, which promise nothing. */
class SharedAmountsTest extends SchedulerRig {
    @Test
    void gpus_are_given_out_by_index_and_shared_by_memory() {
        bench.gpus("n1", 80, 80);
        var half = bench.submit(gpu(1, 40L));
        var rest = bench.submit(gpu(1, 40L));
        assertThat(half.gpus())
                .as("best fit fills the first")
                .isEqualTo(rest.gpus())
                .containsExactly(0);
        var whole = bench.submit(gpu(1, null));
        assertThat(whole.gpus()).containsExactly(1);
        var waits = bench.submit(gpu(1, 1L));
        assertThat(waits.reason()).contains("has no GPU with enough free memory");
        bench.ends(half);
        bench.pass();
        assertThat(waits.gpus()).containsExactly(0);
        assertThat(bench.amounts("n1").gpus().get(0).freeBytes()).isEqualTo(39);
    }

    @Test
    void memory_that_others_use_is_not_promised_and_memory_not_yet_taken_is_not_promised_twice() {
        bench.node("n1", 64, 100);
        bench.scheduler.uses("n1", new CurrentUsage(0.1, 60L, Map.of()));
        assertThat(bench.submit(needs(1, 50)).nodeId())
                .as("60 of 100 are used by others")
                .isNull();
        var small = bench.submit(bench.step(needs(1, 30), Priority.HIGH, false));
        assertThat(small.nodeId()).isEqualTo("n1");
        bench.scheduler.uses("n1", new CurrentUsage(0.1, 65L, Map.of())); // it has taken 5 of its 30 so far
        assertThat(bench.amounts("n1").sums().free().memoryBytes()).isEqualTo(10);
        bench.scheduler.uses("n1", new CurrentUsage(0.1, 90L, Map.of())); // all of it
        assertThat(bench.amounts("n1").sums().free().memoryBytes()).isEqualTo(10);
        bench.scheduler.uses("n1", new CurrentUsage(0.1, 97L, Map.of())); // others grew by 7
        assertThat(bench.amounts("n1").sums().free().memoryBytes()).isEqualTo(3);
        bench.scheduler.uses("n1", new CurrentUsage(0.1, 35L, Map.of())); // and ended
        assertThat(bench.amounts("n1").sums().free().memoryBytes()).isEqualTo(35);
    }

    @Test
    void disk_is_promised_of_what_others_leave_and_a_node_without_a_known_disk_never_has_enough() {
        bench.node("bare", 64, 100);
        bench.disk("n1", 1_000, 300);
        var big = bench.submit(disk(1_001));
        assertThat(big.reason()).contains("smaller disk");
        var first = bench.submit(disk(500));
        assertThat(first.nodeId()).isEqualTo("n1");
        assertThat(first.claim().amounts().diskBytes()).isEqualTo(500);
        NodeAmounts.Sums disk = bench.amounts("n1").sums();
        assertThat(List.of(disk.total(), disk.claimed(), disk.others(), disk.free()))
                .extracting(Amounts::diskBytes)
                .containsExactly(1_000L, 500L, 300L, 200L);
        var second = bench.submit(disk(300));
        assertThat(second.reason()).contains("not enough free disk");
        bench.scheduler.uses("n1", new CurrentUsage(null, null, 700L, Map.of())); // it has written 400 of its 500
        assertThat(bench.amounts("n1").sums().free().diskBytes()).isEqualTo(200);
        bench.scheduler.uses("n1", new CurrentUsage(null, null, 900L, Map.of())); // and somebody else 100
        assertThat(bench.amounts("n1").sums().free().diskBytes()).isEqualTo(100);
        bench.ends(first);
        bench.scheduler.uses("n1", new CurrentUsage(null, null, 400L, Map.of()));
        bench.pass();
        assertThat(second.nodeId()).isEqualTo("n1");
        assertThat(big.runs()).isFalse();
    }

    private static Requires disk(long bytes) {
        return RequiresBuilder.builder().diskBytes(bytes).build();
    }

    @Test
    void a_gpu_that_others_use_is_not_given_away_whole() {
        bench.gpus("n1", 80);
        bench.scheduler.uses("n1", new CurrentUsage(0.0, 0L, Map.of(0, 30L)));
        assertThat(bench.submit(gpu(1, null)).nodeId()).isNull();
        assertThat(bench.submit(bench.step(gpu(1, 50L), Priority.HIGH, false)).nodeId())
                .isEqualTo("n1");
    }

    @Test
    void a_plan_says_where_copies_would_go_and_promises_nothing() {
        bench.node("n1", 4, 100);
        bench.node("n2", 2, 100);
        DryRun plan = bench.scheduler.plan(bench.step(needs(2, 1)), 5);
        assertThat(plan.nodes().stream().mapToInt(DryRun.OnNode::count).sum()).isEqualTo(3);
        assertThat(plan.unplaced()).isEqualTo(2);
        assertThat(plan.shortOf().message()).isEqualTo("waits for a node: has not enough free CPU (2)");
        assertThat(bench.amounts("n1").sums().claimed().cpu()
                        + bench.amounts("n2").sums().claimed().cpu())
                .isZero();
    }

    @Test
    void a_plan_of_replicas_spreads_them_and_heeds_how_many_a_node_may_have() {
        bench.node("n1", 4, 100);
        bench.node("n2", 4, 100);
        var alone = RequiresBuilder.builder().cpu(1.0).maxPerNode(1).build();
        var replica =
                StepSpecBuilder.builder(bench.step(alone)).claimId("dep_1/0").build();
        DryRun plan = bench.scheduler.plan(replica, 3);
        assertThat(plan.nodes()).extracting(DryRun.OnNode::nodeId).containsExactlyInAnyOrder("n1", "n2");
        assertThat(plan.nodes()).extracting(DryRun.OnNode::count).containsOnly(1);
        assertThat(plan.unplaced()).isEqualTo(1);
        assertThat(plan.shortOf().message()).contains("as many replicas of it as one node may have");

        bench.submit(replica);
        assertThat(bench.scheduler.plan(replica, 3).unplaced())
                .as("with one that is there")
                .isEqualTo(2);
    }
}
