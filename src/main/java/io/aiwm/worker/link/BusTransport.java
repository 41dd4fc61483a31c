package io.aiwm.worker.link;

import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.Failure;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The event bus: for a worker in the controller's process, or one that is a member of its cluster. */
final class BusTransport implements Transport {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** Messages handed over and not yet answered; beyond it they are dropped. */
    private static final int MAX_UNDER_WAY = 1_000;
    /** How soon a worker notices that its controller is gone, however seldom it has something to say. */
    private static final long LOOK_EVERY_MS = 2_000;

    private static final Logger log = LoggerFactory.getLogger(BusTransport.class);

    private final Vertx vertx;
    private final boolean here;

    /** @param here whether the controller is the one in this process, whoever else is in the cluster */
    BusTransport(Vertx vertx, boolean here) {
        this.vertx = vertx;
        this.here = here;
    }

    @Override
    public Future<Channel> open(Identity identity, Listener listener) {
        var channel = new BusChannel(identity.nodeId(), listener);
        return channel.inbound
                .completion()
                .map((Channel) channel)
                .recover(cause -> Future.failedFuture(Ending.of(cause)));
    }

    private final class BusChannel implements Channel {
        private final String nodeId;
        private final Listener listener;
        private final MessageConsumer<JsonObject> inbound;
        private String controllerId;
        private int underWay;
        private long looking = -1;
        private boolean ended;

        BusChannel(String nodeId, Listener listener) {
            this.nodeId = nodeId;
            this.listener = listener;
            // listening comes first: the first command may be here before the answer to the registration
            this.inbound = BusAddresses.NODE.at(nodeId).serve(vertx, message -> {
                if (!ended) {
                    listener.message(message);
                }
                return Future.succeededFuture();
            });
        }

        @Override
        public String nodeId() {
            return nodeId;
        }

        @Override
        public Future<RegisterAck> register(NodeRegister registration) {
            Envelope message = Envelope.of(NodeRegister.TYPE, registration);
            return (here
                            ? BusAddresses.REGISTER_HERE.askHere(vertx, message, PATIENCE)
                            : BusAddresses.REGISTER.ask(vertx, message, PATIENCE))
                    .map(answer -> answer.as(RegisterAck.class))
                    .onSuccess(this::registered)
                    .recover(cause -> Future.failedFuture(new Ending(
                            Ending.Kind.LOST, "no controller takes a registration on the bus: " + cause.getMessage())));
        }

        private void registered(RegisterAck ack) {
            controllerId = ack.controllerId();
            if (controllerId != null && !ended) {
                looking = vertx.setPeriodic(LOOK_EVERY_MS, ignored -> look());
            }
        }

        /** A message of no session is refused by a controller that is there, and by nobody where it is gone. */
        private void look() {
            BusAddresses.INBOUND
                    .at(controllerId)
                    .ask(vertx, Envelope.of("link.look", new JsonObject().put("sessionId", "")), PATIENCE)
                    .onFailure(cause -> {
                        if (Failure.of(cause).kind == Failure.Kind.UNAVAILABLE) {
                            end("the controller is gone");
                        }
                    });
        }

        @Override
        public void send(Envelope message) {
            if (controllerId == null || ended || underWay >= MAX_UNDER_WAY) {
                return;
            }
            underWay++;
            BusAddresses.INBOUND
                    .at(controllerId)
                    .ask(vertx, message, PATIENCE)
                    .onComplete(answered -> underWay--)
                    .onFailure(cause -> refused(message, Failure.of(cause)));
        }

        private void refused(Envelope message, Failure failure) {
            switch (failure.kind) {
                case UNAUTHENTICATED -> end("the controller does not know this session");
                case UNAVAILABLE -> end("the controller is gone");
                // silence: three heartbeats without an answer decide
                case TIMEOUT -> log.debug("no answer to {}", message.type());
                case INVALID,
                        FORBIDDEN,
                        NOT_FOUND,
                        CONFLICT,
                        PRECONDITION,
                        TOO_LARGE,
                        UNSUPPORTED_MEDIA_TYPE,
                        UNPROCESSABLE,
                        LIMITED,
                        INTERNAL -> log.warn("the controller refused {}: {}", message.type(), failure.getMessage());
            }
        }

        private void end(String why) {
            if (!ended) {
                close();
                listener.ended(new Ending(Ending.Kind.MOVED, why));
            }
        }

        @Override
        public Future<Void> close() {
            ended = true;
            vertx.cancelTimer(looking);
            return inbound.unregister();
        }
    }
}
