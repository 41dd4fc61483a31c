package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is tried out on the ledger is the truth of that moment, and leaves no trace. */
class WhatIfPlacementTest {
    private final Bench bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));

    private static Requires gpu(long memory) {
        return RequiresBuilder.builder()
                .gpus(new Requires.Gpus(1, memory, null))
                .build();
    }

    private void holds(String claimId, String nodeId, int gpu, long memory) {
        bench.scheduler.holds(claimId, nodeId, memory(gpu, memory), false);
    }

    private static Claim memory(int gpu, long bytes) {
        return new Claim(Amounts.of(0, 0, 0).withGpus(List.of(new Amounts.Gpu(gpu, bytes))), List.of());
    }

    @Test
    void what_waits_has_room_where_the_right_ones_are_away() {
        bench.gpus("n1", 80);
        bench.gpus("n2", 40);
        holds("qwen/0", "n1", 0, 50);
        holds("small/0", "n2", 0, 30);
        Bench.Given waits = bench.submit(gpu(60));
        assertThat(waits.nodeId()).isNull();
        var execution = bench.execution(waits);
        boolean[] fits = bench.scheduler.trial(trial -> {
            var found = new boolean[5];
            found[0] = trial.fits(execution, 0);
            trial.without(List.of("small/0"), Map.of());
            found[1] = trial.fits(execution, 0);
            trial.without(List.of("qwen/0", "qwen/1", "not-there/0"), Map.of());
            found[2] = trial.fits(execution, 0);
            trial.with(List.of("qwen/0"));
            found[3] = trial.fits(execution, 0);
            trial.without(List.of("qwen/0"), Map.of());
            trial.take(execution, 0);
            found[4] = trial.fits(execution, 0);
            return found;
        });
        assertThat(fits).containsExactly(false, false, true, false, false);
        String why = bench.scheduler.trial(trial -> trial.why(execution, 0));
        assertThat(why).contains("has no GPU with enough free memory");
    }

    @Test
    void what_stays_of_one_that_sleeps_counts_until_it_is_awake_again() {
        bench.gpus("n1", 80);
        holds("qwen/0", "n1", 0, 50);
        var large = bench.execution(bench.submit(gpu(79)));
        var small = bench.execution(bench.submit(gpu(77)));
        boolean[] fits = bench.scheduler.trial(trial -> {
            var found = new boolean[4];
            trial.without(List.of("qwen/0"), Map.of("qwen/0", memory(0, 3)));
            found[0] = trial.fits(large, 0);
            found[1] = trial.fits(small, 0);
            trial.with(List.of("qwen/0"));
            found[2] = trial.fits(small, 0);
            trial.without(List.of("qwen/0"), Map.of());
            found[3] = trial.fits(large, 0);
            return found;
        });
        assertThat(fits).containsExactly(false, true, false, true);
    }

    @Test
    void a_node_that_is_kept_free_for_what_waits_is_free_to_it() {
        bench.gpus("n1", 80);
        holds("qwen/0", "n1", 0, 50);
        Bench.Given waits = bench.submit(gpu(60));
        bench.advance(java.time.Duration.ofHours(1));
        bench.pass(); // it has waited for so long that the node is kept free for it
        assertThat(bench.explain(waits).keptFree()).isEqualTo("n1");
        var execution = bench.execution(waits);
        boolean fits = bench.scheduler.trial(trial -> {
            trial.without(List.of("qwen/0"), Map.of());
            return trial.fits(execution, 0);
        });
        assertThat(fits).isTrue();
    }

    @Test
    void whatever_is_tried_the_ledger_is_as_it_was() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            var each = new WhatIfPlacementTest();
            each.bench.gpus("n1", 80, 80);
            each.bench.gpus("n2", 40);
            var ids = new ArrayList<String>();
            for (int i = 0; i < 6; i++) {
                ids.add("dep" + i + "/0");
                each.holds(ids.get(i), random.nextBoolean() ? "n1" : "n2", 0, 1 + random.nextInt(12));
            }
            var execution = each.bench.execution(each.bench.submit(gpu(75)));
            var other = each.bench.execution(each.bench.submit(gpu(60)));
            List<NodeAmounts> before = each.amounts();
            boolean failed = random.nextInt(10) == 0;
            try {
                each.bench.scheduler.trial(trial -> {
                    for (int i = 0; i < 30; i++) {
                        var some = List.of(ids.get(random.nextInt(6)), ids.get(random.nextInt(6)));
                        switch (random.nextInt(4)) {
                            case 0 -> trial.without(some, Map.of(some.get(0), memory(0, 1)));
                            case 1 -> trial.with(some);
                            case 2 -> trial.take(random.nextBoolean() ? execution : other, 0);
                            default -> trial.fits(execution, 0);
                        }
                    }
                    if (failed) {
                        throw new IllegalStateException("on purpose");
                    }
                    return null;
                });
            } catch (IllegalStateException onPurpose) {
                assertThat(failed).isTrue();
            }
            assertThat(each.amounts())
                    .as("seed " + seed)
                    .usingRecursiveComparison()
                    .ignoringCollectionOrder()
                    .isEqualTo(before);
        }
    }

    private List<NodeAmounts> amounts() {
        return List.of(bench.amounts("n1"), bench.amounts("n2"));
    }
}
