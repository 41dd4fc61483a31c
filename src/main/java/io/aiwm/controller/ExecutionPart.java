package io.aiwm.controller;

import io.aiwm.boot.Config;
import io.aiwm.controller.api.PinResource;
import io.aiwm.controller.eventlog.RoutineLimit;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Pins;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.scheduler.SchedulerInput;
import io.aiwm.controller.scheduler.SharedClaims;
import io.aiwm.controller.store.DocumentStore.Collection;
import java.time.Duration;
import java.util.List;

/** The engine of all work: executions, and the scheduler that gives their steps a node. */
final class ExecutionPart implements Part {
    final Executions executions;
    final Scheduler scheduler;
    final SchedulerInput schedulerInput;
    final CompletionWaiters waiters;
    final Pins pins;

    ExecutionPart(PartContext basis, NodePart machines) {
        Config config = basis.config();
        scheduler = new Scheduler(config.scheduler(), basis.clock(), basis.alone());
        executions = new Executions(
                basis.store(), scheduler, basis.clock(), machines.workersTime, config.executions(), basis.alone());
        executions.tellRoutine(new RoutineLimit(config.events().routinePerSecond()));
        schedulerInput = new SchedulerInput(executions, machines.nodes, scheduler, basis.clock());
        machines.admission.onUse(scheduler::uses);
        waiters = new CompletionWaiters(basis.vertx(), executions, basis.clock(), basis.alone());
        pins = new Pins(basis.store(), executions, basis.clock());
    }

    @Override
    public List<Collection> collections() {
        return List.of(Executions.COLLECTION, Pins.COLLECTION, SharedClaims.COLLECTION);
    }

    @Override
    public List<Resource> resources() {
        return List.of(new PinResource(pins));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep("callers that have waited enough", Duration.ofSeconds(1), waiters::run),
                new Sweep("what waits, and what nodes were given", Duration.ofSeconds(5), schedulerInput::rebuild));
    }
}
