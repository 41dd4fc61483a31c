package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.execution.Timeline;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.testing.TestSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Executions kept in a map, beside a scheduler and its nodes. */
final class Bench extends BenchNodes {
    private final Map<String, Execution> executions = new LinkedHashMap<>();
    final Timeline timeline;
    private int count;

    Bench(Config.Scheduler settings) {
        this(settings, true);
    }

    Bench(Config.Scheduler settings, boolean alone) {
        super(settings, alone);
        timeline = new Timeline(scheduler);
    }

    static Config.Scheduler settings(Config.Scheduler.Packing policy) {
        return TestSettings.scheduler().policy(policy).build();
    }

    /** One step of one execution, as it stands. */
    record Given(Bench bench, String executionId, int index) {
        Step step() {
            return bench.executions.get(executionId).steps().get(index);
        }

        boolean runs() {
            return step().status().isOpenAttempt();
        }

        /** Where it runs; null while it waits. */
        String nodeId() {
            return runs() ? step().nodeId() : null;
        }

        Claim claim() {
            return step().current().claim();
        }

        List<Integer> gpus() {
            return claim().gpus().stream().map(Amounts.Gpu::index).toList();
        }

        String reason() {
            return step().message();
        }

        CommandId id() {
            return new CommandId(executionId, index, step().attempt());
        }

        String command() {
            return id().toString();
        }
    }

    StepSpec step(Requires requires) {
        return step(requires, null, false);
    }

    StepSpec step(Requires requires, Integer priority, boolean preemptible) {
        return step(0, requires, null, priority, preemptible, null);
    }

    StepSpec pinned(Requires requires, String nodeId) {
        return step(0, requires, nodeId, null, false, null);
    }

    /** Removes a container from a node. */
    static StepSpec clearing(String nodeId) {
        return StepSpecBuilder.builder()
                .index(0)
                .name("s")
                .command(CommandNames.DEPLOYMENT_DELETE)
                .dependsOn(List.of())
                .nodeId(nodeId)
                .maxRetries(0)
                .build();
    }

    private static StepSpec step(
            int index, Requires requires, String nodeId, Integer priority, boolean preemptible, String gang) {
        return StepSpecBuilder.builder()
                .index(index)
                .name("s")
                .command("system.healthCheck")
                .dependsOn(List.of())
                .nodeId(nodeId)
                .requires(requires)
                .maxRetries(0)
                .priority(priority)
                .preemptible(preemptible)
                .gang(gang)
                .build();
    }

    Placer.PlacementRequest wish(StepSpec step) {
        return new Placer.PlacementRequest("wish" + count++, step, 1, step.nodeId(), now.get());
    }

    Given submit(Requires requires) {
        return submit(step(requires));
    }

    Given submit(StepSpec step) {
        return submit(List.of(step)).get(0);
    }

    List<Given> gang(int size) {
        return gang(size, null);
    }

    List<Given> gang(int size, Requires requires) {
        return submit(IntStream.range(0, size)
                .mapToObj(i -> step(i, requires, null, null, false, "g"))
                .toList());
    }

    private List<Given> submit(List<StepSpec> steps) {
        String id = "ex%06d".formatted(count++);
        stored(null, timeline.start(id, steps, now.get()));
        return IntStream.range(0, steps.size())
                .mapToObj(i -> new Given(this, id, i))
                .toList();
    }

    void ends(Given given) {
        change(given, timeline.ends(executions.get(given.executionId), given.id(), given.nodeId(), now.get()));
    }

    void fails(Given given) {
        change(
                given,
                timeline.fails(
                        executions.get(given.executionId),
                        given.id(),
                        given.nodeId(),
                        ErrorCategory.ENGINE_UNREACHABLE,
                        now.get()));
    }

    /** By what is that node's own. */
    void failsThere(Given given, String words) {
        change(
                given,
                timeline.failsThere(executions.get(given.executionId), given.id(), given.nodeId(), words, now.get()));
    }

    Execution execution(Given given) {
        return executions.get(given.executionId);
    }

    /** All of them, as they are stored. */
    List<Execution> executions() {
        return List.copyOf(executions.values());
    }

    /** Several steps of one execution. */
    List<Given> together(StepSpec... steps) {
        return submit(List.of(steps));
    }

    /** The worker has stopped an attempt that had to make room. */
    void requeue(Given given) {
        change(given, timeline.evicted(executions.get(given.executionId), given.id(), given.nodeId(), now.get()));
    }

    /** What waits is given another priority. */
    void prioritise(Given given, int priority) {
        change(given, timeline.prioritised(executions.get(given.executionId), priority, now.get()));
    }

    /** Lets the scheduler place what it can, and writes that. @return whose place it takes */
    List<String> pass() {
        var victims = new ArrayList<String>();
        boolean more = true;
        while (more) {
            Scheduler.Pass pass = scheduler.pass(500);
            for (Scheduler.Placed given : pass.placed()) {
                String id = given.executionId();
                Execution before = executions.get(id);
                Execution after = before == null ? null : timeline.look(before, now.get());
                if (after != before) {
                    stored(before, after);
                }
                scheduler.tried(given);
            }
            pass.evictions().forEach(one -> victims.add(one.command().toString()));
            more = pass.more();
        }
        return victims;
    }

    Explanation explain(Given given) {
        return scheduler.explain(executions.get(given.executionId), given.index);
    }

    /** One that runs; there must be one. */
    Given runningNow() {
        return executions.values().stream()
                .filter(one -> one.steps().get(0).status().isOpenAttempt())
                .map(one -> new Given(this, one.id(), 0))
                .findFirst()
                .orElseThrow();
    }

    private void change(Given given, Execution after) {
        stored(executions.get(given.executionId), after);
    }

    private void stored(Execution before, Execution after) {
        executions.put(after.id(), after);
        scheduler.written(before, after);
    }
}
