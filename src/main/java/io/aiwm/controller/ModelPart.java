package io.aiwm.controller;

import io.aiwm.controller.api.ModelEstimateResource;
import io.aiwm.controller.api.ModelFileResource;
import io.aiwm.controller.api.ModelNodeResource;
import io.aiwm.controller.api.ModelResource;
import io.aiwm.controller.api.ModelUploadResource;
import io.aiwm.controller.api.TusResource;
import io.aiwm.controller.deployment.DeploymentModelUsers;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.model.ModelDownloads;
import io.aiwm.controller.model.ModelEstimates;
import io.aiwm.controller.model.ModelServices;
import io.aiwm.controller.model.ModelWarming;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import java.time.Duration;
import java.util.List;

/** Models: records, versions, aliases, the content of their files, and how they come in. */
final class ModelPart implements Part {
    final ModelServices services;
    final ModelEstimates estimates;
    private final ModelDownloads downloads;
    private final ModelWarming warming;
    private final PartContext basis;
    private final StoragePart storage;

    ModelPart(PartContext basis, StoragePart storage, NodePart machines, ExecutionPart work, SecretPart secrets) {
        this.basis = basis;
        this.storage = storage;
        var settings = basis.config().models();
        services = new ModelServices(
                basis.vertx(),
                basis.store(),
                storage.objects,
                basis.clock(),
                settings,
                basis.alone(),
                new DeploymentModelUsers(basis.store()));
        estimates = new ModelEstimates(work.scheduler, services.uses());
        warming = new ModelWarming(
                work.executions,
                machines.nodes,
                work.scheduler::eligible,
                basis.config().executions().maxSteps());
        downloads = services.downloads(basis.vertx(), work.executions, secrets.secrets, settings);
    }

    /** An upload is continued by the user who began it, and by no later one of the same name. */
    void uploadsBelongTo(AuthPart auth) {
        services.uploads().belongTo(auth::since);
    }

    @Override
    public List<Collection> collections() {
        return Models.collections();
    }

    @Override
    public List<Resource> resources() {
        return List.of(
                new ModelResource(services.models(), storage.keys, downloads::progress),
                new ModelUploadResource(services.models(), services.content()),
                new TusResource(
                        services.uploads(),
                        services.models(),
                        basis.config().models().maxFileBytes()),
                new ModelFileResource(services.models(), services.content(), downloads, storage.keys),
                new ModelNodeResource(services.models(), warming, storage.keys),
                new ModelEstimateResource(services.models(), estimates));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep("models that are half here", Duration.ofMinutes(1), services.sweeps()::run),
                new Sweep("downloads that are gone", Duration.ofMinutes(1), downloads::orphans),
                new Sweep("downloads of models", Duration.ofSeconds(5), downloads::run));
    }
}
