package io.aiwm.worker.link;

import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;

/** The event bus within one process: the worker of a standalone belongs to the controller beside it, and to no other. */
final class LocalTransport implements Transport {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Vertx vertx;

    LocalTransport(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Future<Channel> open(Identity identity, Listener listener) {
        var channel = new Here(vertx, identity, listener);
        return channel.listening(BusAddresses.NODE_HERE.at(identity.nodeId()).serve(vertx, channel::received))
                .map((Channel) channel)
                .recover(cause -> Future.failedFuture(LinkEnding.of(cause)));
    }

    private static final class Here extends BusChannel {
        private final String nodeToken;

        Here(Vertx vertx, Identity identity, Listener listener) {
            super(vertx, identity.nodeId(), listener);
            this.nodeToken = identity.nodeToken();
        }

        @Override
        public Future<RegisterAck> register(NodeRegister registration) {
            Envelope message = Envelope.of(NodeRegister.TYPE, registration.withToken(nodeToken));
            return BusAddresses.REGISTER_HERE
                    .ask(vertx(), message, PATIENCE)
                    .map(answer -> answer.as(RegisterAck.class))
                    .onSuccess(ack -> registered())
                    .recover(cause -> Future.failedFuture(new LinkEnding(
                            LinkEnding.Kind.LOST, "the controller takes no registration: " + cause.getMessage())));
        }

        @Override
        Future<Void> deliver(Envelope message) {
            return ask(message);
        }

        @Override
        Future<Void> ask(Envelope message) {
            return BusAddresses.INBOUND_HERE.ask(vertx(), message, PATIENCE);
        }
    }
}
