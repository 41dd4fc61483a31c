package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.Priority;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.NodeStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What waits: its order, and that nothing waits for ever. */
class QueueFairnessTest extends SchedulerRig {
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
    void what_waits_for_gpus_does_not_hold_up_the_rest() {
        bench.gpus("g", 80);
        bench.node("c", 4, 100);
        bench.submit(gpu(1, null));
        assertThat(bench.submit(gpu(1, null)).nodeId()).isNull();
        assertThat(bench.submit(needs(1, 1)).nodeId()).as("in the same write").isEqualTo("c");
    }
}
