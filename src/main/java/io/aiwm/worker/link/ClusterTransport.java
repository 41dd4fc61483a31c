package io.aiwm.worker.link;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.LinkClosed;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.aiwm.protocol.seal.NodeChannel;
import io.aiwm.protocol.seal.NodeHandshake;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import org.slf4j.LoggerFactory;

/**
 * The clustered event bus, for a worker that is a member of the controllers' cluster. The node token stays here: worker and
 * controller prove to each other that they know it, and seal every message with the keys that come of it
 * ({@link NodeHandshake}). What no controller of ours has sealed is not carried out.
 */
final class ClusterTransport implements Transport {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final RateLimitedLog REFUSALS =
            RateLimitedLog.refusals(LoggerFactory.getLogger(ClusterTransport.class));

    private final Vertx vertx;

    ClusterTransport(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Future<Channel> open(Identity identity, Listener listener) {
        String token = identity.nodeToken();
        var handshake = new NodeHandshake(identity.nodeId(), NodeHandshake.credentialOf(token));
        return BusAddresses.HELLO
                .ask(vertx, Envelope.of(NodeHandshake.Hello.TYPE, handshake.hello()), PATIENCE)
                .map(answer -> answer.as(NodeHandshake.Challenge.class))
                .compose(challenge -> {
                    NodeChannel seal = handshake.finish(challenge, NodeHandshake.secretOf(token));
                    var channel = new Member(vertx, identity.nodeId(), listener, seal, challenge.controllerId());
                    return channel.listening(BusAddresses.NODE.at(seal.id()).serve(vertx, channel::arrived))
                            .map((Channel) channel);
                })
                .recover(cause -> Future.failedFuture(ending(cause, token != null)));
    }

    private static LinkEnding ending(Throwable cause, boolean shown) {
        if (cause instanceof LinkEnding known) {
            return known;
        }
        Failure failure = Failure.of(cause);
        return switch (failure.kind) {
            case UNAUTHENTICATED -> LinkEnding.notAccepted(shown, ": " + failure.getMessage());
            case FORBIDDEN -> new LinkEnding(LinkEnding.Kind.REFUSED, failure.getMessage());
            case INVALID,
                    NOT_FOUND,
                    CONFLICT,
                    GONE,
                    PRECONDITION,
                    TOO_LARGE,
                    UNSUPPORTED_MEDIA_TYPE,
                    UNPROCESSABLE,
                    LIMITED,
                    INTERNAL,
                    UNAVAILABLE,
                    REQUEST_TIMEOUT,
                    TIMEOUT ->
                new LinkEnding(
                        LinkEnding.Kind.LOST, "no controller takes a registration on the bus: " + failure.getMessage());
        };
    }

    private static final class Member extends BusChannel {
        private final NodeChannel seal;
        private final String controllerId;

        Member(Vertx vertx, String nodeId, Listener listener, NodeChannel seal, String controllerId) {
            super(vertx, nodeId, listener);
            this.seal = seal;
            this.controllerId = controllerId;
        }

        private Future<Void> arrived(Buffer frame) {
            Envelope message;
            try {
                message = seal.open(frame);
            } catch (Failure forged) {
                REFUSALS.refused("a member of the cluster", "to this worker: " + forged.getMessage());
                return Future.failedFuture(forged);
            }
            return switch (message.type()) {
                case BusAddresses.LOOK -> Future.succeededFuture();
                case LinkClosed.TYPE -> {
                    LinkClosed closed = message.as(LinkClosed.class);
                    end(LinkEnding.closed((short) closed.code(), closed.reason()));
                    yield Future.succeededFuture();
                }
                default -> received(message);
            };
        }

        @Override
        public Future<RegisterAck> register(NodeRegister registration) {
            return request(Envelope.of(NodeRegister.TYPE, registration))
                    .map(answer -> seal.open(answer).as(RegisterAck.class))
                    .onSuccess(ack -> registered())
                    .recover(cause -> Future.failedFuture(ending(cause, true)));
        }

        @Override
        Future<Void> deliver(Envelope message) {
            BusAddresses.INBOUND.at(controllerId).send(vertx(), seal.seal(message));
            return Future.succeededFuture();
        }

        @Override
        Future<Void> ask(Envelope message) {
            return request(message).mapEmpty();
        }

        private Future<Buffer> request(Envelope message) {
            return BusAddresses.INBOUND.at(controllerId).ask(vertx(), seal.seal(message), PATIENCE);
        }
    }
}
