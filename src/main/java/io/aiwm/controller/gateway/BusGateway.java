package io.aiwm.controller.gateway;

import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.Failure;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.List;

/** The transport over the event bus, for workers that are members of the cluster or live in this process. */
final class BusGateway {
    private static final Duration HAND_OVER = Duration.ofSeconds(5);

    /** The reply and the commands after it travel to different consumers: the reply gets a head start. */
    private static final long SETTLE_MILLIS = 100;

    private final Vertx vertx;
    private final NodeGateway gateway;

    BusGateway(Vertx vertx, NodeGateway gateway) {
        this.vertx = vertx;
        this.gateway = gateway;
    }

    /** Begins to listen. @return what to unregister in the end */
    List<MessageConsumer<?>> start() {
        return List.of(
                BusAddresses.REGISTER.serve(vertx, this::register),
                BusAddresses.REGISTER_HERE.serveHere(vertx, this::register),
                BusAddresses.INBOUND.at(gateway.controllerId()).serve(vertx, this::inbound));
    }

    private Future<Envelope> register(Envelope message) {
        Future<NodeGateway.Opened> opened;
        try {
            NodeRegister registration = message.as(NodeRegister.class);
            if (registration.nodeId() == null) {
                throw Failure.invalid("/data/nodeId", "is missing");
            }
            opened = gateway.registerOnBus(registration, new BusChannel(registration.nodeId()));
        } catch (Failure malformed) {
            opened = Future.failedFuture(malformed);
        }
        return opened.onSuccess(open -> gateway.open(open.session()))
                .onSuccess(open -> vertx.setTimer(SETTLE_MILLIS, timer -> gateway.ready(open.session())))
                .map(NodeGateway.Opened::ack)
                .otherwise(cause -> RegisterAck.refused(Failure.of(cause).getMessage()))
                .map(answer -> Envelope.of(RegisterAck.TYPE, answer).answering(message));
    }

    private Future<Void> inbound(Envelope message) {
        Session session = gateway.sessions().find(message.data().getString("sessionId"));
        return session == null
                ? Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "this session is void; register again"))
                : gateway.receive(session, message);
    }

    private final class BusChannel implements Channel {
        private final String nodeId;

        BusChannel(String nodeId) {
            this.nodeId = nodeId;
        }

        @Override
        public Future<Void> send(Envelope message) {
            return BusAddresses.NODE.at(nodeId).ask(vertx, message, HAND_OVER);
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
