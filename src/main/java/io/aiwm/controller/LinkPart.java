package io.aiwm.controller;

import io.aiwm.boot.Config;
import io.aiwm.controller.autoscale.GatewayLoads;
import io.aiwm.controller.deployment.DeploymentReports;
import io.aiwm.controller.deployment.RetainedResources;
import io.aiwm.controller.file.FileTransfers;
import io.aiwm.controller.gateway.NodeGateway;
import io.aiwm.controller.gateway.NodeGatewayVerticle;
import io.aiwm.controller.gateway.NodeSessions;
import io.aiwm.controller.gateway.PeerControllers;
import io.aiwm.controller.gateway.WebSocketGateway;
import io.aiwm.controller.http.ErrorForm;
import io.aiwm.controller.http.Mount;
import io.aiwm.controller.inference.ProxyRoutes;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.model.ModelPeers;
import io.aiwm.controller.monitor.DueExecutions;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.orchestrator.CommandInbox;
import io.aiwm.controller.orchestrator.Dispatcher;
import io.aiwm.controller.orchestrator.OrchestratorVerticle;
import io.aiwm.controller.proxy.ExpectedProxies;
import io.aiwm.controller.proxy.Proxies;
import io.aiwm.controller.proxy.ProxyCounting;
import io.aiwm.controller.shell.ShellSessions;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.vertx.core.Deployable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The way between this controller and workers: sessions, commands and results, files, logs. */
final class LinkPart implements Part {
    final NodeGateway gateway;
    final LogStreams logs;
    final ShellSessions shells;
    final FileTransfers transfers;
    final PeerControllers peerControllers;
    final Proxies proxies;
    final ProxyRoutes routes;
    private final Dispatcher dispatcher;
    private final CommandInbox inbox;
    private final PartContext basis;
    private final NodePart machines;
    private final ExecutionPart work;

    LinkPart(
            PartContext basis,
            StoragePart storage,
            NodePart machines,
            ExecutionPart work,
            DeploymentPart lasting,
            ModelPart models,
            InferencePart inference) {
        this.basis = basis;
        this.machines = machines;
        this.work = work;
        var sessions = new NodeSessions(basis.vertx());
        logs = new LogStreams(basis.vertx(), sessions, machines.nodes);
        shells = shells(sessions);
        var modelPeers =
                new ModelPeers(machines.nodes, basis.clock(), basis.secrets().jwtKey());
        work.executions.onWritten(modelPeers::written);
        dispatcher = new Dispatcher(
                sessions,
                basis.clock(),
                (nodeId, command, data) -> models.services
                        .sources()
                        .added(command, data)
                        .map(more -> modelPeers.added(nodeId, command, more))
                        .compose(lasting.registries::added));
        inbox = new CommandInbox(work.executions, dispatcher, lasting.deployments::keeps);
        transfers = fileTransfers(storage);
        gateway = new NodeGateway(
                basis.controllerId(),
                machines.admission,
                sessions,
                inbox,
                new DeploymentReports(
                        lasting.deployments,
                        logs,
                        shells,
                        new RetainedResources(lasting.deployments, work.executions::get)),
                transfers,
                basis.clock());
        gateway.peerKeys(modelPeers::keyOf);
        gateway.objectsUrl(ownUrl(basis.config()));
        proxies = proxies(sessions, inference);
        routes = new ProxyRoutes(
                basis.vertx(),
                new ProxyRoutes.Fleet(
                        basis.controllerId(), machines.controllers::others, this::proxyIds, proxies::serving),
                lasting.deployments,
                basis.clock());
        inference.configs.onChange(proxies::configure);
        gateway.proxies(proxies);
        peerControllers = new PeerControllers(basis.vertx(), basis.store(), basis.controllerId(), basis.config());
    }

    private FileTransfers fileTransfers(StoragePart storage) {
        return new FileTransfers(
                basis.vertx(),
                work.executions,
                storage.files,
                basis.clock(),
                basis.config().jobs(),
                basis.config().dataDir().resolve("incoming"));
    }

