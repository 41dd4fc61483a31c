package io.aiwm.controller.model;

import io.aiwm.boot.Config;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.store.DocumentStore;
import java.time.InstantSource;

/** The services of this room, put together. */
public record ModelServices(Models models, ModelContent content, ModelSweeps sweeps) {

    /**
     * @param alone whether no other controller uses the same stores
     * @param users who says what would miss a model
     */
    public static ModelServices of(
            DocumentStore store,
            ObjectStore objects,
            InstantSource clock,
            Config.Models config,
            boolean alone,
            ModelUsers users) {
        var records = new ModelRecords(store, clock);
        var blobs = new Blobs(store, objects, clock);
        var limits = new ModelQuota.Limits(config.maxFileBytes(), config.maxUserBytes(), config.maxTotalBytes());
        var content = new ModelContent(store, records, blobs, objects, limits);
        return new ModelServices(
                new Models(records, content, users), content, new ModelSweeps(records, content, blobs, alone));
    }
}
