package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.Address;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** The sessions this controller holds, and the way out to every worker: ours directly, others over the bus. */
public final class NodeSessions implements WorkerLink {
    private static final Duration HAND_OVER = Duration.ofSeconds(5);
    static final Duration LOOK_WITHIN = Duration.ofSeconds(2);

    /** Controller to all: this node has a new session; an older one elsewhere is void. A lost one: the node's pace ends it. */
    private record Opened(String nodeId, String sessionName) {
        static final Address<Opened, Void> ADDRESS =
                new Address<>("aiwm.gateway.session.opened", Opened.class, Void.class);
    }

    /** Controller to all: sessions of this token end now. Also checked whenever a token is used. */
    private record TokenEnded(String tokenId) {
        static final Address<TokenEnded, Void> ADDRESS =
                new Address<>("aiwm.gateway.token.ended", TokenEnded.class, Void.class);
    }

    private final Vertx vertx;
    private final Map<String, NodeSession> byNode = new ConcurrentHashMap<>();
    private final Map<String, NodeSession> byId = new ConcurrentHashMap<>();
    private final Map<String, MessageConsumer<?>> forwarders = new ConcurrentHashMap<>();
    private BiConsumer<String, AbsenceReason> endedListener = (nodeId, why) -> {};

    public NodeSessions(Vertx vertx) {
        this.vertx = vertx;
        Opened.ADDRESS.listen(
                vertx,
                opened -> closeWhere(
                        session -> session.nodeId().equals(opened.nodeId)
                                && !nameOf(session).equals(opened.sessionName),
                        CloseCode.REPLACED,
                        "replaced by a newer session of this node"));
        TokenEnded.ADDRESS.listen(
                vertx,
                ended -> closeWhere(
                        session -> ended.tokenId.equals(session.tokenId()),
                        CloseCode.TOKEN_ENDED,
                        "the token was revoked"));
    }

    /** Calls back with a node whose session has ended without a newer one, and why. Set once, before the first session. */
    void onEnded(BiConsumer<String, AbsenceReason> listener) {
        endedListener = listener;
    }

    @Override
    public Future<Void> send(String nodeId, Envelope message) {
        NodeSession own = byNode.get(nodeId);
        if (own != null) {
            return own.channel().send(message);
        }
        return vertx.isClustered()
                ? BusAddresses.RELAY.at(nodeId).ask(vertx, message, HAND_OVER)
                : Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "node " + nodeId + " is not connected"));
    }

    /**
     * Whether a worker that keeps its place answers in the node's session, on whichever controller: then another one may not
     * take the node over. Never fails; takes {@link #LOOK_WITHIN} at most.
     */
    Future<Boolean> isAnswered(String nodeId) {
        NodeSession own = byNode.get(nodeId);
        Future<Void> answered = own != null
                ? own.channel().look()
                : BusAddresses.RELAY
                        .at(nodeId)
                        .ask(vertx, Envelope.of(BusAddresses.LOOK, new JsonObject()), LOOK_WITHIN);
        return answered.map(true).otherwise(false);
    }

    /** Takes in a new session; an older one of the same node, here or on another controller, is closed. */
    void open(NodeSession session) {
        byId.put(session.id(), session);
        NodeSession older = byNode.put(session.nodeId(), session);
        if (older != null) {
            byId.remove(older.id());
        }
        if (older != null && older.channel() != session.channel()) {
            older.channel().close(CloseCode.REPLACED, "replaced by a newer session of this node");
        }
        if (vertx.isClustered()) {
            Opened.ADDRESS.publish(vertx, new Opened(session.nodeId(), nameOf(session)));
            forwarders.computeIfAbsent(session.nodeId(), this::forwarder);
        }
    }

    /** Null when the id is unknown or void. */
    NodeSession find(String sessionId) {
        return sessionId == null ? null : byId.get(sessionId);
    }

    public boolean isConnected(String nodeId) {
        return byNode.containsKey(nodeId);
    }

    Collection<NodeSession> all() {
        return List.copyOf(byNode.values());
    }

    /** The channel is gone. @return whether the session was still the node's current one */
    boolean lost(NodeSession session) {
        boolean current = closed(session);
        if (current) {
            endedListener.accept(session.nodeId(), AbsenceReason.disconnected("its connection was lost"));
        }
        return current;
    }

    /** From now on the session is void. @return whether it was still the node's current one */
    boolean closed(NodeSession session) {
        byId.remove(session.id());
        boolean current = byNode.remove(session.nodeId(), session);
        if (current) {
            MessageConsumer<?> forwarder = forwarders.remove(session.nodeId());
            if (forwarder != null) {
                forwarder.unregister();
            }
        }
        return current;
    }

    /** Ends every session that this token opened, on every controller. */
    void tokenEnded(String tokenId) {
        TokenEnded.ADDRESS.publish(vertx, new TokenEnded(tokenId));
    }

    /**
     * Ends the session of a node that is OFFLINE, lost or held, whoever wrote it so, or was deleted: whoever is at the
     * other end registers again, if it may, and learns what became of its work. Repeating is harmless.
     */
    void nodeLost(String nodeId) {
        if (isConnected(nodeId)) {
            closeWhere(
                    session -> session.nodeId().equals(nodeId), CloseCode.RESTARTING, "taken for lost; register again");
        }
    }

    List<String> tokenIds() {
        return byNode.values().stream()
                .map(NodeSession::tokenId)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    /** Ends the sessions of those looked at that are no longer valid. */
    void keepTokens(Collection<String> lookedAt, Set<String> valid) {
        var ended = new HashSet<>(lookedAt);
        ended.removeAll(valid);
        if (!ended.isEmpty()) {
            closeWhere(session -> ended.contains(session.tokenId()), CloseCode.TOKEN_ENDED, "the token was revoked");
        }
    }

    /** Ends sessions whose token has come to its end. */
    void expire(Instant now) {
        closeWhere(
                session -> session.expiresAt() != null && !session.expiresAt().isAfter(now),
                CloseCode.TOKEN_ENDED,
                "the token has expired");
    }

    void closeWhere(Predicate<NodeSession> which, int code, String reason) {
        all().stream().filter(which).forEach(session -> {
            if (closed(session) && code != CloseCode.REPLACED) {
                endedListener.accept(session.nodeId(), AbsenceReason.disconnected(reason));
            }
            session.channel().close(code, reason);
        });
    }

    /** A session among controllers: its id itself is told to nobody but its worker. */
    private static String nameOf(NodeSession session) {
        return Sha256.hex(session.id());
    }

    /** Other controllers reach a node that is connected here through this one, which alone can seal what it is told. */
    private MessageConsumer<?> forwarder(String nodeId) {
        return BusAddresses.RELAY.at(nodeId).serve(vertx, message -> {
            NodeSession own = byNode.get(nodeId);
            if (own == null) {
                return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "node " + nodeId + " has left"));
            }
            return message.type().equals(BusAddresses.LOOK)
                    ? own.channel().look()
                    : own.channel().send(message);
        });
    }
}
