package io.aiwm.controller;

import io.aiwm.boot.Config;
import io.aiwm.controller.api.ClockCheck;
import io.aiwm.controller.api.NodeResource;
import io.aiwm.controller.http.HealthCheck;
import io.aiwm.controller.metrics.HourWriter;
import io.aiwm.controller.metrics.InferenceMetrics;
import io.aiwm.controller.metrics.MetricHistory;
import io.aiwm.controller.metrics.MetricHours;
import io.aiwm.controller.metrics.NodeContainers;
import io.aiwm.controller.metrics.NodeMetrics;
import io.aiwm.controller.metrics.ReplicaMetrics;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.node.ControllerPresence;
import io.aiwm.controller.node.Controllers;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeAdmission;
import io.aiwm.controller.node.NodeClocks;
import io.aiwm.controller.node.NodeMaintenance;
import io.aiwm.controller.node.NodeTokens;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.node.SilentNodes;
import io.aiwm.controller.node.Storms;
import io.aiwm.controller.node.TokenExpiryWarnings;
import io.aiwm.controller.orchestrator.CommandTimeLeft;
import io.aiwm.controller.proxy.ProxyView;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.inference.usage.CallMetrics;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** The machines, their tokens, and which of them and of the controllers live. */
final class NodePart implements Part {
    final Nodes nodes;
    final NodeMaintenance maintenance;
    final NodeAdmission admission;
    final Storms storms;
    final Controllers controllers;
    final ReplicaMetrics replicaMetrics;
    /** Its sink is told what gateways report. */
    final InferenceMetrics inferenceMetrics;

    final NodeContainers containers;
    final MetricHistory history;
    private final NodeMetrics nodeMetrics;
    private final MetricHours metricHours;
    private final HourWriter hourWriter;
    final NodeClocks clocks;
    final CommandTimeLeft workersTime;
    private final ControllerPresence presence;
    private final NodeTokens tokens;
    private final TokenExpiryWarnings endingTokens;
    private final SilentNodes silentNodes;
    private final PartContext basis;

    NodePart(PartContext basis, AuthPart auth) {
        this.basis = basis;
        Config config = basis.config();
        presence =
                basis.alone() ? ControllerPresence.alone() : new ControllerPresence(config.fleet(), System::nanoTime);
        controllers = new Controllers(
                basis.store(),
                presence,
                basis.clock(),
                basis.controllerId(),
                config,
                basis.secrets().tokenKeys());
        nodes = new Nodes(basis.vertx(), basis.store(), basis.clock(), config.fleet(), basis.controllerId());
        maintenance = new NodeMaintenance(nodes, basis.clock());
        tokens = new NodeTokens(
                basis.store(), nodes, auth.tokens, basis.clock(), config.auth().nodeTokenLifetime());
        endingTokens = new TokenExpiryWarnings(tokens, basis.clock());
        clocks = new NodeClocks(basis.timeOfDay());
        workersTime = new CommandTimeLeft(basis.clock(), config.fleet().offlineAfter(), this::heardByOtherClock);
        admission = new NodeAdmission(nodes, tokens, basis.clock(), clocks, config.fleet());
        admission.onTimeLeft(workersTime::told);
        replicaMetrics = new ReplicaMetrics(basis.vertx(), basis.controllerId(), controllers::others, basis.clock());
        inferenceMetrics = new InferenceMetrics(
                new CallMetrics(basis.clock()), basis.vertx(), basis.controllerId(), controllers::others);
        admission.onReplica(replicaMetrics);
        nodeMetrics = new NodeMetrics(basis.clock(), config.fleet().metricsInterval());
        admission.onMachine(nodeMetrics);
        containers = new NodeContainers(basis.vertx(), basis.controllerId(), controllers::others, basis.clock());
        admission.onMachine(containers);
        metricHours =
                new MetricHours(basis.store(), basis.clock(), config.retention().metricsAge());
        hourWriter = new HourWriter(basis.vertx(), metricHours, basis.controllerId(), nodeMetrics, replicaMetrics);
        history = new MetricHistory(
                basis.vertx(), basis.controllerId(), controllers::others, metricHours, nodeMetrics, replicaMetrics);
        nodes.onNode((id, node) -> {
            if (node == null) {
                workersTime.forget(id);
            }
        });
        storms = new Storms(basis.store(), basis.clock());
        silentNodes = new SilentNodes(nodes, presence, storms, basis.clock(), config.fleet());
    }

    /** Answers other controllers about what was measured. */
    Future<Void> serveMetrics() {
        return replicaMetrics
                .serve()
                .compose(served -> inferenceMetrics.serve())
                .compose(served -> history.serve())
                .compose(served -> containers.serve());
    }

    /** Stores what was measured since the last minute. */
    Future<Void> close() {
        return hourWriter.run().transform(stored -> controllers.close());
    }

    private boolean heardByOtherClock(String nodeId) {
        Node node = basis.alone() ? null : nodes.find(nodeId);
        return node != null
                && node.controllerId() != null
                && controllers.clocksOff().containsKey(node.controllerId());
    }

    /**
     * @param scheduler knows what a node has, and what of it is promised
     * @param proxies what is known of a node's proxy
     */
    NodeResource resource(Scheduler scheduler, Function<String, ProxyView> proxies) {
        return new NodeResource(nodes, maintenance, tokens, clocks, scheduler::amounts, proxies);
    }

    @Override
    public List<Collection> collections() {
        return List.of(
                Controllers.COLLECTION,
                Nodes.COLLECTION,
                NodeTokens.COLLECTION,
                Storms.COLLECTION,
                MetricHours.COLLECTION);
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep("which controllers live", presence.every(), controllers::run),
                new Sweep("silent nodes", silentNodes.every(), silentNodes::run),
                new Sweep("when node tokens were last used", Duration.ofMinutes(1), tokens::flush),
                new Sweep("what replicas used before the last hour", Duration.ofMinutes(1), replicaMetrics::run),
                new Sweep("what nodes used before the last hour", Duration.ofMinutes(1), nodeMetrics::run),
                new Sweep("metrics to be stored", HourWriter.EVERY, hourWriter::run),
                new Sweep("metrics of long ago", Duration.ofMinutes(5), metricHours::run),
                new Sweep("calls before the last hour", Duration.ofMinutes(1), inferenceMetrics::run),
                new Sweep("node tokens that end soon", endingTokens.every(), endingTokens::run));
    }

    @Override
    public List<HealthCheck> checks() {
        return List.of(new HealthCheck(
                "clocks", false, new ClockCheck(clocks, controllers::clocksOff, basis.clock()::wallAhead)));
    }
}
