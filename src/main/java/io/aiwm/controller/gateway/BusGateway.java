package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The transport over the event bus: the worker in this process, and through {@link MemberGateway} those in the cluster. */
final class BusGateway {
    static final Duration HAND_OVER = Duration.ofSeconds(5);

    /** The reply and the commands after it travel to different consumers: the reply gets a head start. */
    private static final long SETTLE_MILLIS = 100;

    private final Vertx vertx;
    private final NodeGateway gateway;
    private final MemberGateway members;

    BusGateway(Vertx vertx, NodeGateway gateway) {
        this.vertx = vertx;
        this.gateway = gateway;
        this.members = new MemberGateway(vertx, gateway);
    }

    /** Begins to listen. @return what to unregister in the end */
    List<MessageConsumer<?>> start() {
        return Stream.<MessageConsumer<?>>concat(
                        Stream.of(
                                BusAddresses.REGISTER_HERE.serve(vertx, this::register),
                                BusAddresses.INBOUND_HERE.serve(vertx, this::inbound)),
                        members.start().stream())
                .toList();
    }

    private Future<Envelope> register(Envelope message) {
        Future<NodeGateway.Opened> opened;
        try {
            NodeRegister registration = message.as(NodeRegister.class);
            if (registration.nodeId() == null) {
                throw Failure.invalid("/data/nodeId", "is missing");
            }
            opened = gateway.registerHere(registration, new HereChannel(registration.nodeId()));
        } catch (Failure malformed) {
            opened = Future.failedFuture(malformed);
        }
        return begun(vertx, gateway, opened, message);
    }

    /** Opens what was granted; the answer is a register.ack, a refusal included. */
    static Future<Envelope> begun(
            Vertx vertx, NodeGateway gateway, Future<NodeGateway.Opened> opened, Envelope question) {
        return opened.onSuccess(open -> gateway.open(open.session()))
                .onSuccess(open -> vertx.setTimer(SETTLE_MILLIS, timer -> gateway.ready(open.session())))
                .map(NodeGateway.Opened::ack)
                .otherwise(cause -> RegisterAck.refused(Failure.of(cause).getMessage()))
                .map(answer -> Envelope.of(RegisterAck.TYPE, answer).answering(question));
    }

    private Future<Void> inbound(Envelope message) {
        if (message.type().equals(BusAddresses.LOOK)) {
            return Future.succeededFuture(); // this process is there; a void session is found by its next message
        }
        NodeSession session = gateway.sessions().find(message.data().getString("sessionId"));
        return session == null ? Future.failedFuture(isVoid()) : gateway.receive(session, message);
    }

    static Failure isVoid() {
        return new Failure(Failure.Kind.UNAUTHENTICATED, "this session is void; register again");
    }

    private final class HereChannel implements Channel {
        private final String nodeId;

        HereChannel(String nodeId) {
            this.nodeId = nodeId;
        }

        @Override
        public Future<Void> send(Envelope message) {
            return BusAddresses.NODE_HERE.at(nodeId).ask(vertx, message, HAND_OVER);
        }

        /** The worker learns of it from the refusal of its next message, and registers again if it may. */
        @Override
        public void close(int code, String reason) {}

        @Override
        public String transport() {
            return "cluster";
        }
    }
}
