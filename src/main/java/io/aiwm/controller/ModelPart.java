package io.aiwm.controller;

import io.aiwm.controller.api.ModelResource;
import io.aiwm.controller.api.ModelUploadResource;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.model.ModelServices;
import io.aiwm.controller.model.ModelUsers;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import java.time.Duration;
import java.util.List;

/** Models: records, versions, aliases, and the content of their files. */
final class ModelPart implements Part {
    final ModelServices services;
    private final StoragePart storage;

    ModelPart(Basis basis, StoragePart storage) {
        this.storage = storage;
        services = ModelServices.of(
                basis.store(),
                storage.objects,
                basis.clock(),
                basis.config().models(),
                basis.alone(),
                ModelUsers.NOBODY);
    }

    @Override
    public List<Collection> collections() {
        return Models.collections();
    }

    @Override
    public List<Resource> resources() {
        return List.of(
                new ModelResource(services.models(), storage.keys),
                new ModelUploadResource(services.models(), services.content()));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(new Sweep("models that are half here", Duration.ofMinutes(1), services.sweeps()::run));
    }
}
