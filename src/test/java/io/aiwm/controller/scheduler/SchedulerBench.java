package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Requires;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;

/**
 * What deciding costs: one decision, and a sweep over ten thousand steps that wait, on 100, 1,000 and 10,000 nodes; once
 * where nothing fits and once where everything does. The steps ask for a hundred different things. Nothing is stored.
 * {@code bench/run scheduler} starts it.
 */
public final class SchedulerBench {
    private static final int QUEUED = 10_000;
    private static final int KINDS = 100;
    private static final int ROUNDS = 15;

    private SchedulerBench() {}

    public static void main(String[] args) {
        for (int warm = 0; warm < 3; warm++) {
            sweeps(1_000, false);
            decisions(1_000);
        }
        for (int nodes : new int[] {100, 1_000, 10_000}) {
            System.out.println(new JsonObject()
                    .put("bench", "scheduler")
                    .put("nodes", nodes)
                    .put("queued", QUEUED)
                    .put("decision_us", round(decisions(nodes)))
                    .put("sweep_nothing_fits_ms", round(sweeps(nodes, true)))
                    .put("sweep_all_fit_ms", round(sweeps(nodes, false)))
                    .encode());
        }
    }

    /** Median microseconds of placing one step and giving its place back. */
    private static double decisions(int nodes) {
        Bench bench = fleet(nodes, false);
        double[] micros = new double[2_000];
        for (int i = 0; i < micros.length; i++) {
            Placer.Wish wish = bench.wish(bench.step(need(i)));
            long began = System.nanoTime();
            Placer.Answer answer = bench.scheduler.place(wish);
            micros[i] = (System.nanoTime() - began) / 1e3;
            if (answer.nodeId() == null) {
                throw new IllegalStateException(answer.reason());
            }
            bench.scheduler.tried(wish.executionId());
        }
        return median(micros);
    }

    /** Median milliseconds of one look at everything that waits. */
    private static double sweeps(int nodes, boolean full) {
        double[] millis = new double[nodes > 1_000 || !full ? 5 : ROUNDS];
        for (int round = 0; round < millis.length; round++) {
            Bench bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));
            for (int i = 0; i < QUEUED; i++) {
                bench.submit(need(i)); // no node yet: all of them wait
            }
            nodes(bench, nodes, full);
            long began = System.nanoTime();
            Scheduler.Pass pass = bench.scheduler.pass(QUEUED);
            millis[round] = (System.nanoTime() - began) / 1e6;
            int expected = full ? 0 : Math.min(QUEUED, nodes * 100);
            if (pass.look().size() != expected) {
                throw new IllegalStateException(pass.look().size() + " placed, not " + expected);
            }
        }
        return median(millis);
    }

    private static Bench fleet(int nodes, boolean full) {
        Bench bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));
        nodes(bench, nodes, full);
        return bench;
    }

    private static void nodes(Bench bench, int nodes, boolean full) {
        for (int i = 0; i < nodes; i++) {
            bench.node("n%05d".formatted(i), 512, 1_000_000);
            if (full) {
                bench.scheduler.holds(
                        "all" + i,
                        "n%05d".formatted(i),
                        new io.aiwm.controller.execution.Claim(512, 0, List.of()),
                        false);
            }
        }
    }

    private static Requires need(int i) {
        int kind = i % KINDS;
        return new Requires(1.0 + kind % 10 * 0.1, 100L + kind, null, null, null, List.of("docker"), null, null);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private static double round(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
