package io.aiwm.controller.gateway;

import static io.aiwm.controller.node.FleetUnderTest.await;

import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.aiwm.protocol.seal.NodeChannel;
import io.aiwm.protocol.seal.NodeHandshake;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A worker on the bus, by hand: says hello, registers, speaks, listens. */
final class BusWorker {
    static final Duration WAIT = Duration.ofSeconds(10);
    private final Vertx vertx;
    private final NodeHandshake.Challenge challenge;
    final NodeChannel channel;
    private final MessageConsumer<?> consumer;
    final BlockingQueue<Envelope> inbox = new LinkedBlockingQueue<>();

    /** Shakes hands under a token; fails as the worker would. */
    BusWorker(Vertx vertx, String nodeId, String token) {
        this(vertx, nodeId, NodeHandshake.credentialOf(token), NodeHandshake.secretOf(token));
    }

    BusWorker(Vertx vertx, String nodeId, String credential, String secret) {
        this.vertx = vertx;
        var handshake = new NodeHandshake(nodeId, credential);
        challenge = await(BusAddresses.HELLO.ask(vertx, Envelope.of(NodeHandshake.Hello.TYPE, handshake.hello()), WAIT))
                .as(NodeHandshake.Challenge.class);
        channel = handshake.finish(challenge, secret);
        consumer = BusAddresses.NODE.at(channel.id()).serve(vertx, frame -> {
            Envelope message = channel.open(frame);
            if (!message.type().equals(BusAddresses.LOOK)) {
                inbox.add(message);
            }
            return Future.succeededFuture();
        });
        await(consumer.completion());
    }

    RegisterAck register(JsonObject data) {
        Buffer answer = await(ask(Envelope.of(NodeRegister.TYPE, data)));
        return channel.open(answer).as(RegisterAck.class);
    }

    Future<Buffer> ask(Envelope message) {
        return ask(channel.seal(message));
    }

    Future<Buffer> ask(Buffer frame) {
        return BusAddresses.INBOUND.at(challenge.controllerId()).ask(vertx, frame, WAIT);
    }

    /** As a process that was killed. */
    void vanish() {
        await(consumer.unregister());
    }
}
