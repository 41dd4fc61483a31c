package io.aiwm.controller;

import io.aiwm.controller.api.InferenceAliasResource;
import io.aiwm.controller.api.InferenceEndpointResource;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.Aliases;
import io.aiwm.controller.inference.Endpoints;
import io.aiwm.controller.inference.GatewayConfigs;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** The inference gateway of this controller: what it calls, under which names. */
final class InferencePart implements Part {
    final GatewayConfigs configs;
    private final Aliases aliases;
    private final Endpoints endpoints;
    private final Basis basis;

    InferencePart(Basis basis, SecretPart secrets, NodePart machines, DeploymentPart lasting, ModelPart models) {
        this.basis = basis;
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
                        basis.config().worker().hostname()),
                basis.clock());
    }

    /** Once the store is open. */
    Future<Void> start() {
        return configs.start(basis.vertx(), basis.store());
    }

    @Override
    public List<Collection> collections() {
        return List.of(Aliases.COLLECTION, Endpoints.COLLECTION);
    }

    @Override
    public List<Resource> resources() {
        return List.of(
                new InferenceAliasResource(aliases, configs::knows),
                new InferenceEndpointResource(endpoints, configs::troubles));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(new Sweep("what the gateway calls", Duration.ofSeconds(30), configs::run));
    }
}
