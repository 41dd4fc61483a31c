package io.aiwm.controller.scheduler;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentRequest;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;

/** What happens, drawn by a seed: calls of users, answers of workers, silence, time and death. */
final class LedgerChance extends LedgerWork {
    private final boolean busy;
    private int deployed;

    /** @param busy whether the next step comes while what follows from the one before is still under way */
    LedgerChance(LedgerRig rig, long seed, boolean busy, ArrayDeque<String> story) {
        super(rig, seed, story);
        this.busy = busy;
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
            for (LedgerController each : rig.controllers) {
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
                boolean cancelled = attempt.execution().cancelAsked();
                tellResult(new Answer(
                        attempt.id(), attempt.step().nodeId(), cancelled ? Outcome.cancelled : Outcome.success));
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
            for (LedgerController each : rig.controllers) {
                each.share();
                rig.settle();
            }
        }
    }
}
