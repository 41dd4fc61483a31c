package io.aiwm.controller.node;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.controller.gateway.Admission;
import io.aiwm.protocol.Heartbeat;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Who may come in through the gateway, and what becomes of what they say about themselves. */
public final class NodeAdmission implements Admission {
    private final Nodes nodes;
    private final NodeTokens tokens;
    private final InstantSource clock;
    private final Config.Fleet fleet;
    private final NodeSamples samples;
    private final NodeEnrollment firstTokens;
    private BiConsumer<String, CurrentUsage> useListener = (id, use) -> {};
    private BiConsumer<String, Map<String, Long>> timeListener = (id, leftMs) -> {};
    private final NodeClocks clocks;

    public NodeAdmission(Nodes nodes, NodeTokens tokens, InstantSource clock, Config.Fleet fleet) {
        this(nodes, tokens, clock, new NodeClocks(clock), fleet);
    }

    /** @param clocks told of every heartbeat */
    public NodeAdmission(Nodes nodes, NodeTokens tokens, InstantSource clock, NodeClocks clocks, Config.Fleet fleet) {
        this.nodes = nodes;
        this.tokens = tokens;
        this.clock = clock;
        this.fleet = fleet;
        this.clocks = clocks;
        this.samples = new NodeSamples();
        this.firstTokens = new NodeEnrollment(nodes, tokens);
        nodes.onNode((id, node) -> {
            if (node == null) {
                samples.forget(id);
                clocks.forget(id);
            }
        });
    }

    @Override
    public Future<Admitted> verify(String token) {
        return tokens.verify(token)
                .compose(principal -> known(principal).map(node -> {
                    tokens.used(principal.tokenId());
                    return new Admitted(node.id(), principal.tokenId(), principal.expiresAt());
                }));
    }

    private Future<Node> known(Principal principal) {
        return nodes.get(principal.name())
                .recover(cause -> Future.failedFuture(
                        Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? new Failure(Failure.Kind.UNAUTHENTICATED, "the token's node was deleted")
                                : cause));
    }

    @Override
    public Future<Claimed> claimed(String credential) {
        return tokens.claimed(credential)
                .compose(claimed -> known(claimed.principal())
                        .map(node -> new Claimed(
                                new Admitted(
                                        node.id(),
                                        claimed.principal().tokenId(),
                                        claimed.principal().expiresAt()),
                                claimed.secret())));
    }

    @Override
    public boolean isOpen() {
        return fleet.openRegistration();
    }

    @Override
    public void used(String tokenId) {
        tokens.used(tokenId);
    }

    @Override
    public Future<NewToken> admitOpenly(NodeRegister registration) {
        if (!fleet.openRegistration()) {
            return unauthenticated("a node token is needed; open registration is off");
        }
        Node known = registration.nodeId() == null ? null : nodes.find(registration.nodeId());
        // a proxy is told secrets
        return known != null && Boolean.TRUE.equals(known.roleSet()) && "proxy".equals(known.role())
                ? unauthenticated("a proxy needs a node token")
                : admitHere(registration);
    }

