package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.LinkClosed;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.ProtocolError;
import io.aiwm.protocol.seal.NodeChannel;
import io.aiwm.protocol.seal.NodeHandshake;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Workers that are members of the cluster. Nothing on the bus is believed because of where it comes from: a worker proves
 * who it is with a handshake ({@link NodeHandshake}), and from then on only what is sealed by its {@link NodeChannel} counts.
 */
final class MemberGateway {
    private static final Logger LOG = LoggerFactory.getLogger(MemberGateway.class);
    /** A worker registers within this time after its hello. */
    private static final Duration REGISTER_WITHIN = Duration.ofSeconds(10);
    /** Handshakes that wait for their registration; more are asked to come again. */
    private static final int MAX_WAITING = 10_000;

    private final Vertx vertx;
    private final NodeGateway gateway;
    private final Map<String, Member> members = new ConcurrentHashMap<>();
    private final RateLimitedLog refusals = RateLimitedLog.refusals(LOG);
    private final AtomicInteger waiting = new AtomicInteger();

    MemberGateway(Vertx vertx, NodeGateway gateway) {
        this.vertx = vertx;
        this.gateway = gateway;
    }

    List<MessageConsumer<?>> start() {
        return List.of(
                BusAddresses.HELLO.serve(vertx, this::hello),
                BusAddresses.INBOUND.at(gateway.controllerId()).serve(vertx, this::inbound));
    }

    private Future<Envelope> hello(Envelope message) {
        if (!message.type().equals(NodeHandshake.Hello.TYPE)) {
            return Future.failedFuture(Failure.invalid("/type", "a hello is expected"));
        }
        if (waiting.get() >= MAX_WAITING) {
            return Future.failedFuture(Failure.limited("too many workers register at once", 1));
        }
        NodeHandshake.Hello hello = message.as(NodeHandshake.Hello.class);
        Future<Admission.Claimed> claimed = hello.credential() != null
                ? gateway.admission().claimed(hello.credential())
                : gateway.admission().isOpen()
                        ? Future.succeededFuture(new Admission.Claimed(null, ""))
                        : Future.failedFuture(new Failure(
                                Failure.Kind.UNAUTHENTICATED, "a node token is needed; open registration is off"));
        return claimed.map(who -> challenge(message, hello, who))
                .onFailure(cause -> refusals.refused(name(hello.nodeId()), cause.getMessage()));
    }

    private Envelope challenge(Envelope message, NodeHandshake.Hello hello, Admission.Claimed claimed) {
        var accepted = NodeHandshake.accept(hello, claimed.secret(), gateway.controllerId());
        var member = new Member(claimed.who(), accepted.channel());
        String channelId = accepted.challenge().channelId();
        members.put(channelId, member);
        waiting.incrementAndGet();
        vertx.setTimer(REGISTER_WITHIN.toMillis(), late -> {
            waiting.decrementAndGet();
            if (member.session == null && !member.registering) {
                members.remove(channelId);
            }
        });
        return Envelope.of(NodeHandshake.Challenge.TYPE, accepted.challenge()).answering(message);
    }

    private static String name(String nodeId) {
        return nodeId == null ? "a member of the cluster" : "a member of the cluster, as node " + nodeId + ",";
    }

    private Future<Buffer> inbound(Buffer frame) {
        String channelId = NodeChannel.idOf(frame);
        Member member = channelId == null ? null : members.get(channelId);
        if (member == null) {
            return Future.failedFuture(BusGateway.isVoid());
        }
        Envelope message;
        try {
            message = member.channel.open(frame);
        } catch (Failure forged) {
            refusals.refused(name(member.nodeId()), forged.getMessage());
            return Future.failedFuture(forged);
        }
        if (message.type().equals(NodeRegister.TYPE)) {
            return member.register(message).map(member.channel::seal);
        }
        if (member.session == null || gateway.sessions().find(member.session.id()) != member.session) {
            members.remove(channelId, member);
            return Future.failedFuture(BusGateway.isVoid());
        }
        if (!message.type().equals(BusAddresses.LOOK)) {
            gateway.receive(member.session, message).onFailure(cause -> member.error(message, Failure.of(cause)));
        }
        return Future.succeededFuture();
    }

    /** One worker, from its hello to the end of its session. */
    private final class Member implements Channel {
        /** Null: came without a token. */
        private final Admission.Admitted who;

        private final NodeChannel channel;
        private volatile boolean registering;
        private volatile NodeSession session;

        Member(Admission.Admitted who, NodeChannel channel) {
            this.who = who;
            this.channel = channel;
        }

        String nodeId() {
            return who == null ? null : who.nodeId();
        }

        Future<Envelope> register(Envelope message) {
            if (registering || session != null) {
                return Future.failedFuture(Failure.conflict("the session has begun; say hello for a new one"));
            }
            registering = true;
            Future<NodeGateway.Opened> opened;
            try {
                NodeRegister registration = message.as(NodeRegister.class);
                String nodeId = who == null ? registration.nodeId() : who.nodeId();
                opened = nodeId == null
                        ? Future.failedFuture(Failure.invalid("/data/nodeId", "is missing"))
                        : gateway.sessions()
                                .isAnswered(nodeId)
                                .compose(taken -> taken
                                        ? Future.failedFuture(occupied(nodeId))
                                        : who == null
                                                ? gateway.registerOpenly(registration, this)
                                                : gateway.register(who, registration, this));
            } catch (Failure malformed) {
                opened = Future.failedFuture(malformed);
            }
            return BusGateway.begun(
                            vertx,
                            gateway,
                            opened.onSuccess(open -> session = open.session())
                                    .onFailure(cause ->
                                            refusals.refused(MemberGateway.name(nodeId()), cause.getMessage())),
                            message)
                    .onComplete(done -> {
                        registering = false;
                        if (session == null) {
                            // after the answer has been sealed
                            vertx.runOnContext(later -> members.remove(channel.id(), this));
                        }
                    });
        }

        private static Failure occupied(String nodeId) {
            return Failure.conflict("another worker runs as node " + nodeId
                    + " and answers; a second one under the same identity is refused");
        }

        /** Not answered: what matters is acknowledged by a message of its own, and an answer costs as much as a message. */
        @Override
        public Future<Void> send(Envelope message) {
            BusAddresses.NODE.at(channel.id()).send(vertx, channel.seal(message));
            return Future.succeededFuture();
        }

        void error(Envelope message, Failure failure) {
            refusals.refused(name(nodeId()), message.type() + ": " + failure.getMessage());
            send(Envelope.of(ProtocolError.TYPE, ProtocolError.of(failure)).answering(message));
        }

        @Override
        public Future<Void> look() {
            return BusAddresses.NODE
                    .at(channel.id())
                    .ask(
                            vertx,
                            channel.seal(Envelope.of(BusAddresses.LOOK, new JsonObject())),
                            NodeSessions.LOOK_WITHIN);
        }

        @Override
        public void close(int code, String reason) {
            members.remove(channel.id(), this);
            // best effort: a worker that does not hear it is refused with its next message
            send(Envelope.of(LinkClosed.TYPE, new LinkClosed(code, reason)));
        }

        @Override
        public String transport() {
            return "cluster";
        }
    }
}
