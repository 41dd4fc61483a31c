package io.aiwm.controller.model;

import io.aiwm.boot.Config;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.model.hub.GuardedHttp;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/** The services of this room, put together. */
public final class ModelServices {
    private final ModelRecords records;
    private final IncomingFiles incoming;
    private final ModelContent content;
    private final Models models;
    private final ModelUploads uploads;
    private final ModelSweeps sweeps;
    private final ModelSources sources;
    private final MeasuredUses uses;

    /**
     * @param alone whether no other controller uses the same stores
     * @param users who says what would miss a model
     */
    public ModelServices(
            Vertx vertx,
            DocumentStore store,
            ObjectStore objects,
            InstantSource clock,
            Config.Models config,
            boolean alone,
            ModelUsers users) {
        records = new ModelRecords(store, clock);
        var blobs = new Blobs(store, objects, clock);
        var limits = new ModelQuota.Limits(config.maxFileBytes(), config.maxUserBytes(), config.maxTotalBytes());
        incoming = new IncomingFiles(store, records, blobs, objects, limits, alone);
        uses = new MeasuredUses(store, records);
        content = new ModelContent(records, incoming, blobs, objects, new ModelHeaders(vertx, blobs, objects), uses);
        models = new Models(records, content, users);
        uploads = new ModelUploads(records, models, content, incoming);
        sweeps = new ModelSweeps(records, content, incoming, blobs, config.abandonedAfter());
        sources = new ModelSources(records, blobs, objects);
    }

    public Models models() {
        return models;
    }

    public ModelContent content() {
        return content;
    }

    public ModelUploads uploads() {
        return uploads;
    }

    public ModelSweeps sweeps() {
        return sweeps;
    }

    public MeasuredUses uses() {
        return uses;
    }

    public ModelSources sources() {
        return sources;
    }

    /** Make it once, before the first execution is written. */
    public ModelDownloads downloads(Vertx vertx, Executions executions, StoredSecrets secrets, Config.Models config) {
        return downloads(vertx, executions, secrets, config, RetryPauses.USUAL);
    }

    ModelDownloads downloads(
            Vertx vertx, Executions executions, StoredSecrets secrets, Config.Models config, RetryPauses pauses) {
        var named = new DownloadSecrets(secrets, records);
        secrets.usedBy(named);
        return new ModelDownloads(
                records,
                models,
                executions,
                DownloadToolsBuilder.builder()
                        .vertx(vertx)
                        .records(records)
                        .content(content)
                        .incoming(incoming)
                        .executions(executions)
                        .http(new GuardedHttp(vertx, config.allowedDownloadHosts()))
                        .hub(config.hubEndpoint())
                        .token(config.hubToken())
                        .secrets(named)
                        .pauses(pauses)
                        .build());
    }
}
