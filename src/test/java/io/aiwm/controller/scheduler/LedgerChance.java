package io.aiwm.controller.scheduler;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentRequest;
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
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What happens, drawn by a seed: calls of users, answers of workers, silence, time and death. */
final class LedgerChance {
    private static final int TOLD = 12;

    private record Attempt(Execution execution, Step step) {
        CommandId id() {
            return new CommandId(execution.id(), step.spec().index(), step.attempt());
        }
    }

    private record Answer(CommandId id, String node, Outcome outcome) {}

    private final LedgerRig rig;
    private final Random random;
    private final ArrayDeque<String> story;
    private final boolean busy;
    private final List<Answer> given = new ArrayList<>();
    private final List<NewExecution> made = new ArrayList<>();
    private LedgerRig.Controller at;
    private int deployed;

    /** @param busy whether the next step comes while what follows from the one before is still under way */
    LedgerChance(LedgerRig rig, long seed, boolean busy, ArrayDeque<String> story) {
        this.rig = rig;
        this.busy = busy;
        this.random = new Random(seed);
        this.story = story;
    }

    /**
     * One to three things at once; now and then a controller dies of it.
     *
     * @return whether nothing is under way any more
     */
    boolean step(int number) {
        int dying = random.nextInt(12) == 0 ? random.nextInt(rig.controllers.size()) : -1;
        if (dying >= 0) {
            int writes = 1 + random.nextInt(4);
            rig.controllers.get(dying).mortal.dieAfter(writes);
            tell(number, "controller " + dying + " dies after " + writes + " writes");
        }
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            at = rig.controllers.get(random.nextInt(rig.controllers.size()));
            one(number);
        }
        boolean quiet = goOn();
        if (dying >= 0) {
            rig.replace(dying);
            quiet = goOn();
        }
        if (!rig.alone && random.nextInt(3) == 0) {
            tell(number, "controllers look at what others did");
            for (LedgerRig.Controller each : rig.controllers) {
                each.share();
                quiet = goOn();
            }
        }
        return quiet;
    }

    private boolean goOn() {
        if (busy && random.nextInt(8) != 0) {
            rig.some(random.nextInt(40));
            return false;
        }
        rig.settle();
        return true;
    }

    private void one(int number) {
        switch (random.nextInt(22)) {
            case 0, 1, 2, 3, 4 -> create(number);
            case 5 -> again(number);
            case 6 -> cancel(number);
            case 7, 8, 9, 10, 11 -> answer(number);
            case 12 -> repeat(number);
            case 13 -> evict(number);
            case 14 -> retry(number);
            case 15, 16 -> deploy(number);
            case 17 -> act(number);
            case 18 -> report(number);
            case 19 -> node(number);
            case 20 -> pass(number);
            case 21 -> delete(number);
            default -> throw new IllegalStateException();
        }
    }

    private void tell(int number, String what) {
        story.add(number + ": " + what);
        while (story.size() > TOLD) {
            story.removeFirst();
        }
    }

    private void create(int number) {
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
    private void again(int number) {
        if (!made.isEmpty()) {
            NewExecution same = pick(made);
            tell(number, "create again " + same.id());
            ask(at.executions.create(same, "test"));
        }
    }

    private Requires requires() {
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

    private void cancel(int number) {
        Execution execution = anyExecution();
        if (execution != null) {
            tell(number, "cancel " + execution.id() + " of " + execution.status());
            ask(at.executions.cancel(execution.id(), "chance", "test"));
            if (random.nextBoolean()) {
                ask(at.executions.cancel(execution.id(), "again", "test"));
            }
        }
    }

    private void answer(int number) {
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
    private void repeat(int number) {
        if (!given.isEmpty()) {
            Answer answer = pick(given);
            tell(number, "repeat " + answer);
            tellResult(answer);
        }
    }

    private void tellResult(Answer answer) {
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

    private void evict(int number) {
        List<Attempt> open = open();
        if (!open.isEmpty()) {
            Attempt attempt = pick(open);
            tell(number, "evict " + attempt.id());
            ask(at.executions.evict(
                    attempt.id(), random.nextBoolean() ? ErrorCategory.PREEMPTED : ErrorCategory.DRAINED, "chance"));
        }
    }

    private void retry(int number) {
        Execution execution = anyExecution();
        if (execution != null && execution.resourceId() == null) {
            tell(number, "retry " + execution.id() + " of " + execution.status());
            ask(at.executions.retry(execution.id(), selection(execution), "test"));
        }
    }

    private RetrySelection selection(Execution execution) {
        int step = random.nextInt(execution.steps().size());
        return switch (random.nextInt(4)) {
            case 0 -> RetrySelection.UNFINISHED;
            case 1 -> RetrySelection.EVERYTHING;
            case 2 -> new RetrySelection(false, List.of(step), null);
            default -> new RetrySelection(false, null, step);
        };
    }

    private void deploy(int number) {
        List<Deployment> all = rig.deployments();
        if (all.size() < 6) {
            String id = "d%04d%02d".formatted(number, deployed++ % 100);
            tell(number, "deploy " + id);
            ask(at.deployments.create(id, wanted(), "test"));
        }
    }

    private DeploymentRequest wanted() {
        var spec = new JsonObject()
                .put("image", "web:1")
                .put("cpu", (1 + random.nextInt(30)) / 10.0)
                .put("memoryBytes", (10L + random.nextInt(300)) << 20);
        if (random.nextInt(3) == 0) {
            spec.put("gpus", new JsonObject().put("count", 1));
        }
        if (random.nextBoolean()) {
            var port = new JsonObject().put("containerPort", 80).put("hostPort", 8_080 + random.nextInt(2));
            if (random.nextInt(3) == 0) {
                port.put("hostIp", "10.0.0." + random.nextInt(2));
            }
            spec.put("ports", new JsonArray().add(port));
        }
        var request = new JsonObject().put("name", "web").put("spec", spec);
        if (random.nextInt(3) == 0) {
            request.put("model", new JsonObject().put("url", "http://127.0.0.1/model"));
        }
        return Json.decode(request.encode(), DeploymentRequest.class);
    }

    private void act(int number) {
        List<Deployment> all = rig.deployments();
        if (all.isEmpty()) {
            return;
        }
        Deployment one = pick(all);
        int what = random.nextInt(5);
        tell(number, "act " + what + " on " + one.id() + " of " + one.status());
        ask(
                switch (what) {
                    case 0 -> at.deployments.delete(one.id(), "test");
                    case 1 -> at.deployments.stop(one.id(), "test");
                    case 2 -> at.deployments.start(one.id(), "test");
                    case 3 -> at.deployments.update(one.id(), wanted(), null, "test");
                    default ->
                        one.nodeId() == null ? Future.succeededFuture() : at.deployments.move(one.id(), one.nodeId());
                });
    }

    private void report(int number) {
        List<Deployment> all = rig.deployments();
        Deployment one = all.isEmpty() ? null : pick(all);
        if (one != null && one.container() != null && !rig.silent.contains(one.nodeId())) {
            String state = random.nextInt(3) == 0 ? "exited" : "running";
            boolean gone = "exited".equals(one.container().state());
            if (gone) {
                return; // one that has ended does not run again by itself
            }
            tell(number, "report " + one.id() + " " + state);
            ask(at.deployments.reported(
                    one.nodeId(),
                    DeploymentStatusBuilder.builder()
                            .deploymentId(one.id())
                            .replica(0)
                            .containerId(one.container().containerId())
                            .commandId(one.container().commandId())
                            .state(state)
                            .exitCode(1)
                            .oomKilled(false)
                            .restarts(0)
                            .build()));
        }
    }

    private void node(int number) {
        String node = pick(LedgerRig.NODES);
        if (rig.silent.contains(node)) {
            tell(number, node + " is back");
            rig.register(node);
        } else {
            tell(number, node + " falls silent");
            rig.silent.add(node);
            rig.pass(Duration.ofSeconds(24), this::goOn);
        }
    }

    private void pass(int number) {
        int seconds = 1 + random.nextInt(20);
        tell(number, seconds + " s pass");
        rig.pass(Duration.ofSeconds(seconds), this::goOn);
    }

    private void delete(int number) {
        Execution execution = anyExecution();
        if (execution != null
                && execution.resourceId() == null
                && execution.status().isFinal()) {
            tell(number, "delete " + execution.id());
            ask(at.executions.delete(execution.id()));
        }
    }

    /** All nodes are there, all workers do what they are asked to, and users want nothing more. */
    void calm() {
        story.add("calm");
        rig.settle();
        for (String node : LedgerRig.NODES) {
            rig.register(node);
            rig.settle();
        }
        for (int round = 0; round < 200; round++) {
            boolean done = rig.executions().values().stream()
                    .noneMatch(one -> one.status().name().equals("RUNNING"));
            List<Deployment> left = rig.deployments();
            if (done && left.isEmpty()) {
                break;
            }
            for (Deployment one : left) {
                at = rig.controllers.get(0);
                ask(at.deployments.delete(one.id(), "test"));
            }
            for (Attempt attempt : open()) {
                at = rig.controllers.get(random.nextInt(rig.controllers.size()));
                boolean cancelled = attempt.execution.cancelAsked();
                tellResult(new Answer(
                        attempt.id(), attempt.step.nodeId(), cancelled ? Outcome.cancelled : Outcome.success));
            }
            rig.settle();
            rig.pass(Duration.ofSeconds(5), rig::settle);
            shareAll();
        }
        List<String> open = rig.executions().values().stream()
                .filter(one -> one.status().name().equals("RUNNING"))
                .map(one -> one.id() + " " + one.steps())
                .toList();
        if (!open.isEmpty() || !rig.deployments().isEmpty()) {
            throw new AssertionError("not finished: " + open + rig.deployments());
        }
        rig.pass(LedgerPropertyTest.ORPHAN, rig::settle);
        shareAll();
        shareAll();
    }

    private void shareAll() {
        if (!rig.alone) {
            for (LedgerRig.Controller each : rig.controllers) {
                each.share();
                rig.settle();
            }
        }
    }

    private List<Attempt> open() {
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

    private Execution anyExecution() {
        List<Execution> all = List.copyOf(rig.executions().values());
        return all.isEmpty() ? null : all.get(Math.max(0, all.size() - 1 - random.nextInt(Math.min(all.size(), 30))));
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    /** A refusal is an answer, too. */
    private static void ask(Future<?> call) {
        call.otherwiseEmpty();
    }
}