    private ShellSessions shells(NodeSessions sessions) {
        Config.Shells most = basis.config().shells();
        return new ShellSessions(
                basis.vertx(),
                sessions,
                machines.nodes,
                new ShellSessions.Limits(most.ofOneUser(), most.ofOneNode(), most.idle(), most.bytesPerSecond()));
    }

    private Proxies proxies(NodeSessions sessions, InferencePart inference) {
        var all = new Proxies(
                basis.vertx(),
                sessions::send,
                this::isProxy,
                this::isHere,
                new ProxyCounting(
                        (from, sequence, calls) ->
                                inference.limits.usage.count(from, sequence, calls, machines.inferenceMetrics.sink()),
                        inference.limits.ledger,
                        inference.loads::gateways),
                basis.clock());
        inference.proxies(
                all::load,
                new GatewayLoads.Proxies(
                        all::count,
                        () -> all.heard(id -> isUp(machines.nodes.find(id))),
                        () -> ExpectedProxies.of(
                                machines.nodes.all(),
                                LinkPart::isProxy,
                                basis.clock().instant())));
        return all;
    }

    /**
     * A node that is told who may call, and the secrets that endpoints outside are told. What a worker says of itself does not
     * count: whoever holds the token of any node could say it.
     */
    private boolean isProxy(String nodeId) {
        return isProxy(machines.nodes.find(nodeId));
    }

    private Set<String> proxyIds() {
        return machines.nodes.all().stream()
                .filter(LinkPart::isProxy)
                .map(Node::id)
                .collect(Collectors.toSet());
    }

    private static boolean isUp(Node node) {
        return node != null && node.status().isUp();
    }

    private static boolean isProxy(Node node) {
        return node != null && "proxy".equals(node.role()) && Boolean.TRUE.equals(node.roleSet());
    }

    private boolean isHere(String nodeId) {
        Node node = machines.nodes.find(nodeId);
        return node != null && basis.config().worker().hostname().equals(node.hostname());
    }

    /** Where workers on the event bus reach this controller: the address that they know it by, unless it listens on one alone. */
    private static String ownUrl(Config config) {
        String host = config.http().host();
        boolean everywhere = host.equals("0.0.0.0") || host.equals("::");
        String reached = everywhere ? config.cluster().host() : host;
        return "http://" + (reached.contains(":") ? "[" + reached + "]" : reached) + ":"
                + config.http().port();
    }

    /** Workers on WebSocket; those on the event bus come in through the verticle. */
    Mount sockets() {
        return Mount.socket(
                "/ws/node",
                loop -> new WebSocketGateway(basis.vertx(), gateway, basis.clock(), ErrorForm.PROBLEM::answer));
    }

    @Override
    public List<Collection> collections() {
        return List.of(PeerControllers.COLLECTION);
    }

    @Override
    public List<Sweep> sweeps() {
        var settings = basis.config().executions();
        var due = new DueExecutions(work.executions, dispatcher, basis.clock(), settings.resendAfter());
        return List.of(
                new Sweep("executions whose time has come", settings.tick(), due::run),
                new Sweep("node sessions whose token has ended", Duration.ofSeconds(2), gateway::run),
                new Sweep("files that workers did not finish", Duration.ofMinutes(10), transfers::run),
                new Sweep("proxies that have gone", Duration.ofSeconds(10), proxies::run),
                new Sweep("controllers with another database", Duration.ofSeconds(30), peerControllers::run));
    }

    @Override
    public Map<String, Supplier<Deployable>> verticles() {
        return Map.of(
                "OrchestratorVerticle",
                () -> new OrchestratorVerticle(work.executions, machines.nodes, dispatcher, inbox),
                "NodeGatewayVerticle",
                () -> new NodeGatewayVerticle(gateway));
    }
}
