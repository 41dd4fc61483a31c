package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Priority;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.LiveUse;
import io.aiwm.controller.node.NodeStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The scheduler with a clock turned by hand: steps come, run and end, and each lands where it should. */
class SchedulerTest {
    private final Bench bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));

    @Test
    void what_fits_is_placed_in_the_write_that_queues_it() {
        bench.node("n1", 4, 8);
        var one = bench.submit(needs(2, 4));
        assertThat(one.nodeId()).isEqualTo("n1");
        assertThat(one.claim()).isEqualTo(new Claim(2, 4, List.of()));
        assertThat(bench.amounts("n1").sums().free().cpu()).isEqualTo(2);
        assertThat(bench.amounts("n1").sums().free().memoryBytes()).isEqualTo(4);
    }

    @Test
    void asked_again_for_the_same_attempt_it_gives_the_same_node_and_claims_once() {
        bench.node("n1", 4, 8);
        bench.node("n2", 4, 8);
        Placer.PlacementRequest wish = bench.wish(bench.step(needs(1, 1)));
        String first = bench.scheduler.place(wish).nodeId();
        for (int i = 0; i < 5; i++) {
            assertThat(bench.scheduler.place(wish).nodeId()).isEqualTo(first);
        }
        assertThat(bench.amounts(first).sums().claimed().cpu()).isEqualTo(1);
    }

    @Test
    void for_each_reason_it_says_how_many_nodes_that_excludes() {
        bench.node("off", NodeStatus.OFFLINE, 4, 8);
        bench.node("late", NodeStatus.UNHEALTHY, 4, 8);
        bench.node("small1", 1, 8);
        bench.node("small2", 1, 8);
        bench.node("full", 2, 8);
        bench.submit(needs(2, 1));
        assertThat(bench.submit(needs(2, 1)).reason())
                .isEqualTo("waits for a node: has fewer cores than asked for (2), is OFFLINE (1), is UNHEALTHY (1),"
                        + " has not enough free CPU (1)");
    }

    @Test
    void what_fits_and_comes_after_others_says_so() {
        bench.node("n1", 4, 8);
        bench.submit(needs(3, 1));
        assertThat(bench.submit(needs(4, 1)).reason()).contains("not enough free CPU");
        bench.advance(Duration.ofSeconds(1)); // what came in the same millisecond is before nothing
        assertThat(bench.submit(needs(1, 1)).reason()).isEqualTo("waits its turn");
        assertThat(bench.submit(bench.pinned(needs(1, 2), "n1")).reason()).isEqualTo("waits its turn");
    }

    @Test
    void a_node_that_holds_the_models_is_preferred_for_as_long_as_it_does() {
        for (String id : List.of("n1", "n2", "n3")) {
            bench.node(id, 8, 80);
        }
        bench.holds("n2", "llama");
        bench.holds("n3", "llama", "org--qwen");
        assertThat(lands(1, (String[]) null)).isEqualTo("n1");
        assertThat(lands(1, "llama", "org/qwen")).isEqualTo("n3");
        assertThat(lands(1, "llama")).isEqualTo("n2");
        bench.holds("n3");
        assertThat(lands(2, "llama", "org/qwen")).isEqualTo("n2");
        bench.holds("n2");
        assertThat(lands(3, "llama", "org/qwen")).isEqualTo("n1");
    }

    /** Where it goes while nothing else is there. @param cpu another for each: what asks for the same is packed together */
    private String lands(double cpu, String... models) {
        var given = bench.submit(reads(cpu, models));
        String node = given.nodeId();
        bench.ends(given);
        return node;
    }

    @Test
    void what_is_of_no_use_as_a_model_s_name_excludes_no_node() {
        bench.node("n1", 8, 80);
        assertThat(bench.submit(reads(1, "..")).nodeId()).isEqualTo("n1");
    }

    private static Requires reads(double cpu, String... models) {
        return RequiresBuilder.builder()
                .cpu(cpu)
                .memoryBytes(1L)
                .models(models == null ? null : List.of(models))
                .build();
    }

    @Test
    void what_can_never_fit_is_told_from_what_must_wait() {
        bench.node("n1", NodeStatus.OFFLINE, 4, 8);
        var large = bench.submit(needs(5, 1));
        assertThat(large.reason()).startsWith("no node can ever fit: ");
        assertThat(bench.explain(large).never()).isTrue();
        var waits = bench.submit(needs(4, 1));
        assertThat(bench.explain(waits).never()).isFalse();
        var empty = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));
        assertThat(empty.submit(needs(1, 1)).reason()).isEqualTo("waits for a node: there is none yet");
    }

    @Test
    void a_container_engine_that_does_not_answer_hides_nothing_that_lasts() {
        bench.gpus("n1", 80);
        bench.silencesEngine("n1");
        assertThat(bench.submit(onEngine(1, 1, null, "docker")).reason()).contains("does not answer");
        for (Requires never : List.of(
                onEngine(1, 2, null, "docker"),
                onEngine(65, 1, null, "docker"),
                onEngine(1, 1, null, "docker", "a-capability-it-lacks"))) {
            assertThat(bench.explain(bench.submit(never)).never())
                    .as("%s", never)
                    .isTrue();
        }
    }

    @Test
    void what_only_an_engine_that_does_not_answer_could_say_is_waited_for() {
        bench.gpus("n1", 80);
        bench.silencesEngine("n1");
        Requires disk = RequiresBuilder.builder(onEngine(1, 1, "runc", "docker"))
                .diskBytes(1L)
                .build();
        var waits = bench.submit(disk);
        assertThat(waits.reason()).contains("does not answer");
        assertThat(bench.explain(waits).never()).isFalse();
    }

    private static Requires onEngine(double cpu, int gpus, String runtime, String... capabilities) {
        return RequiresBuilder.builder()
                .cpu(cpu)
                .memoryBytes(1L)
                .gpus(new Requires.Gpus(gpus, null, null))
                .capabilities(List.of(capabilities))
                .runtime(runtime)
                .build();
    }

    @Test
    void what_only_clears_a_node_goes_there_also_when_it_is_closed() {
        bench.cordoned("n1");
        assertThat(bench.submit(bench.pinned(null, "n1")).reason()).contains("cordoned");
        assertThat(bench.submit(Bench.clearing("n1")).nodeId()).isEqualTo("n1");
    }

    @Test
    void binpack_fills_a_node_and_spread_shares_the_load() {
        for (var policy : Config.Scheduler.Packing.values()) {
            var own = new Bench(Bench.settings(policy));
            for (int i = 0; i < 4; i++) {
                own.node("n" + i, 8, 80);
            }
            var used = new HashMap<String, Integer>();
            for (int i = 0; i < 4; i++) {
                used.merge(own.submit(needs(2, 8)).nodeId(), 1, Integer::sum);
            }
            assertThat(used).as(policy.name()).hasSize(policy == Config.Scheduler.Packing.BINPACK ? 1 : 4);
        }
    }

    @Test
    void steps_that_ask_for_nothing_spread_over_the_nodes() {
        for (int i = 0; i < 10; i++) {
            bench.node("n" + i, 64, 1_000);
        }
        var used = new HashMap<String, Integer>();
        for (int i = 0; i < 200; i++) {
            used.merge(bench.submit((Requires) null).nodeId(), 1, Integer::sum);
        }
        assertThat(used.values())
                .hasSize(10)
                .allSatisfy(count -> assertThat(count).isEqualTo(20));
    }

    @Test
    void a_node_takes_no_more_at_once_than_it_has_slots_and_the_rest_follows_as_they_end() {
        bench.slots("n1", 2);
        var given = IntStream.range(0, 5)
                .mapToObj(i -> bench.submit((Requires) null))
                .toList();
        assertThat(given.stream().filter(one -> one.nodeId() != null)).hasSize(2);
        bench.ends(given.get(0));
        bench.pass();
        assertThat(given.get(2).nodeId()).isEqualTo("n1");
        assertThat(given.get(3).nodeId()).isNull();
    }

    @Test
    void the_urgent_comes_first_and_what_has_waited_long_enough_comes_before_it() {
        bench.slots("n1", 1);
        var running = bench.submit((Requires) null);
        var low = bench.submit(bench.step(null, Priority.LOW, false));
        bench.advance(Duration.ofMinutes(9));
        var normal = bench.submit(bench.step(null, Priority.NORMAL, false));
        bench.ends(running);
        bench.pass();
        assertThat(normal.nodeId()).as("one class outweighs nine minutes").isNotNull();
        assertThat(low.nodeId()).isNull();
        bench.advance(Duration.ofMinutes(12));
        var later = bench.submit(bench.step(null, Priority.NORMAL, false));
        bench.ends(normal);
        bench.pass();
        assertThat(low.nodeId()).as("twenty-one minutes outweigh one class").isNotNull();
        assertThat(later.nodeId()).isNull();
    }

    @Test
    void nothing_starves_under_an_endless_stream_of_more_urgent_work() {
        bench.slots("n1", 1);
        var running = bench.submit(bench.step(null, Priority.MOST, false));
        var least = bench.submit(bench.step(null, Priority.LEAST, false));
        int rounds = 0;
        while (least.nodeId() == null && rounds++ < 1_000) {
            bench.advance(Duration.ofMinutes(1));
            var next = bench.submit(bench.step(null, Priority.MOST, false));
            bench.ends(running);
            bench.pass();
            running = next.nodeId() == null ? running : next;
            if (!running.runs() && least.nodeId() == null) {
                running = bench.runningNow();
            }
        }
        assertThat(rounds).as("minutes waited").isLessThan(60);
    }

    @Test
    void large_work_is_not_overtaken_for_ever_by_small_work() {
        bench.node("n1", 4, 100);
        bench.node("n2", 4, 100);
        var small = new ArrayList<>(
                IntStream.range(0, 8).mapToObj(i -> bench.submit(needs(1, 1))).toList());
        var large = bench.submit(needs(4, 1));
        int rounds = 0;
        while (large.nodeId() == null && rounds++ < 100) {
            bench.advance(Duration.ofSeconds(10));
            small.add(bench.submit(needs(1, 1)));
            bench.ends(small.stream().filter(Bench.Given::runs).findFirst().orElseThrow());
            bench.pass();
        }
        assertThat(rounds).isLessThan(30);
        assertThat(bench.amounts(large.nodeId()).sums().claimed().cpu()).isEqualTo(4);
    }

    @Test
    void a_gang_is_not_overtaken_for_ever_by_small_work() {
        for (String node : List.of("n1", "n2", "n3")) {
            bench.node(node, 4, 100);
        }
        var small = new ArrayList<>(
                IntStream.range(0, 12).mapToObj(i -> bench.submit(needs(1, 1))).toList());
        var gang = bench.gang(4, needs(2, 1));
        streams(small, gang);
        assertThat(gang).allMatch(Bench.Given::runs);
        gang.forEach(bench::ends);
        bench.pass();
        long free = Stream.of("n1", "n2", "n3")
                .mapToLong(node -> (long) bench.amounts(node).sums().free().cpu())
                .sum();
        long waiting = small.stream()
                .filter(one -> one.step().status() == StepState.QUEUED)
                .count();
        assertThat(Math.min(free, waiting)).as("nothing is kept free any more").isZero();
    }

    @Test
    void a_gang_that_never_fits_keeps_nothing_free_and_does_not_stand_before_what_could() {
        bench.node("n1", 4, 100);
        bench.node("n2", 4, 100);
        var small = new ArrayList<>(
                IntStream.range(0, 8).mapToObj(i -> bench.submit(needs(1, 1))).toList());
        var never = bench.gang(3, needs(4, 1));
        var large = bench.submit(needs(4, 1));
        streams(small, List.of(large));
        assertThat(large.runs()).isTrue();
        assertThat(never).noneMatch(Bench.Given::runs);
    }

    @Test
    void when_the_node_that_was_kept_free_goes_down_another_is() {
        bench.node("n1", 4, 100);
        bench.node("n2", 4, 100);
        var small = new ArrayList<>(
                IntStream.range(0, 8).mapToObj(i -> bench.submit(needs(1, 1))).toList());
        var large = bench.submit(needs(4, 1));
        bench.advance(Duration.ofSeconds(31));
        bench.pass();
        String kept = bench.explain(large).keptFree();
        bench.node(kept, NodeStatus.OFFLINE, 4, 100);
        streams(small, List.of(large));
        assertThat(large.nodeId()).isNotNull().isNotEqualTo(kept);
    }

    /** Each ten seconds one of the small ones ends and another comes, until all of these run, or a thousand seconds. */
    private void streams(List<Bench.Given> small, List<Bench.Given> until) {
        for (int rounds = 0; rounds < 100 && !until.stream().allMatch(Bench.Given::runs); rounds++) {
            bench.advance(Duration.ofSeconds(10));
            small.add(bench.submit(needs(1, 1)));
            small.stream()
                    .filter(one -> one.runs() && bench.isUp(one.nodeId()))
                    .findFirst()
                    .ifPresent(bench::ends);
            bench.pass();
        }
    }

    @Test
    void a_gang_starts_whole_or_not_at_all() {
        bench.slots("n1", 2);
        bench.slots("n2", 2);
        var other = bench.submit((Requires) null);
        var gang = bench.gang(4);
        bench.pass();
        assertThat(gang.stream().filter(one -> one.nodeId() != null)).isEmpty();
        assertThat(bench.amounts("n1").slots().taken()
                        + bench.amounts("n2").slots().taken())
                .as("nothing is kept of a try that failed")
                .isEqualTo(1);
        bench.ends(other);
        bench.pass();
        assertThat(gang.stream().filter(one -> one.nodeId() != null)).hasSize(4);
    }

    @Test
    void work_that_waits_and_is_given_a_higher_priority_runs_first() {
        bench.node("n1", 1, 100);
        var runs = bench.submit(needs(1, 1));
        var first = bench.submit(needs(1, 1));
        var second = bench.submit(needs(1, 1));
        bench.prioritise(second, Priority.HIGH);
        bench.ends(runs);
        bench.pass();
        assertThat(second.nodeId()).isEqualTo("n1");
        assertThat(first.nodeId()).isNull();
    }

    @Test
    void urgent_work_takes_the_place_of_the_least_important_that_allows_it() {
        bench.node("n1", 4, 100);
        var firm = bench.submit(bench.step(needs(2, 1), Priority.LOW, false));
        var least = bench.submit(bench.step(needs(1, 1), Priority.LOW, true));
        var less = bench.submit(bench.step(needs(1, 1), Priority.NORMAL, true));
        var urgent = bench.submit(bench.step(needs(1, 1), Priority.HIGH, false));
        assertThat(urgent.nodeId()).isNull();
        assertThat(bench.pass()).containsExactly(least.command());
        assertThat(bench.pass()).as("asked for once").isEmpty();
        bench.requeue(least);
        bench.pass();
        assertThat(urgent.nodeId()).isEqualTo("n1");
        assertThat(least.nodeId()).isNull();
        assertThat(least.step().attempts().get(0).error().category().wire()).isEqualTo("preempted");
        assertThat(firm.runs()).isTrue();
        assertThat(less.runs()).isTrue();
    }

    @Test
    void equal_priority_preempts_nothing() {
        bench.node("n1", 1, 100);
        bench.submit(bench.step(needs(1, 1), Priority.HIGH, true));
        bench.submit(bench.step(needs(1, 1), Priority.HIGH, false));
        assertThat(bench.pass()).isEmpty();
    }

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
        bench.scheduler.uses("n1", new LiveUse(0.1, 60L, Map.of()));
        assertThat(bench.submit(needs(1, 50)).nodeId())
                .as("60 of 100 are used by others")
                .isNull();
        var small = bench.submit(bench.step(needs(1, 30), Priority.HIGH, false));
        assertThat(small.nodeId()).isEqualTo("n1");
        bench.scheduler.uses("n1", new LiveUse(0.1, 65L, Map.of())); // it has taken 5 of its 30 so far
        assertThat(bench.amounts("n1").sums().free().memoryBytes()).isEqualTo(10);
        bench.scheduler.uses("n1", new LiveUse(0.1, 90L, Map.of())); // all of it
        assertThat(bench.amounts("n1").sums().free().memoryBytes()).isEqualTo(10);
        bench.scheduler.uses("n1", new LiveUse(0.1, 97L, Map.of())); // others grew by 7
        assertThat(bench.amounts("n1").sums().free().memoryBytes()).isEqualTo(3);
        bench.scheduler.uses("n1", new LiveUse(0.1, 35L, Map.of())); // and ended
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
        bench.scheduler.uses("n1", new LiveUse(null, null, 700L, Map.of())); // it has written 400 of its 500
        assertThat(bench.amounts("n1").sums().free().diskBytes()).isEqualTo(200);
        bench.scheduler.uses("n1", new LiveUse(null, null, 900L, Map.of())); // and somebody else 100
        assertThat(bench.amounts("n1").sums().free().diskBytes()).isEqualTo(100);
        bench.ends(first);
        bench.scheduler.uses("n1", new LiveUse(null, null, 400L, Map.of()));
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
        bench.scheduler.uses("n1", new LiveUse(0.0, 0L, Map.of(0, 30L)));
        assertThat(bench.submit(gpu(1, null)).nodeId()).isNull();
        assertThat(bench.submit(bench.step(gpu(1, 50L), Priority.HIGH, false)).nodeId())
                .isEqualTo("n1");
    }

    @Test
    void a_promise_whose_write_never_came_ends() {
        bench.node("n1", 1, 100);
        bench.scheduler.place(bench.wish(bench.step(needs(1, 1))));
        var next = bench.submit(needs(1, 1));
        assertThat(next.nodeId()).isNull();
        bench.advance(Duration.ofSeconds(31));
        bench.pass();
        assertThat(next.nodeId()).isEqualTo("n1");
    }

    @Test
    void a_node_that_failed_three_times_in_a_row_rests_and_longer_the_next_time() {
        bench.node("n1", 8, 100);
        for (int i = 0; i < 3; i++) {
            bench.fails(bench.submit(needs(1, 1)));
        }
        var waits = bench.submit(needs(1, 1));
        assertThat(waits.reason()).isEqualTo("waits for a node: cools down after failures (1)");
        bench.advance(Duration.ofSeconds(31));
        bench.pass();
        assertThat(waits.nodeId()).isEqualTo("n1");
        bench.fails(waits);
        var again = bench.submit(needs(1, 1));
        bench.advance(Duration.ofSeconds(31));
        bench.pass();
        assertThat(again.nodeId()).as("twice as long").isNull();
        bench.advance(Duration.ofSeconds(30));
        bench.pass();
        assertThat(again.nodeId()).isEqualTo("n1");
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

    @Test
    void what_waits_for_gpus_does_not_hold_up_the_rest() {
        bench.gpus("g", 80);
        bench.node("c", 4, 100);
        bench.submit(gpu(1, null));
        assertThat(bench.submit(gpu(1, null)).nodeId()).isNull();
        assertThat(bench.submit(needs(1, 1)).nodeId()).as("in the same write").isEqualTo("c");
    }

    @Test
    void a_pinned_step_without_amounts_goes_even_to_a_full_node_and_one_with_amounts_waits() {
        bench.slots("n1", 1);
        bench.submit((Requires) null);
        assertThat(bench.submit(bench.pinned(null, "n1")).nodeId()).isEqualTo("n1");
        var waits = bench.submit(bench.pinned(needs(1, 1), "n1"));
        assertThat(waits.reason()).isEqualTo("waits for node n1, which has no free slot");
        assertThat(bench.scheduler
                        .place(bench.wish(bench.pinned(null, "ghost")))
                        .never())
                .isTrue();
    }

    @Test
    void an_unreadable_selector_ends_the_step_instead_of_blocking_its_record() {
        bench.node("n1", 4, 100);
        var unreadable = RequiresBuilder.builder().labelSelector("(((").build();
        assertThat(bench.scheduler.place(bench.wish(bench.step(unreadable))).never())
                .isTrue();
    }

    private static Requires needs(double cpu, long memory) {
        return RequiresBuilder.builder().cpu(cpu).memoryBytes(memory).build();
    }

    private static Requires gpu(int count, Long memory) {
        return RequiresBuilder.builder()
                .gpus(new Requires.Gpus(count, memory, null))
                .build();
    }
}
