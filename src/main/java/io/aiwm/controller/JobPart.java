package io.aiwm.controller;

import io.aiwm.controller.job.JobArrays;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.job.Schedules;
import io.aiwm.controller.monitor.Retention;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;

/** Programs that run to their end, many of them, and again and again; and what is forgotten when it is old. */
final class JobPart implements Part {
    final Jobs jobs;
    final Schedules schedules;
    private final JobArrays arrays;
    private final Retention retention;

    JobPart(
            PartContext basis,
            StoragePart storage,
            NodePart machines,
            ExecutionPart work,
            DeploymentPart lasting,
            SecretPart secrets,
            AuditPart audit) {
        jobs = new Jobs(
                work.executions, machines.nodes, storage.files, basis.config().jobs(), secrets.registries);
        arrays = new JobArrays(basis.vertx(), work.executions, basis.clock());
        schedules = new Schedules(basis.store(), jobs, work.executions, basis.timeOfDay(), basis.alone());
        retention = new Retention(
                work.executions,
                jobs,
                storage.files,
                work.pins,
                lasting.deployments::get,
                basis.clock(),
                basis.config().retention());
        retention.onDeleted(counts -> audit.trail.ended(new JsonObject()
                .put("actor", "system")
                .put("operation", "retention")
                .put("deleted", new JsonObject(new LinkedHashMap<>(counts)))
                .put("status", 200)));
    }

    @Override
    public List<Collection> collections() {
        return List.of(Schedules.COLLECTION);
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep("schedules that are due", Duration.ofSeconds(1), schedules::run),
                new Sweep("arrays of jobs", Duration.ofSeconds(5), arrays::run),
                new Sweep("what has ended and is old", Duration.ofMinutes(1), retention::run));
    }
}
