package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.node.NodeStatus;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which node takes a step, and why others do not. */
class NodeChoiceTest extends SchedulerRig {
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
}
