package io.aiwm.controller;

import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.EvaluationResource;
import io.aiwm.controller.api.EvaluationRunResource;
import io.aiwm.controller.evaluation.EvaluationServices;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import java.time.Duration;
import java.util.List;

/** Evaluations of agents, and the runs that this controller carries out. */
final class EvaluationPart implements Part {
    private final EvaluationServices services;
    private final StoragePart storage;
    private final CallerIdentity callers;

    EvaluationPart(PartContext basis, StoragePart storage, NodePart machines, ExecutionPart work, AgentPart agents) {
        this.storage = storage;
        callers = agents.callers;
        services = new EvaluationServices(
                new EvaluationServices.Here(basis.controllerId(), machines.controllers::others),
                basis.store(),
                work.executions,
                agents.services,
                agents.models,
                basis.clock());
    }

    @Override
    public List<Collection> collections() {
        return EvaluationServices.collections();
    }

    @Override
    public List<Resource> resources() {
        return List.of(
                new EvaluationResource(services.evaluations(), storage.keys),
                new EvaluationRunResource(services.runs(), callers, storage.keys));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(new Sweep("runs of evaluations", Duration.ofSeconds(1), services.driver()::run));
    }
}
