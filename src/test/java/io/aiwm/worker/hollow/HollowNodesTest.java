package io.aiwm.worker.hollow;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.CommandResult;
import io.aiwm.worker.link.SocketController;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HollowNodesTest {
    private Vertx vertx;
    private SocketController controller;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        controller = new SocketController(vertx);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void a_hollow_node_speaks_the_protocol() throws Exception {
        controller.heartbeatEvery(50);
        HollowNodes.start(vertx, controller.url(), Map.of("node-1", "secret"), 0)
                .ready()
                .await(10, TimeUnit.SECONDS);

        controller.send("deployment.create", new JsonObject(), "ex.0.1");

        assertThat(controller.tokens).containsExactly("Bearer secret");
        assertThat(controller.await("command.ack", 1).data().getBoolean("accepted"))
                .isTrue();
        var result = controller.await("command.result", 1).as(CommandResult.class);
        assertThat(result.commandId()).isEqualTo("ex.0.1");
        assertThat(result.outcome()).isEqualTo(CommandResult.Outcome.success);
        controller.await("telemetry.heartbeat", 3);
    }

    @Test
    void it_offers_its_results_in_the_next_session() throws Exception {
        HollowNodes.start(vertx, controller.url(), Map.of("node-1", "secret"), 0)
                .ready()
                .await(10, TimeUnit.SECONDS);
        controller.send("job.run", new JsonObject(), "kept");
        controller.await("command.result", 1);
        controller.close(1012);

        assertThat(controller.await("node.register", 2).data().getJsonArray("unacknowledgedResults"))
                .containsExactly("kept");
        assertThat(controller.await("command.result", 2).data().getString("sessionId"))
                .isEqualTo("session-2");
    }

    @Test
    void a_slow_one_can_be_cancelled() throws Exception {
        HollowNodes.start(vertx, controller.url(), Map.of("node-1", "secret"), 60_000)
                .ready()
                .await(10, TimeUnit.SECONDS);
        controller.send("job.run", new JsonObject(), "slow");
        controller.await("command.ack", 1);

        controller.send("command.cancel", new JsonObject().put("commandId", "slow"), null);

        assertThat(controller.await("command.result", 1).data().getString("outcome"))
                .isEqualTo("cancelled");
    }

    @Test
    void a_job_that_sleeps_takes_its_time_and_has_an_exit_code() throws Exception {
        HollowNodes.start(vertx, controller.url(), Map.of("node-1", "secret"), 0)
                .ready()
                .await(10, TimeUnit.SECONDS);
        controller.send(
                "job.run",
                new JsonObject().put("command", new JsonArray().add("sleep").add("60")),
                "long");
        controller.send(
                "job.run",
                new JsonObject().put("command", new JsonArray().add("sleep").add("0.1")),
                "short");

        var first = controller.await("command.result", 1).data();
        assertThat(first.getString("commandId")).isEqualTo("short");
        assertThat(first.getJsonObject("output").getInteger("exitCode")).isZero();

        controller.send("command.cancel", new JsonObject().put("commandId", "long"), null);
        assertThat(controller.await("command.result", 2).data().getString("outcome"))
                .isEqualTo("cancelled");
    }

    @Test
    void it_begins_no_command_again_that_was_settled() throws Exception {
        var begun = new ConcurrentLinkedQueue<String>();
        HollowNodes.start(vertx, controller.url(), Map.of("node-1", "secret"), 0, new HollowEvents() {
                    @Override
                    public void began(String nodeId, String commandId) {
                        begun.add(commandId);
                    }
                })
                .ready()
                .await(10, TimeUnit.SECONDS);
        controller.send("job.run", new JsonObject(), "once");
        controller.await("command.result", 1);
        controller.send("result.ack", new JsonObject().put("commandId", "once"), null);
        controller.send("job.run", new JsonObject(), "once");
        controller.await("command.ack", 2);
        controller.send("job.run", new JsonObject(), "next");
        controller.await("command.result", 2);

        assertThat(begun).containsExactly("once", "next");
    }

    @Test
    void one_that_was_cut_off_for_long_registers_again() throws Exception {
        controller.heartbeatEvery(50);
        var gone = new CountDownLatch(2);
        var nodes = HollowNodes.start(vertx, controller.url(), Map.of("node-1", "secret"), 0, new HollowEvents() {
            @Override
            public void gone(String nodeId) {
                gone.countDown();
            }
        });
        nodes.ready().await(10, TimeUnit.SECONDS);
        nodes.cutOff(Set.of("node-1"));
        assertThat(gone.await(10, TimeUnit.SECONDS))
                .as("first it was cut off, then it gave up its connection")
                .isTrue();
        nodes.restore(Set.of("node-1"));

        controller.await("node.register", 2);
    }

    @Test
    void nodes_whose_connections_do_not_stand_yet_stop_like_all_others() throws Exception {
        var called = new CountDownLatch(1);
        var silent = vertx.createNetServer()
                .connectHandler(socket -> called.countDown())
                .listen(0, "127.0.0.1")
                .await();
        var troubles = new ConcurrentLinkedQueue<Throwable>();
        vertx.exceptionHandler(troubles::add);
        var nodes = HollowNodes.start(
                vertx, URI.create("ws://127.0.0.1:" + silent.actualPort() + "/ws/node"), Map.of("node-1", "secret"), 0);
        assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();

        nodes.reconnect(Set.of("node-1"));
        nodes.stop();
        vertx.close().await(10, TimeUnit.SECONDS);

        assertThat(troubles).isEmpty();
    }
}
