package io.aiwm.worker.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.Envelope;
import io.aiwm.worker.WorkerSettings;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A worker in its session with a controller: commands, reports, logs, and controllers that come back. */
class ControllerLinkTest extends LinkRig {
    @Test
    void a_command_goes_through_and_its_result_is_offered_in_the_next_session_too() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        controller.send("job.run", new JsonObject(), "ex.0.1");
        assertThat(controller.await("command.ack", 1).data().getBoolean("accepted"))
                .isTrue();
        Envelope result = controller.await("command.result", 1);
        assertThat(result.commandId()).isEqualTo("ex.0.1");
        assertThat(result.data().getString("sessionId")).isEqualTo("session-1");

        controller.close(1012);

        controller.awaitSessions(2);
        assertThat(controller.await("node.register", 2).data().getJsonArray("unacknowledgedResults"))
                .containsExactly("ex.0.1");
        await().until(() -> controller.all("command.result").stream()
                .anyMatch(again -> "session-2".equals(again.data().getString("sessionId"))));
        controller.send("result.ack", new JsonObject().put("commandId", "ex.0.1"), null);
        await().until(() -> runner.unacknowledged().isEmpty());
    }

    @Test
    void a_controller_that_restarts_is_found_again_at_once() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        long before = System.nanoTime();

        controller.close(1012);

        controller.awaitSessions(2);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void a_controller_that_answers_no_heartbeat_is_left() throws Exception {
        controller.heartbeatEvery(100);
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.await("telemetry.heartbeat", 3);
        assertThat(controller.sessions.get()).isEqualTo(1);
        assertThat(controller.all("telemetry.heartbeat"))
                .extracting(beat -> beat.data().getLong("sequence"))
                .startsWith(1L, 2L, 3L);

        controller.stopAnsweringHeartbeats();

        controller.awaitSessions(2);
    }

    @Test
    void what_happened_to_a_container_while_nobody_listened_is_told_afterwards() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        containers.listener.accept(status("container-1", "running"));
        controller.await("deployment.status", 1);
        controller.refuse(503);
        controller.close(1000);
        await().until(() -> controller.tokens.size() >= 2);
        containers.listener.accept(status("container-1", "exited"));
        containers.listener.accept(status("container-2", "running"));
        controller.refuse(0);

        controller.awaitSessions(2);

        controller.await("deployment.status", 3);
        assertThat(controller.all("deployment.status").subList(1, 3))
                .extracting(message -> message.data().getString("containerId") + " "
                        + message.data().getString("state"))
                .containsExactly("container-1 exited", "container-2 running");
    }

    @Test
    void what_must_stay_on_the_node_is_asked_and_answered() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.await("node.register", 1);
        link.registered().await(10, TimeUnit.SECONDS);
        var kept = link.retention().ask(List.of("dep_1"));
        JsonObject asked = controller.await("retention.ask", 1).data();
        assertThat(asked.getJsonArray("owners")).containsExactly("dep_1");
        assertThat(asked.getString("sessionId")).isEqualTo("session-1");
        controller.send(
                "retention.kept",
                new JsonObject().put("askId", asked.getString("askId")).put("owners", asked.getJsonArray("owners")),
                null);
        assertThat(kept.await(10, TimeUnit.SECONDS).owners()).containsExactly("dep_1");
    }

    @Test
    void what_is_not_understood_is_answered_with_error_and_changes_nothing() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);

        controller.send("weather.forecast", new JsonObject(), null);
        controller.await("error", 1);
        controller.sendText("not JSON");
        controller.await("error", 2);
        controller.send("command.cancel", new JsonObject(), null);
        controller.await("error", 3);

        assertThat(controller.sessions.get()).isEqualTo(1);
    }

    @Test
    void logs_follow_the_wire() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);

        controller.send("logs.follow", new JsonObject().put("streamId", "s1").put("credit", 1), null);

        JsonObject chunk = controller.await("deployment.logs", 1).data();
        assertThat(chunk.getString("chunk")).isEqualTo("a line\n");
        assertThat(chunk.getString("sessionId")).isEqualTo("session-1");
    }

    @Test
    void it_says_goodbye() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        await().until(() -> metricsInterval.get() > 0);

        link.stop("maintenance").await(5, TimeUnit.SECONDS);

        assertThat(controller.await("goodbye", 1).data().getString("reason")).isEqualTo("maintenance");
    }

    private static DeploymentStatus status(String containerId, String state) {
        return DeploymentStatusBuilder.builder()
                .deploymentId("dep-1")
                .replica(0)
                .containerId(containerId)
                .commandId("ex.0.1")
                .state(state)
                .health("none")
                .restarts(0)
                .build();
    }
}
