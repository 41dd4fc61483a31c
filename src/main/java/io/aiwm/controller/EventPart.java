package io.aiwm.controller;

import io.aiwm.boot.Config;
import io.aiwm.controller.agent.AgentServices;
import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.EventResource;
import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.eventlog.EventBlocks;
import io.aiwm.controller.eventlog.EventRecorder;
import io.aiwm.controller.eventlog.EventTail;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.store.DocumentStore.Collection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The log of all events. */
final class EventPart implements Part {
    private final EventBlocks blocks;
    final EventTail tail;
    final EventRecorder recorder;

    final CallerIdentity callers;

    EventPart(PartContext basis, AuthPart auth) {
        callers = auth.identities();
        Config.Events settings = basis.config().events();
        blocks = new EventBlocks(
                basis.store(), new EventBlocks.Retention(settings.kept(), settings.age()), basis.clock());
        tail = new EventTail(basis.vertx(), blocks);
        recorder = recorder(blocks, settings.routinePerSecond(), basis.clock());
        recorder.onAppended(tail::hint);
    }

    /** What takes notes of changes to the log, of all records that have any. */
    static EventRecorder recorder(EventBlocks blocks, int routinePerSecond, InstantSource clock) {
        // executions that are too old are forgotten by the thousand, which is no news
        var withDeletions = Set.of(Nodes.COLLECTION.name(), Deployments.COLLECTION.name(), Models.COLLECTION.name());
        return new EventRecorder(blocks, kinds(), withDeletions, routinePerSecond, clock);
    }

    private static Map<String, String> kinds() {
        var kinds = new HashMap<>(AgentServices.eventKinds());
        kinds.put(Executions.COLLECTION.name(), "execution");
        kinds.put(Nodes.COLLECTION.name(), "node");
        kinds.put(Deployments.COLLECTION.name(), "deployment");
        kinds.put(Models.COLLECTION.name(), "model");
        kinds.put(AuditLog.COLLECTION.name(), "audit");
        return kinds;
    }

    @Override
    public List<Collection> collections() {
        return List.of(EventBlocks.COLLECTION);
    }

    @Override
    public List<Resource> resources() {
        return List.of(new EventResource(tail, callers));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(new Sweep("events that are not kept longer", Duration.ofSeconds(30), blocks::run));
    }
}
