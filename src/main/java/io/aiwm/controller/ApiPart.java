package io.aiwm.controller;

import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.ClusterResource;
import io.aiwm.controller.api.DeploymentResource;
import io.aiwm.controller.api.DeploymentWatchResource;
import io.aiwm.controller.api.DrainResource;
import io.aiwm.controller.api.ExecutionResource;
import io.aiwm.controller.api.JobFileResource;
import io.aiwm.controller.api.JobResource;
import io.aiwm.controller.api.NodeWatchResource;
import io.aiwm.controller.api.RolloutResource;
import io.aiwm.controller.api.ScheduleResource;
import io.aiwm.controller.api.StepFileResource;
import io.aiwm.controller.cluster.ClusterStats;
import io.aiwm.controller.deployment.DeploymentPlacing;
import io.aiwm.controller.drain.Drains;
import io.aiwm.controller.event.ConsoleLog;
import io.aiwm.controller.event.Events;
import io.aiwm.controller.event.OutcomeLog;
import io.aiwm.controller.eventlog.EventTail;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.InUseCheck;
import io.aiwm.controller.job.JobExplainer;
import io.aiwm.controller.monitor.Sweep;
import java.time.Duration;
import java.util.List;

/** What callers see of all the others: the REST API of machines and work, and what browsers are told of changes. */
final class ApiPart implements Part {
    private final PartContext basis;
    private final StoragePart storage;
    private final NodePart machines;
    private final ExecutionPart work;
    private final DeploymentPart lasting;
    private final JobPart programs;
    private final InUseCheck inUse;
    private final LinkPart link;
    private final CallerIdentity callers;
    private final Drains drains;
    private final Events events;

    /** What runs on the machines. */
    record Loads(ExecutionPart work, DeploymentPart lasting, JobPart programs, InUseCheck inUse) {}

    ApiPart(
            PartContext basis,
            StoragePart storage,
            NodePart machines,
            Loads loads,
            LinkPart link,
            CallerIdentity callers) {
        this.basis = basis;
        this.storage = storage;
        this.machines = machines;
        this.work = loads.work();
        this.lasting = loads.lasting();
        this.programs = loads.programs();
        this.inUse = loads.inUse();
        this.link = link;
        this.callers = callers;
        drains = new Drains(machines.nodes, machines.maintenance, work.executions, lasting.deployments, basis.clock());
        events = new Events(basis.vertx());
    }

    @Override
    public List<Resource> resources() {
        var stats = new ClusterStats(
                machines.nodes,
                work.scheduler::amounts,
                machines.admission::latestSystem,
                work.executions,
                lasting.deployments,
                machines.storms);
        return List.of(
                machines.resource(work.scheduler, link.proxies::view),
                new NodeWatchResource(machines.nodes, machines.history, machines.containers, basis.clock()),
                new DrainResource(drains),
                new ClusterResource(stats, machines.storms),
                new ExecutionResource(
                        work.executions,
                        work.waiters,
                        machines.nodes,
                        lasting.deployments::get,
                        storage.files::get,
                        callers,
                        storage.keys),
                new DeploymentResource(
                        lasting.deployments,
                        new DeploymentPlacing(lasting.deployments, work.scheduler),
                        inUse,
                        storage.keys),
                new DeploymentWatchResource(
                        lasting.deployments,
                        link.logs,
                        machines.replicaMetrics,
                        machines.inferenceMetrics,
                        machines.history,
                        basis.clock()),
                new RolloutResource(lasting.deployments, new DeploymentPlacing(lasting.deployments, work.scheduler)),
                new JobResource(
                        programs.jobs,
                        new JobExplainer(programs.jobs, work.scheduler),
                        storage.files,
                        link.logs,
                        work.executions,
                        work.waiters,
                        storage.keys),
                new JobFileResource(programs.jobs, storage.files, link.logs),
                new StepFileResource(work.executions, storage.files, link.logs, callers),
                new ScheduleResource(programs.schedules, programs.jobs, storage.keys));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(new Sweep("nodes that are drained", Duration.ofSeconds(1), drains::run));
    }

    /** Tells browsers what has changed, and the console how work ends; nobody waits for it. */
    void publishChanges(EventTail log) {
        new PageEvents(basis.vertx(), events, log);
        new PageChanges(events, work.executions, lasting.deployments, machines.storms)
                .start(basis.vertx(), basis.store(), machines.nodes);
        var outcomes = new OutcomeLog(ConsoleLog.ours());
        work.executions.onWritten(outcomes::execution);
        lasting.deployments.onWritten(outcomes::deployment);
    }
}
