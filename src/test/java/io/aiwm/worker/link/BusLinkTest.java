package io.aiwm.worker.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.LinkClosed;
import io.aiwm.protocol.RegisterAck;
import io.aiwm.protocol.RegisterAckBuilder;
import io.aiwm.protocol.seal.NodeChannel;
import io.aiwm.protocol.seal.NodeHandshake;
import io.aiwm.worker.WorkerSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A worker on the event bus. */
class BusLinkTest extends LinkRig {
    @Test
    void on_the_bus_it_registers_works_and_registers_again_when_its_session_is_void() throws Exception {
        var bus = new BusController(vertx, "the signature");
        worker(WorkerSettings.worker(null, "node-1", "header.claims.the signature"));
        await().until(() -> metricsInterval.get() > 0);
        assertThat(bus.hellos.get(0).nodeId()).isEqualTo("node-1");
        assertThat(bus.hellos.get(0).credential()).isEqualTo("header.claims");
        assertThat(bus.registrations.get(0).data().getString("token")).isNull();

        bus.say(Envelope.command("job.run", new JsonObject(), new JsonObject().put("commandId", "ex.0.1")))
                .await(5, TimeUnit.SECONDS);
        await().until(() ->
                bus.heard.stream().anyMatch(message -> message.type().equals("command.result")));

        bus.forgetSession();
        link.send("telemetry.metrics", new JsonObject(), null);
        await().until(() -> bus.registrations.size() == 2);
    }

    @Test
    void on_the_bus_it_obeys_nobody_who_does_not_know_its_token() throws Exception {
        var stranger = new BusController(vertx, "a guess");
        worker(WorkerSettings.worker(null, "node-1", "header.claims.the signature"));
        await().until(() -> !stranger.hellos.isEmpty());
        await().during(Duration.ofMillis(500)).until(() -> stranger.registrations.isEmpty());
    }

    @Test
    void on_the_bus_what_is_not_sealed_for_it_or_comes_again_is_not_carried_out() throws Exception {
        var bus = new BusController(vertx, "the signature");
        worker(WorkerSettings.worker(null, "node-1", "header.claims.the signature"));
        await().until(() -> metricsInterval.get() > 0);
        var command = Envelope.command("job.run", new JsonObject(), new JsonObject().put("commandId", "ex.0.1"));
        Buffer sealed = bus.channel.seal(command);
        Buffer forged = sealed.copy().setByte(sealed.length() - 1, (byte) (sealed.getByte(sealed.length() - 1) ^ 1));

        assertThatThrownBy(() -> bus.sayRaw(forged).await(5, TimeUnit.SECONDS)).isInstanceOf(Failure.class);
        assertThatThrownBy(() -> bus.sayRaw(Buffer.buffer(command.encode())).await(5, TimeUnit.SECONDS))
                .isInstanceOf(Failure.class);
        assertThat(bus.heard).noneMatch(message -> message.type().startsWith("command."));
        bus.sayRaw(sealed).await(5, TimeUnit.SECONDS);
        await().until(() ->
                bus.heard.stream().anyMatch(message -> message.type().equals("command.result")));
        assertThatThrownBy(() -> bus.sayRaw(sealed).await(5, TimeUnit.SECONDS)).hasMessageContaining("came again");
    }

    @Test
    void on_the_bus_a_session_that_is_replaced_is_not_begun_again() throws Exception {
        var bus = new BusController(vertx, "the signature");
        worker(WorkerSettings.worker(null, "node-1", "header.claims.the signature"));
        await().until(() -> metricsInterval.get() > 0);

        bus.say(Envelope.of(LinkClosed.TYPE, new LinkClosed(4409, "replaced"))).await(5, TimeUnit.SECONDS);

        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(4)).until(() -> bus.hellos.size() == 1);
    }

    @Test
    void on_the_bus_it_waits_for_a_controller_to_come() throws Exception {
        worker(WorkerSettings.worker(null, null, null));
        assertThat(link.nodeId()).matches("host-1-example-[a-z0-9]{5}");
        var bus = new BusController(vertx, "");

        await().atMost(Duration.ofSeconds(15)).until(() -> !bus.hellos.isEmpty());

        assertThat(bus.hellos.get(0).nodeId()).isEqualTo(link.nodeId());
        assertThat(bus.hellos.get(0).credential()).isNull();
    }

    /** A controller's end of the bus, by hand. */
    private static final class BusController {
        final List<NodeHandshake.Hello> hellos = new CopyOnWriteArrayList<>();
        final List<Envelope> registrations = new CopyOnWriteArrayList<>();
        final List<Envelope> heard = new CopyOnWriteArrayList<>();
        private final Vertx vertx;
        volatile NodeChannel channel;

        BusController(Vertx vertx, String secret) {
            this.vertx = vertx;
            BusAddresses.HELLO.serve(vertx, message -> {
                var hello = message.as(NodeHandshake.Hello.class);
                var accepted = NodeHandshake.accept(hello, secret, "controller-1");
                channel = accepted.channel();
                hellos.add(hello);
                return Future.succeededFuture(Envelope.of(NodeHandshake.Challenge.TYPE, accepted.challenge())
                        .answering(message));
            });
            BusAddresses.INBOUND.at("controller-1").serve(vertx, this::inbound);
        }

        private Future<Buffer> inbound(Buffer frame) {
            if (channel == null || !channel.id().equals(NodeChannel.idOf(frame))) {
                return Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "void"));
            }
            Envelope message = channel.open(frame);
            if (!message.type().equals("node.register")) {
                heard.add(message);
                return Future.succeededFuture();
            }
            registrations.add(message);
            var ack = RegisterAckBuilder.builder()
                    .accepted(true)
                    .sessionId("session-" + registrations.size())
                    .nodeId(message.data().getString("nodeId"))
                    .controllerId("controller-1")
                    .heartbeatIntervalMs(30_000)
                    .metricsIntervalMs(60_000)
                    .adopt(List.of())
                    .stop(List.of())
                    .resend(List.of())
                    .forget(List.of())
                    .build();
            return Future.succeededFuture(
                    channel.seal(Envelope.of(RegisterAck.TYPE, ack).answering(message)));
        }

        Future<Void> say(Envelope message) {
            return sayRaw(channel.seal(message));
        }

        Future<Void> sayRaw(Buffer frame) {
            return BusAddresses.NODE.at(channel.id()).ask(vertx, frame, Duration.ofSeconds(5));
        }

        void forgetSession() {
            channel = null;
        }
    }
}
