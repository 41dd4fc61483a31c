package io.aiwm.controller.gateway;

import io.aiwm.protocol.Heartbeat;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** What the gateway needs of the node room: who may come in, and what it is told of those who did. */
public interface Admission {
    /** @param tokenId null: came without a token */
    record Admitted(String nodeId, String tokenId, Instant expiresAt) {}

    /** Fails with UNAUTHENTICATED (expired, revoked, not ours) or FORBIDDEN (not a node's token). */
    Future<Admitted> verify(String token);

    /**
     * Who a worker is by its token without the signature. It has proven nothing yet: only who knows the secret is that node.
     * Fails as {@link #verify} does.
     */
    Future<Claimed> claimed(String credential);

    /** @param secret the token's signature, known to its holder and to controllers */
    record Claimed(Admitted who, String secret) {
        @Override
        public String toString() {
            return "Claimed[" + who + "]";
        }
    }

    /** Whether a member of the cluster may come without a token. */
    boolean isOpen();

    /** A session has begun with this token. */
    void used(String tokenId);

    /** Lets the worker in this process in, as {@link #admitOpenly} does, whatever open registration is set to. */
    Future<NewToken> admitHere(NodeRegister registration);

    /**
     * Lets a cluster member without a token in under an id nobody uses; succeeds with a new token for it. Fails with
     * UNAUTHENTICATED when the id needs a token or open registration is off.
     */
    Future<NewToken> admitOpenly(NodeRegister registration);

    /**
     * A token that takes the place of the one by which a node is here. Fails with CONFLICT when it is too early for that, or was
     * done already.
     */
    Future<NewToken> renew(String nodeId, String tokenId);

    record NewToken(Admitted admitted, String token) {
        @Override
        public String toString() {
            return "NewToken[" + admitted + "]";
        }
    }

    /** A session begins: stores what the worker says of its machine. Fails with NOT_FOUND when the node was deleted. */
    Future<Void> registered(String nodeId, NodeRegister registration, String transport);

    /** A sign of life. Touches memory only. @param activeCommands ids; null when the message did not say */
    void seen(String nodeId, List<String> activeCommands);

    /**
     * What a heartbeat says of time. Touches memory only.
     *
     * @param sentAt by the node's clock
     * @param leftMs of each command under way how long it has left; null: a worker of an older version
     */
    void measures(String nodeId, Instant sentAt, Map<String, Long> leftMs);

    /** What the machine says is in use, with a heartbeat. Touches memory only. */
    void uses(String nodeId, Heartbeat beat);

    /** The node has begun, or ended, a command. Touches memory only. */
    void working(String nodeId, String commandId, boolean begun);

    /** Calls back with the id of a node whose sessions must end: OFFLINE, be it lost or held, or deleted. May repeat. */
    void onLost(Consumer<String> listener);

    /** Calls back with the id of a token that was just revoked by this process. */
    void onTokenRevoked(Consumer<String> listener);

    /** The newest sample of the probes. Touches memory only. @param containers null when the message had none */
    void sampled(String nodeId, SystemInfo system, List<Metrics.ContainerStats> containers);

    /** All the models the node holds now; may be null, and is bounded here. */
    void holds(String nodeId, List<NodeModel> models);

    /** The worker said goodbye, or its connection has ended without a newer one. */
    void left(String nodeId, AbsenceReason why);

    /** Which of these tokens still count, as the store has it: makes good a lost hint of a revocation. */
    Future<Set<String>> stillValid(Collection<String> tokenIds);

    /** What to tell workers about their pace. */
    long heartbeatIntervalMs();

    long metricsIntervalMs();
}
