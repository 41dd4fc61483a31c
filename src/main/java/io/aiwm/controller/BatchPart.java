package io.aiwm.controller;

import io.aiwm.controller.api.BatchMounts;
import io.aiwm.controller.batch.BatchFiles;
import io.aiwm.controller.batch.BatchRuns;
import io.aiwm.controller.batch.BatchTools;
import io.aiwm.controller.batch.Batches;
import io.aiwm.controller.batch.LineCalls;
import io.aiwm.controller.http.Mount;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** Batches of model calls: their files, their records, and how they are carried out. */
final class BatchPart implements Part {
    private final Batches batches;
    private final BatchFiles files;
    private final BatchRuns runs;
    private final BatchMounts mounts;

    BatchPart(PartContext basis, StoragePart storage, ExecutionPart work, InferencePart inference, AuditPart audit) {
        var settings = basis.config().batches();
        var callers = inference.limits.callers;
        batches = new Batches(basis.store(), work.executions, basis.clock(), settings);
        files = new BatchFiles(basis.store(), storage.objects, basis.clock(), settings, basis.alone());
        runs = new BatchRuns(
                basis.vertx(),
                new BatchTools(
                        batches,
                        files,
                        work.executions,
                        storage.objects,
                        new LineCalls(
                                basis.vertx(),
                                inference::gatewayFor,
                                settings.maxParallel(),
                                inference.limits.collector::store),
                        owner -> callers.again(owner.user(), owner.since(), owner.keyId()),
                        inference::idlePlaces),
                basis.alone());
        mounts = new BatchMounts(
                new BatchMounts.Services(files, batches, storage.keys),
                callers,
                inference.dialects(),
                audit.trail,
                basis.config().http());
    }

    /** Once the store is open. */
    Future<Void> start() {
        return runs.start();
    }

    Future<Void> close() {
        return runs.close();
    }

    List<Mount> mounts() {
        return mounts.all();
    }

    @Override
    public List<Collection> collections() {
        return List.of(Batches.COLLECTION, BatchFiles.COLLECTION);
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep("batches of model calls", Duration.ofSeconds(5), runs::run),
                new Sweep("files of batches", Duration.ofMinutes(1), () -> files.run(batches::isInUse)),
                new Sweep("batches of long ago", Duration.ofMinutes(10), batches::forget));
    }
}
