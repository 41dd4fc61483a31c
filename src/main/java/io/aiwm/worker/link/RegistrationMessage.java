package io.aiwm.worker.link;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.protocol.ContainerSettings;
import io.aiwm.protocol.JobCommand;
import io.aiwm.protocol.ModelCommand;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.NodeRegisterBuilder;
import io.aiwm.protocol.Probes;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.worker.command.CommandRunner;
import io.aiwm.worker.command.Containers;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a worker says of itself at the beginning of each session. */
final class RegistrationMessage {
    private static final Logger log = LoggerFactory.getLogger(RegistrationMessage.class);

    /** Both what such a node can do, and its role unless it was told one. */
    private static final String GPU = "gpu";

    private final Config.Worker config;
    private final Supplier<Future<SystemInfo>> system;
    private final Containers containers;
    private final Supplier<Future<List<NodeModel>>> models;
    private final PeerServing peers;
    private final CommandRunner runner;

    RegistrationMessage(
            Config.Worker config,
            Supplier<Future<SystemInfo>> system,
            Containers containers,
            Supplier<Future<List<NodeModel>>> models,
            PeerServing peers,
            CommandRunner runner) {
        this.config = config;
        this.system = system;
        this.containers = containers;
        this.models = models;
        this.peers = peers;
        this.runner = runner;
    }

    /** Never fails: what cannot be seen is left out. */
    Future<NodeRegister> make(String nodeId) {
        var running = containers.running().recover(cause -> {
            if (Failure.of(cause).kind == Failure.Kind.UNAVAILABLE) {
                log.info("registering without containers: {}", cause.getMessage());
            } else {
                log.warn("registering without the list of containers: {}", cause.getMessage());
            }
            return Future.succeededFuture(List.of());
        });
        var info = system.get().otherwise(new SystemInfo(null, null, null, null, null, null, null));
        var held = models.get().recover(cause -> {
            log.warn("registering without the list of models: {}", cause.toString());
            return Future.succeededFuture(List.of());
        });
        return Future.all(info, running, held)
                .map(all -> message(nodeId, info.result(), running.result(), held.result()));
    }

    private NodeRegister message(
            String nodeId, SystemInfo info, List<NodeRegister.Running> running, List<NodeModel> held) {
        var engine = info.containerEngine();
        boolean hasEngine = engine != null && Boolean.TRUE.equals(engine.reachable());
        var capabilities = new ArrayList<String>();
        if (hasEngine) {
            capabilities.add(engine.name());
        }
        if (hasEngine || config.docker().enabled()) { // also while the engine is silent: nothing adds it later
            capabilities.add(ContainerSettings.CAPABILITY);
            capabilities.add(Probes.CAPABILITY);
            capabilities.add(ModelCommand.CAPABILITY);
        }
        capabilities.add(ModelCommand.FETCHES);
        boolean hasGpus = info.gpus() != null && !info.gpus().isEmpty();
        if (hasGpus) {
            capabilities.add(GPU);
        }
        var runtimes = new ArrayList<String>(hasEngine ? engine.runtimes() : List.of());
        if (config.process().enabled()) {
            runtimes.add(JobCommand.PROCESS);
        }
        return NodeRegisterBuilder.builder()
                .nodeId(nodeId)
                .name(config.nodeName())
                .hostname(config.hostname())
                .agentVersion(Objects.requireNonNullElse(
                        RegistrationMessage.class.getPackage().getImplementationVersion(), "development"))
                .role(config.role() == null && hasGpus ? GPU : config.role())
                .zone(config.zone())
                .labels(config.labels())
                .capabilities(capabilities)
                .runtimes(runtimes)
                .maxParallel(config.maxParallel())
                .system(info)
                .running(bounded(running))
                .unacknowledgedResults(runner.unacknowledged().stream()
                        .limit(NodeRegister.MOST_RESULTS)
                        .toList())
                .models(held)
                .modelServer(peers.url())
                .build();
    }

    /** A controller refuses a registration that says more; it asks for nothing of the others. */
    private static List<NodeRegister.Running> bounded(List<NodeRegister.Running> running) {
        if (running.size() <= NodeRegister.MOST_RUNNING) {
            return running;
        }
        log.warn("registering with {} of {} containers", NodeRegister.MOST_RUNNING, running.size());
        return running.subList(0, NodeRegister.MOST_RUNNING);
    }
}
