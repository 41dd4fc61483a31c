package io.aiwm.controller.scheduler;

import io.aiwm.boot.Secrets;
import io.aiwm.common.Ids;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.deployment.DeploymentSweep;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.SpecResolver;
import io.aiwm.controller.eventlog.EventLog;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.node.ControllerPresence;
import io.aiwm.controller.node.NodeAdmission;
import io.aiwm.controller.node.NodeTokens;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.node.SilentNodes;
import io.aiwm.controller.node.Storms;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** One controller process of a {@link LedgerRig}. */
final class LedgerController {
    private final LedgerRig rig;
    final MortalStore mortal;
    final Nodes nodes;
    final NodeAdmission admission;
    final SilentNodes silentNodes;
    final Scheduler scheduler;
    final Executions executions;
    final SchedulerInput input;
    final Deployments deployments;
    final DeploymentSweep sweep;
    final ClaimCoordinator places;
    final SchedulingCycle passes;
    private boolean awake;

    LedgerController(LedgerRig rig, int number) {
        this.rig = rig;
        mortal = new MortalStore(
                rig.store,
                rig.records,
                rig.order,
                what -> rig.trace.accept(() -> rig.now() + " controller " + number + " " + what.get()));
        InstantSource clock = rig.clock;
        boolean alone = rig.alone;
        scheduler = new Scheduler(LedgerRig.SETTINGS, clock, alone);
        DocumentStore mine = mortal.open();
        Vertx vertx = rig.bus.member(() -> !mortal.isDead(), !alone);
        nodes = new Nodes(vertx, mine, clock, LedgerRig.FLEET, Ids.next("ctl"));
        var jwt = new JwtTokens(vertx, new Secrets("0123456789abcdef0123456789abcdef", null, null, null), clock);
        admission = new NodeAdmission(
                nodes, new NodeTokens(mine, nodes, jwt, clock, Duration.ofDays(1)), clock, LedgerRig.FLEET);
        silentNodes =
                new SilentNodes(nodes, ControllerPresence.alone(), new Storms(mine, clock), clock, LedgerRig.FLEET);
        executions = new Executions(mine, scheduler, clock, LedgerRig.LIMITS, alone);
        input = new SchedulerInput(executions, nodes, scheduler, clock);
        admission.onUse(scheduler::uses);
        new CompletionWaiters(vertx, executions, clock, alone);
        deployments = new Deployments(
                mine,
                executions,
                nodes,
                new EventLog(mine, EventLog.Retention.DEFAULT, clock),
                clock,
                SpecResolver.WITHOUT_MODELS,
                alone);
        sweep = new DeploymentSweep(deployments);
        places = alone
                ? null
                : new ClaimCoordinator(new SharedClaims(mine), scheduler, executions, deployments::holdsOn, clock);
        passes = new SchedulingCycle(executions, scheduler, places);
        nodes.onLost(id -> executions.nodeLost(
                id,
                "node " + id + " is offline",
                () -> nodes.find(id) == null || nodes.find(id).isLost()));
        rig.await(nodes.start()
                .compose(started -> executions.prepare())
                .compose(counted -> input.rebuild())
                .compose(read -> deployments.trackClaims(scheduler)));
        input.onWork(this::wake);
        wake();
    }

    /** As {@link SchedulerVerticle} does. */
    private void wake() {
        if (!scheduler.isIdle() && !awake) {
            awake = true;
            rig.order.later(this::pass);
        }
    }

    private void pass() {
        awake = false;
        if (mortal.isDead()) {
            return;
        }
        SchedulingCycle.Done done = passes.run(500);
        done.given()
                .forEach(given -> given.onSuccess(first -> {
                    if (!first) {
                        wake();
                    }
                }));
        if (done.more()) {
            wake();
        }
    }

    void tick() {
        for (String node : LedgerRig.NODES) {
            if (!rig.silent.contains(node)) {
                admission.seen(node, List.of());
            }
        }
        scheduler.expire();
        wake();
        LedgerRig.quietly(silentNodes.run());
    }

    void sweeps() {
        LedgerRig.quietly(executions
                .due(500)
                .compose(due -> Future.join(due.stream().map(executions::look).toList())));
        LedgerRig.quietly(sweep.run());
    }

    /** What a controller that is not alone does every few seconds. */
    void share() {
        for (String node : LedgerRig.NODES) {
            LedgerRig.quietly(nodes.get(node));
        }
        LedgerRig.quietly(deployments.trackClaims(scheduler));
        LedgerRig.quietly(input.rebuild());
        LedgerRig.quietly(places.run());
    }
}
