package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * What deciding costs, by JMH: one decision, and a sweep over ten thousand steps that wait, on 100, 1,000 and 10,000 nodes;
 * once where nothing fits and once where everything does; and what reading a queue of fifty thousand again costs. The steps ask for a hundred different things. Nothing is stored.
 * {@code bench/run scheduler} starts it.
 */
@Fork(1)
public class SchedulerBench {
    private static final int QUEUED = 10_000;
    private static final int KINDS = 100;
    /** How many wait in a very long queue, and how many of them are read at once. */
    private static final int VERY_MANY = 50_000;

    private static final int PAGE = 1_000;

    /** A fleet with room for everything. */
    @State(Scope.Thread)
    public static class Free {
        @Param({"100", "1000", "10000"})
        int nodes;

        private Bench bench;
        private final Placer.PlacementRequest[] wishes = new Placer.PlacementRequest[KINDS];
        private int next;

        @Setup
        public void connect() {
            bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));
            addNodes(bench, nodes, false);
            for (int i = 0; i < KINDS; i++) {
                wishes[i] = bench.wish(bench.step(need(i)));
            }
        }
    }

    /** Ten thousand steps that came before the first node. */
    @State(Scope.Thread)
    public static class Queue {
        @Param({"100", "1000", "10000"})
        int nodes;

        private Bench bench;

        /** @param full whether nothing will fit */
        void fill(boolean full) {
            bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));
            for (int i = 0; i < QUEUED; i++) {
                bench.submit(need(i));
            }
            addNodes(bench, nodes, full);
        }

        Scheduler.Pass pass(int expected) {
            Scheduler.Pass pass = bench.scheduler.pass(QUEUED);
            if (pass.placed().size() != expected) {
                throw new IllegalStateException(pass.placed().size() + " placed, not " + expected);
            }
            return pass;
        }
    }

    /** A queue for which there is room. */
    public static class Fits extends Queue {
        @Setup(Level.Invocation)
        public void fill() {
            fill(false);
        }
    }

    /** A queue for which there is none. */
    public static class FitsNot extends Queue {
        @Setup(Level.Invocation)
        public void fill() {
            fill(true);
        }
    }

    /** Fifty thousand that wait, of which nothing fits: what is read of them again every five seconds. */
    @State(Scope.Thread)
    public static class Reread {
        @Param("1000")
        int nodes;

        private Bench bench;
        private List<Execution> stored;
        private Set<String> all;
        private int page;

        @Setup
        public void fill() {
            bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));
            for (int i = 0; i < VERY_MANY; i++) {
                bench.submit(need(i));
            }
            addNodes(bench, nodes, true);
            stored = bench.executions();
            all = new HashSet<>();
            bench.scheduler.reread(stored, Set.of(), all);
        }
    }

    /** Taking in one page of a very long queue: so long nothing else is done on that event loop. */
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    @Warmup(iterations = 3, time = 1)
    @Measurement(iterations = 5, time = 1)
    public Set<String> reread_page_ms(Reread of) {
        int from = of.page++ % (VERY_MANY / PAGE) * PAGE;
        var known = new HashSet<String>();
        of.bench.scheduler.reread(of.stored.subList(from, from + PAGE), Set.of(), known);
        return known;
    }

    /** Seeing what of a very long queue is no more, when all of it has been taken in. */
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    @Warmup(iterations = 3, time = 1)
    @Measurement(iterations = 5, time = 1)
    public int reread_end_ms(Reread of) {
        of.bench.scheduler.isReread(Set.of(), of.all, of.bench.timeMillis() + 1);
        return of.page;
    }

    /** Placing one step, and giving its place back. */
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    @Warmup(iterations = 3, time = 1)
    @Measurement(iterations = 5, time = 1)
    public Placer.PlacementResult decision_us(Free on) {
        Placer.PlacementRequest wish = on.wishes[on.next++ % KINDS];
        Placer.PlacementResult answer = on.bench.scheduler.place(wish);
        if (answer.nodeId() == null) {
            throw new IllegalStateException(answer.reason());
        }
        on.bench.scheduler.notWritten(wish.executionId());
        return answer;
    }

    /** One look at everything that waits, where all of it gets a node. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    @Warmup(iterations = 8)
    @Measurement(iterations = 10)
    public Scheduler.Pass sweep_all_fit_ms(Fits queue) {
        return queue.pass(Math.min(QUEUED, queue.nodes * 100));
    }

    /** One look at everything that waits, where none of it does. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    @Warmup(iterations = 8)
    @Measurement(iterations = 10)
    public Scheduler.Pass sweep_nothing_fits_ms(FitsNot queue) {
        return queue.pass(0);
    }

    /** One JSON line for each size of the fleet: means, and half the width of their 99.9 % confidence intervals. */
    public static void main(String[] args) throws Exception {
        var options = new OptionsBuilder()
                .include(SchedulerBench.class.getName())
                .verbosity(VerboseMode.SILENT)
                .build();
        Map<Integer, JsonObject> lines = new TreeMap<>();
        for (RunResult run : new Runner(options).run()) {
            int nodes = Integer.parseInt(run.getParams().getParam("nodes"));
            Result<?> result = run.getPrimaryResult();
            lines.computeIfAbsent(
                            nodes,
                            first -> new JsonObject()
                                    .put("bench", "scheduler")
                                    .put("nodes", nodes)
                                    .put("queued", QUEUED))
                    .put(result.getLabel(), round(result.getScore()))
                    .put(result.getLabel() + "_error", round(result.getScoreError()));
        }
        lines.values().forEach(line -> System.out.println(line.encode()));
    }

    private static void addNodes(Bench bench, int nodes, boolean full) {
        for (int i = 0; i < nodes; i++) {
            String id = "n%05d".formatted(i);
            bench.node(id, 512, 1_000_000);
            if (full) {
                bench.scheduler.holds("all" + i, id, new Claim(512, 0, List.of()), false);
            }
        }
    }

    private static Requires need(int i) {
        int kind = i % KINDS;
        return RequiresBuilder.builder()
                .cpu(1.0 + kind % 10 * 0.1)
                .memoryBytes(100L + kind)
                .capabilities(List.of("docker"))
                .build();
    }

    private static double round(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
