package io.aiwm.controller.inference;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentModel;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.deployment.Revision;
import io.aiwm.controller.deployment.engine.EngineSpec;
import io.aiwm.controller.deployment.engine.EngineTemplates;
import io.aiwm.controller.deployment.engine.ServedModel;
import io.aiwm.controller.model.estimate.EngineKind;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import io.aiwm.protocol.ContainerSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a gateway needs of a deployment, which is little of its record. Pure.
 *
 * @param version of the record
 * @param modelId of the kept model; null: none
 * @param deployed without replicas and aliases of its model
 * @param ports of the replicas that are ready
 */
record ServedDeployment(
        String id, long version, String modelId, GatewayConfig.Deployed deployed, List<PublishedPort> ports) {

    /** Where a replica listens. @param hostPort null: it is not published. @param hostIp null: on every address of its node */
    record PublishedPort(
            String containerId, int index, String nodeId, String hostIp, Integer hostPort, Instant readyAt) {}

    /** Null where nothing can be called: it has no engine and publishes no port. */
    static ServedDeployment of(Deployment deployment) {
        Revision good = deployment.revision(deployment.goodGeneration());
        Revision made = good == null ? deployment.revision(deployment.generation()) : good;
        if (made == null || (made.engine() == null && port(made) == null)) {
            return null;
        }
        EngineSpec engine = made.engine();
        DeploymentModel model = made.model();
        boolean kept = model != null && model.url() == null;
        var deployed = GatewayConfigDeployedBuilder.builder()
                .id(deployment.id())
                .name(deployment.name())
                .modelName(kept ? model.name() : null)
                .modelVersion(kept ? model.number() : null)
                .engine(engine == null ? null : engine.type().name())
                .upstreamModel(upstreamModel(engine, model))
                .concurrency(concurrency(engine))
                .context(ServedContext.of(made))
                .state(deployment.status().name())
                .reason(deployment.statusReason())
                .onDemand(isOnDemand(deployment))
                .guarded(isGuarded(deployment, engine))
                .yields(isOnDemand(deployment)
                        && deployment.scaling() != null
                        && deployment.scaling().isYielding())
                .build();
        return new ServedDeployment(
                deployment.id(), deployment.version(), kept ? model.id() : null, deployed, ports(deployment));
    }

    /** Whether any of its containers was made with an engine that can be put to sleep. */
    private static boolean isGuarded(Deployment deployment, EngineSpec engine) {
        return (engine != null && engine.sleeps())
                || deployment.instances().stream()
                        .map(replica -> deployment.revision(replica.generation()))
                        .anyMatch(made -> made != null
                                && made.engine() != null
                                && made.engine().sleeps());
    }

    private static boolean isOnDemand(Deployment deployment) {
        return deployment.autoscale() != null
                && deployment.desired() == Deployment.Desired.RUNNING
                && !Boolean.TRUE.equals(deployment.deleting());
    }

    /** Engines that refuse other names are told theirs; the others take any. */
    private static String upstreamModel(EngineSpec engine, DeploymentModel model) {
        boolean named = engine != null && (engine.type() == EngineKind.vllm || engine.type() == EngineKind.ollama);
        if (!named || model == null) {
            return null;
        }
        return model.url() == null
                ? model.name()
                : ServedModel.ofFile(model.id()).name();
    }

    /** Sequences that the engine works on at once; it would queue more where nobody sees them. */
    private static int concurrency(EngineSpec engine) {
        if (engine == null || engine.type() == EngineKind.custom) {
            return engine == null || engine.parallel() == null ? 0 : engine.parallel();
        }
        return engine.parallel() == null ? 1 : engine.parallel();
    }

    private static List<PublishedPort> ports(Deployment deployment) {
        var ports = new ArrayList<PublishedPort>();
        for (Replica replica : deployment.instances()) {
            Revision made = deployment.revision(replica.generation());
            if (replica.isReady()
                    && replica.container() != null
                    && made != null
                    && !Boolean.TRUE.equals(deployment.deleting())) {
                ports.add(port(replica, port(made)));
            }
        }
        return List.copyOf(ports);
    }

    private static PublishedPort port(Replica replica, Integer wanted) {
        Deployment.Container container = replica.container();
        Deployment.Port found = container.ports().stream()
                .filter(port -> isTcp(port.protocol()) && port.hostPort() != null)
                .filter(port -> wanted == null || port.containerPort() == wanted)
                .findFirst()
                .orElse(null);
        return new PublishedPort(
                routeId(replica),
                replica.index(),
                container.nodeId(),
                found == null ? null : found.hostIp(),
                found == null ? null : found.hostPort(),
                replica.readyAt());
    }

    /** By what gateways know it; null: it is not to be called. */
    static String routeId(Replica replica) {
        return replica.isReady() && replica.container() != null
                ? Objects.requireNonNullElse(
                        replica.container().containerId(), replica.container().commandId())
                : null;
    }

    /** Of all replicas that may be called. */
    static Set<String> routeIds(Deployment deployment) {
        return deployment.instances().stream()
                .map(ServedDeployment::routeId)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    /** The port that its engine listens on, or the first that is published; null: none is. */
    private static Integer port(Revision made) {
        Integer engines = made.engine() == null ? null : EngineTemplates.port(made.engine());
        if (engines != null || made.spec().ports() == null) {
            return engines;
        }
        return made.spec().ports().stream()
                .filter(port -> isTcp(port.protocol()))
                .map(ContainerSpec.Port::containerPort)
                .findFirst()
                .orElse(null);
    }

    private static boolean isTcp(String protocol) {
        return protocol == null || protocol.equalsIgnoreCase("tcp");
    }

    /**
     * As a gateway is told.
     *
     * @param aliases of its model, name to version
     */
    GatewayConfig.Deployed from(ReplicaAddresses addresses, Map<String, Integer> aliases) {
        var replicas = new ArrayList<GatewayConfig.Replica>();
        String reason = deployed.reason();
        for (PublishedPort port : ports) {
            var found = port.hostPort() == null
                    ? new ReplicaAddresses.Found(null, "replica " + port.index() + " does not publish its port")
                    : addresses.of(port.nodeId(), port.hostIp());
            if (found.host() == null) {
                reason = found.reason();
            } else {
                replicas.add(new GatewayConfig.Replica(
                        port.containerId(),
                        port.index(),
                        port.nodeId(),
                        found.host(),
                        port.hostPort(),
                        port.readyAt()));
            }
        }
        return GatewayConfigDeployedBuilder.builder(deployed)
                .replicas(replicas)
                .modelAliases(aliases.entrySet().stream()
                        .filter(alias -> alias.getValue().equals(deployed.modelVersion()))
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList())
                .reason(reason)
                .build();
    }
}