    private static Future<NewToken> unauthenticated(String why) {
        return Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, why));
    }

    @Override
    public Future<NewToken> admitHere(NodeRegister registration) {
        return firstTokens.issue(registration);
    }

    @Override
    public Future<NewToken> renew(String nodeId, String tokenId) {
        return tokens.renew(nodeId, tokenId)
                .map(issued ->
                        new NewToken(new Admitted(nodeId, issued.tokenId(), issued.expiresAt()), issued.token()));
    }

    @Override
    public Future<Void> registered(String nodeId, NodeRegister registration, String transport) {
        NodeRegister said;
        try {
            said = WorkerLimits.taken(registration);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
        return nodes.registered(nodeId, said, transport).map(node -> {
            sample(nodeId, said.system(), null);
            return null;
        });
    }

    @Override
    public void seen(String nodeId, List<String> activeCommands) {
        NodeHeartbeat pulse = nodes.pulse(nodeId);
        if (pulse == null) {
            return;
        }
        Instant now = clock.instant();
        pulse.beat(now);
        if (activeCommands != null) {
            pulse.active(activeCommands, now);
        }
        firstTokens.heard(nodeId);
    }

    /**
     * Calls back with what a node says is in use, on every heartbeat and sample; of a node that another controller hears,
     * about every second. Register before the first; must not block.
     */
    public void onUse(BiConsumer<String, CurrentUsage> listener) {
        useListener = listener;
        nodes.sync().onUse(listener);
    }

    /** Calls back with what a node says its commands have left, on every heartbeat. Before the first; must not block. */
    public void onTimeLeft(BiConsumer<String, Map<String, Long>> listener) {
        timeListener = listener;
    }

    @Override
    public void measures(String nodeId, Instant sentAt, Map<String, Long> leftMs) {
        if (sentAt.isAfter(Instant.EPOCH)) { // which stands for no time at all
            clocks.heard(nodeId, sentAt);
        }
        if (leftMs != null) {
            timeListener.accept(nodeId, leftMs);
        }
    }

    @Override
    public void uses(String nodeId, Heartbeat beat) {
        uses(nodeId, CurrentUsage.of(beat));
    }

    private void uses(String nodeId, CurrentUsage use) {
        useListener.accept(nodeId, use);
        NodeHeartbeat pulse = nodes.pulse(nodeId);
        if (pulse != null) {
            pulse.uses(use);
        }
    }

    @Override
    public void working(String nodeId, String commandId, boolean begun) {
        NodeHeartbeat pulse = nodes.pulse(nodeId);
        if (pulse != null) {
            pulse.working(commandId, begun, clock.instant());
        }
    }

    @Override
    public void onLost(Consumer<String> listener) {
        nodes.onWrittenOff(listener);
    }

    @Override
    public void onTokenRevoked(Consumer<String> listener) {
        tokens.onRevoked(listener);
    }

    @Override
    public void sampled(String nodeId, SystemInfo system, List<Metrics.ContainerStats> containers) {
        sample(nodeId, WorkerLimits.taken(system), HardwareTexts.containers(containers));
    }

    private void sample(String nodeId, SystemInfo system, List<Metrics.ContainerStats> containers) {
        if (system == null && containers == null) {
            return;
        }
        if (system != null) {
            uses(nodeId, CurrentUsage.of(system));
            if (system.containerEngine() != null) {
                nodes.reports().engineSeen(nodeId, system.containerEngine());
            }
            nodes.reports().gpusSeen(nodeId, system.gpus());
        }
        samples.add(nodeId, system, containers);
    }

    @Override
    public void holds(String nodeId, List<NodeModel> models) {
        nodes.reports().holds(nodeId, models);
    }

    /** What the node's probes saw last, by this controller's knowledge; null when nothing yet. */
    public SystemInfo latestSystem(String nodeId) {
        return samples.system(nodeId);
    }

    /** Tells this of what every container of a deployment uses. Before the first node registers. */
    public void onReplica(ReplicaSamples listener) {
        samples.onReplica(listener);
    }

    /** Tells this of every sample of a node. Before the first node registers. */
    public void onMachine(MachineSamples listener) {
        samples.onMachine(listener);
    }

    @Override
    public void left(String nodeId, AbsenceReason why) {
        NodeHeartbeat pulse = nodes.pulse(nodeId);
        if (pulse != null) {
            pulse.leave(why);
        }
    }

    @Override
    public Future<Set<String>> stillValid(Collection<String> tokenIds) {
        return tokens.stillValid(tokenIds);
    }

    @Override
    public long heartbeatIntervalMs() {
        return fleet.heartbeatInterval().toMillis();
    }

    @Override
    public long metricsIntervalMs() {
        return fleet.metricsInterval().toMillis();
    }
}
