package io.aiwm.controller;

import io.aiwm.boot.Config;
import io.aiwm.controller.deployment.DeploymentSecretUsers;
import io.aiwm.controller.deployment.DeploymentSweep;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.ReplicaRoom;
import io.aiwm.controller.deployment.ServedVersions;
import io.aiwm.controller.deployment.SpecResolver;
import io.aiwm.controller.deployment.engine.EngineTemplates;
import io.aiwm.controller.eventlog.EventLog;
import io.aiwm.controller.model.ReplicaUses;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.scheduler.ClaimCoordinator;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.scheduler.SharedClaims;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.controller.store.DocumentStore.Collection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What shall run all the time, and who shares the nodes with it when there are several controllers. */
final class DeploymentPart implements Part {
    final Deployments deployments;
    final ReplicaRoom room;
    final RegistryPasswords registries;
    /** Null where this controller is alone. */
    final ClaimCoordinator claimCoordinator;

    private final EventLog events;
    private final DeploymentSweep sweep;
    private final Scheduler scheduler;

    DeploymentPart(PartContext basis, NodePart machines, ExecutionPart work, ModelPart models, SecretPart secrets) {
        registries = secrets.registries;
        scheduler = work.scheduler;
        events = new EventLog(basis.store(), retention(basis.config().retention()), basis.clock());
        var maker = new SpecResolver(
                models.services.models(),
                models.estimates,
                new EngineTemplates(basis.config().engines()),
                registries);
        deployments = new Deployments(
                basis.store(), work.executions, machines.nodes, events, basis.clock(), maker, basis.alone());
        room = new ReplicaRoom(work.executions, scheduler);
        secrets.secrets.usedBy(new DeploymentSecretUsers(basis.store()));
        var uses = new ReplicaUses(models.services.uses(), new ServedVersions(deployments), basis.clock());
        machines.admission.onReplica((nodeId, stats) -> uses.sampled(stats));
        claimCoordinator = basis.alone()
                ? null
                : new ClaimCoordinator(
                        new SharedClaims(basis.store()),
                        scheduler,
                        work.executions,
                        deployments::holdsOn,
                        basis.clock());
        sweep = new DeploymentSweep(deployments);
    }

    private static EventLog.Retention retention(Config.Retention settings) {
        return new EventLog.Retention(settings.eventsCount(), settings.eventsAge());
    }

    @Override
    public List<Collection> collections() {
        return List.of(Deployments.COLLECTION, EventLog.COLLECTION);
    }

    @Override
    public List<Sweep> sweeps() {
        var sweeps = new ArrayList<>(List.of(
                new Sweep("events that are too old", Duration.ofMinutes(1), events::run),
                new Sweep("deployments that wait for nothing", Duration.ofSeconds(5), sweep::run),
                new Sweep("what deployments hold", Duration.ofSeconds(5), () -> deployments.trackClaims(scheduler))));
        if (claimCoordinator != null) {
            sweeps.add(
                    new Sweep("claims that a controller left behind", Duration.ofSeconds(30), claimCoordinator::run));
        }
        return sweeps;
    }
}
