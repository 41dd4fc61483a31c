package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Executions of users and answers of workers, drawn by a seed. */
abstract class LedgerWork {
    static final int TOLD = 12;

    record Attempt(Execution execution, Step step) {
        CommandId id() {
            return new CommandId(execution.id(), step.spec().index(), step.attempt());
        }
    }

    record Answer(CommandId id, String node, Outcome outcome) {}

    final LedgerRig rig;
    final Random random;
    final ArrayDeque<String> story;
    final List<Answer> given = new ArrayList<>();
    final List<NewExecution> made = new ArrayList<>();
    LedgerController at;

    LedgerWork(LedgerRig rig, long seed, ArrayDeque<String> story) {
        this.rig = rig;
        this.random = new Random(seed);
        this.story = story;
    }

    void tell(int number, String what) {
        story.add(number + ": " + what);
        while (story.size() > TOLD) {
            story.removeFirst();
        }
    }

    void create(int number) {
        int size = 1 + random.nextInt(3);
        String gang = size > 1 && random.nextInt(3) == 0 ? "g" : null;
        boolean chain = gang == null && random.nextBoolean();
        var steps = new ArrayList<StepSpec>();
        for (int i = 0; i < size; i++) {
            String pinned = random.nextInt(6) == 0 ? pick(LedgerRig.NODES) : null;
            steps.add(StepSpecBuilder.builder()
                    .index(i)
                    .name("s" + i)
                    .command("system.healthCheck")
                    .dependsOn(chain && i > 0 ? List.of(i - 1) : List.of())
                    .optional(random.nextInt(5) == 0)
                    .nodeId(gang == null ? pinned : null)
                    .requires(requires())
                    .timeoutMs(random.nextInt(4) == 0 ? 10_000L : null)
                    .maxRetries(random.nextInt(3))
                    .onNodeLost(pick(List.of(OnNodeLost.values())))
                    .priority(random.nextInt(101))
                    .preemptible(random.nextBoolean())
                    .gang(gang)
                    .build());
        }
        String id = "x%04d%02d".formatted(number, made.size() % 100);
        var fresh = NewExecutionBuilder.builder()
                .id(id)
                .name(id)
                .start(random.nextInt(8) != 0)
                .steps(steps)
                .build();
        made.add(fresh);
        tell(
                number,
                "create " + id + " " + steps.stream().map(StepSpec::requires).toList());
        ask(at.executions.create(fresh, "test"));
    }

    /** The same call a second time, also long after. */
    void again(int number) {
        if (!made.isEmpty()) {
            NewExecution same = pick(made);
            tell(number, "create again " + same.id());
            ask(at.executions.create(same, "test"));
        }
    }

    Requires requires() {
        Requires.Gpus gpus = random.nextInt(4) != 0
                ? null
                : new Requires.Gpus(
                        1 + random.nextInt(2), random.nextBoolean() ? null : (1L + random.nextInt(80)) << 20, null);
        return switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 ->
                RequiresBuilder.builder()
                        .cpu((1 + random.nextInt(20)) / 10.0)
                        .gpus(gpus)
                        .build();
            default ->
                RequiresBuilder.builder()
                        .cpu(random.nextInt(40) / 10.0)
                        .memoryBytes((long) random.nextInt(500) << 20)
                        .gpus(gpus)
                        .diskBytes(random.nextBoolean() ? null : (long) random.nextInt(900) << 20)
                        .build();
        };
    }

    void cancel(int number) {
        Execution execution = anyExecution();
        if (execution != null) {
            tell(number, "cancel " + execution.id() + " of " + execution.status());
            ask(at.executions.cancel(execution.id(), "chance", "test"));
            if (random.nextBoolean()) {
                ask(at.executions.cancel(execution.id(), "again", "test"));
            }
        }
    }

    void answer(int number) {
        List<Attempt> open = open();
        if (open.isEmpty()) {
            return;
        }
        Attempt attempt = pick(open);
        if (rig.silent.contains(attempt.step.nodeId())) {
            return;
        }
        if (random.nextInt(6) == 0) {
            tell(number, "ack of " + attempt.id());
            ask(at.executions.acknowledged(
                    attempt.id(),
                    attempt.step.nodeId(),
                    new CommandAck(null, attempt.id().toString(), random.nextInt(3) != 0, "no")));
            return;
        }
        boolean ends = attempt.execution.cancelAsked() || attempt.step.current().eviction() != null;
        Outcome outcome = ends && random.nextInt(3) != 0
                ? Outcome.cancelled
                : pick(List.of(Outcome.success, Outcome.success, Outcome.failure, Outcome.timeout));
        var answer = new Answer(attempt.id(), attempt.step.nodeId(), outcome);
        given.add(answer);
        tell(number, "answer " + answer);
        tellResult(answer);
        if (random.nextInt(4) == 0) {
            tellResult(answer);
        }
    }

    /** An answer that was given before, once more; from another message, as after a reconnect. */
    void repeat(int number) {
        if (!given.isEmpty()) {
            Answer answer = pick(given);
            tell(number, "repeat " + answer);
            tellResult(answer);
        }
    }

    void tellResult(Answer answer) {
        CommandError error = answer.outcome == Outcome.success
                ? null
                : CommandError.of(
                        pick(List.of(ErrorCategory.INTERNAL, ErrorCategory.EXIT, ErrorCategory.INVALID)), "chance");
        if (error != null && random.nextInt(3) == 0) {
            error = error.onThisNode();
        }
        var output = new JsonObject().put("containerId", "c-" + answer.id);
        ask(at.executions.finished(
                answer.id,
                answer.node,
                new CommandResult(null, answer.id.toString(), answer.outcome, output, error, rig.now(), rig.now()),
                "m" + random.nextInt()));
    }

    void evict(int number) {
        List<Attempt> open = open();
        if (!open.isEmpty()) {
            Attempt attempt = pick(open);
            tell(number, "evict " + attempt.id());
            ask(at.executions.evict(
                    attempt.id(), random.nextBoolean() ? ErrorCategory.PREEMPTED : ErrorCategory.DRAINED, "chance"));
        }
    }

    void retry(int number) {
        Execution execution = anyExecution();
        if (execution != null && execution.resourceId() == null) {
            tell(number, "retry " + execution.id() + " of " + execution.status());
            ask(at.executions.retry(execution.id(), selection(execution), "test"));
        }
    }

    RetrySelection selection(Execution execution) {
        int step = random.nextInt(execution.steps().size());
        return switch (random.nextInt(4)) {
            case 0 -> RetrySelection.UNFINISHED;
            case 1 -> RetrySelection.EVERYTHING;
            case 2 -> new RetrySelection(false, List.of(step), null);
            default -> new RetrySelection(false, null, step);
        };
    }

    void delete(int number) {
        Execution execution = anyExecution();
        if (execution != null
                && execution.resourceId() == null
                && execution.status().isFinal()) {
            tell(number, "delete " + execution.id());
            ask(at.executions.delete(execution.id()));
        }
    }

    List<Attempt> open() {
        var open = new ArrayList<Attempt>();
        for (Execution execution : rig.executions().values()) {
            for (Step step : execution.steps()) {
                if (step.status().isOpenAttempt()) {
                    open.add(new Attempt(execution, step));
                }
            }
        }
        return open;
    }

    Execution anyExecution() {
        List<Execution> all = List.copyOf(rig.executions().values());
        return all.isEmpty() ? null : all.get(Math.max(0, all.size() - 1 - random.nextInt(Math.min(all.size(), 30))));
    }

    <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    /** A refusal is an answer, too. */
    static void ask(Future<?> call) {
        call.otherwiseEmpty();
    }
}
