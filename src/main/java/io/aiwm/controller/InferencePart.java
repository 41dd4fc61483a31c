package io.aiwm.controller;

import io.aiwm.boot.Config;
import io.aiwm.common.Monotonic;
import io.aiwm.controller.api.DeploymentExplainResource;
import io.aiwm.controller.api.InferenceAliasResource;
import io.aiwm.controller.api.InferenceEndpointResource;
import io.aiwm.controller.api.InferenceModelResource;
import io.aiwm.controller.api.InferenceMounts;
import io.aiwm.controller.autoscale.Autoscaler;
import io.aiwm.controller.autoscale.DeploymentExplainer;
import io.aiwm.controller.autoscale.GatewayLoads;
import io.aiwm.controller.http.Mount;
import io.aiwm.controller.http.ReadYourWrites;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.Aliases;
import io.aiwm.controller.inference.CallableModels;
import io.aiwm.controller.inference.Endpoints;
import io.aiwm.controller.inference.GatewayConfigs;
import io.aiwm.controller.inference.InUseCheck;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.gateway.GatewaySetup;
import io.aiwm.inference.CallerSource;
import io.aiwm.inference.Gateway;
import io.aiwm.inference.call.InternalCalls;
import io.aiwm.inference.dialect.Dialects;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.protocol.ProxyState;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The inference gateway of this controller: what it calls, under which names. */
final class InferencePart implements Part {
    final GatewayConfigs configs;
    final GatewayLoads loads;
    /** Who uses what can be called. */
    final InUseCheck inUse;

    final LimitPart limits;
    final DeploymentExplainer explainer;
    private final Autoscaler autoscaler;
    /** Calls of a deployment at the proxies of this controller. */
    private volatile Function<String, ProxyState.Load> atProxies = id -> new ProxyState.Load(id, 0, 0);

    private final Gateway gateway;
    private final Dialects dialects;
    private final Aliases aliases;
    private final Endpoints endpoints;
    private final PartContext basis;

    InferencePart(
            PartContext basis,
            LimitPart limits,
            SecretPart secrets,
            NodePart machines,
            DeploymentPart lasting,
            ModelPart models) {
        this.basis = basis;
        this.limits = limits;
        aliases = new Aliases(basis.store(), basis.clock());
        endpoints = new Endpoints(
                basis.vertx(),
                basis.store(),
                secrets.secrets,
                basis.clock(),
                basis.config().inference().internalEndpoints());
        configs = new GatewayConfigs(
                basis.vertx(),
                new GatewayConfigs.Sources(
                        lasting.deployments,
                        models.services.models(),
                        aliases,
                        endpoints,
                        secrets.secrets,
                        machines.nodes,
                        new GatewayConfigs.Reach(
                                basis.config().worker().hostname(),
                                GatewaySetup.replicas(basis.config().inference()))),
                basis.clock());
        inUse = new InUseCheck(configs::config);
        loads = new GatewayLoads(basis.vertx(), basis.controllerId(), machines.controllers::others, this::calls);
        limits.gateways(loads::gateways);
        autoscaler = new Autoscaler(
                lasting.deployments, this::scaled, loads, lasting.room, basis.clock(), Monotonic::millis);
        explainer = new DeploymentExplainer(basis.vertx(), lasting.deployments, autoscaler, loads);
        dialects = Dialects.all(basis.clock());
        gateway = new Gateway(new Gateway.Parts(
                GatewaySetup.settings(basis.config().inference()),
                limits.callers,
                limits.limiter,
                call -> {
                    limits.collector.ended(call);
                    machines.inferenceMetrics.sink().ended(call);
                },
                dialects,
                Gateway.balancers(
                        basis.vertx(), autoscaler, basis.config().inference().queue()),
                basis.clock()));
        configs.onChange(gateway::configure);
    }

    /** Makes what this controller calls models with by itself. */
    InternalCalls ownCalls() {
        return gateway.own(basis.vertx());
    }

    private Map<String, Gateway.Load> calls() {
        var calls = new HashMap<>(gateway.load());
        scaled().forEach(id -> {
            ProxyState.Load load = atProxies.apply(id);
            calls.merge(
                    id,
                    new Gateway.Load(load.inFlight(), load.waiting()),
                    (a, b) -> new Gateway.Load(a.inFlight() + b.inFlight(), a.waiting() + b.waiting()));
        });
        return calls;
    }

    /** @param load of a deployment, at the proxies of this controller */
    void proxies(Function<String, ProxyState.Load> load, GatewayLoads.Proxies known) {
        atProxies = load;
        loads.proxies(known);
    }

    private List<String> scaled() {
        return configs.config().deployments().stream()
                .filter(GatewayConfig.Deployed::onDemand)
                .map(GatewayConfig.Deployed::id)
                .toList();
    }

    /** Of a model, at this controller's gateway; −1: it is not known. */
    int idlePlaces(String model) {
        return gateway.idlePlaces(model);
    }

    /** Handles calls of others than those who come by the port. */
    Handler<HttpServerRequest> gatewayFor(Vertx vertx, CallerSource others) {
        return gateway.handler(vertx, others);
    }

    Dialects dialects() {
        return dialects;
    }

    /** Beside the API, on the same port. */
    List<Mount> mounts(Config.Http http) {
        return InferenceMounts.of(gateway, dialects, http.corsOrigins());
    }

    /** Once the store is open. */
    Future<Void> start() {
        return configs.start(basis.vertx(), basis.store());
    }

    @Override
    public List<Collection> collections() {
        return List.of(Aliases.COLLECTION, Endpoints.COLLECTION);
    }

    /** Of a part, such that who changes what the gateway calls is answered when the gateway knows it. */
    List<Resource> followed(Part part) {
        return part.resources().stream().map(this::followed).toList();
    }

    private Resource followed(Resource resource) {
        return switch (resource.fragment()) {
            case "deployments", "rollouts" -> new ReadYourWrites(resource, configs::knowDeployments);
            case "inference-aliases" -> new ReadYourWrites(resource, configs::knowAliases);
            case "inference-endpoints", "secrets" -> new ReadYourWrites(resource, configs::knowEndpoints);
            case "models" -> new ReadYourWrites(resource, configs::knowModels);
            default -> resource;
        };
    }

    @Override
    public List<Resource> resources() {
        return List.of(
                new InferenceAliasResource(aliases, configs::knows, inUse),
                new DeploymentExplainResource(explainer),
                new InferenceEndpointResource(endpoints, configs::troubles, inUse),
                new InferenceModelResource(new CallableModels(configs::config, gateway::load, configs::knows)));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep("what the gateway calls", Duration.ofSeconds(30), configs::run),
                new Sweep("gateways that share limits", Duration.ofSeconds(5), loads::count),
                new Sweep("replicas by their calls", Duration.ofSeconds(1), autoscaler::run));
    }
}
