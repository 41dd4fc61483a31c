package io.aiwm.worker.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.worker.WorkerSettings;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a worker says of itself when it registers. */
class RegistrationTest extends LinkRig {
    private static final Config.Gpu MOCK_GPUS = new Config.Gpu("/nowhere/nvidia-smi", true, Duration.ofSeconds(10));

    @Test
    void it_registers_with_its_token_and_says_what_it_has() throws Exception {
        worker(WorkerSettings.worker(controller.url(), null, "secret"));

        JsonObject said = controller.await("node.register", 1).data();

        assertThat(controller.tokens).containsExactly("Bearer secret");
        assertThat(said.getString("nodeId")).isEqualTo("node-1");
        assertThat(said.getString("zone")).isEqualTo("zone-a");
        assertThat(said.getJsonArray("capabilities"))
                .containsExactly("docker", "container-settings", "container-probes", "model-volumes", "model-fetch");
        assertThat(said.getJsonArray("runtimes")).containsExactly("runc");
        assertThat(said.getInteger("maxParallel")).isEqualTo(2);
        assertThat(said.getJsonArray("running").getJsonObject(0).getString("containerId"))
                .isEqualTo("container-1");
        assertThat(said.getJsonObject("system").getJsonObject("cpu").getInteger("cores"))
                .isPositive();
        await().until(() -> metricsInterval.get() == 60_000);
    }

    @Test
    void it_says_no_more_containers_than_a_controller_takes() throws Exception {
        containers.found = NodeRegister.MOST_RUNNING + 1;
        worker(WorkerSettings.worker(controller.url(), null, "secret"));
        assertThat(controller.await("node.register", 1).data().getJsonArray("running"))
                .hasSize(NodeRegister.MOST_RUNNING);
    }

    @Test
    void a_node_with_gpus_says_that_this_is_its_role() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret", null, MOCK_GPUS));
        JsonObject said = controller.await("node.register", 1).data();
        assertThat(said.getString("role")).isEqualTo("gpu");
        assertThat(said.getJsonArray("capabilities")).contains("gpu");
    }

    @Test
    void the_role_a_node_was_told_counts_whatever_it_has() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret", "proxy", MOCK_GPUS));
        assertThat(controller.await("node.register", 1).data().getString("role"))
                .isEqualTo("proxy");
    }

    @Test
    void it_registers_with_its_models_and_says_them_again_only_when_they_have_changed() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        assertThat(names(controller.await("node.register", 1))).containsExactly("llama");

        link.models(List.of(model("llama")));
        link.models(List.of(model("llama"), model("qwen")));
        link.models(List.of());

        controller.await("telemetry.models", 2);
        assertThat(controller.all("telemetry.models"))
                .extracting(RegistrationTest::names)
                .containsExactly(List.of("llama", "qwen"), List.of());
        assertThat(controller.all("telemetry.models").get(0).data().getString("sessionId"))
                .isEqualTo("session-1");
    }

    @Test
    void a_model_that_comes_while_it_registers_is_said_when_the_session_has_begun() throws Exception {
        Promise<Void> slow = Promise.promise();
        reading = slow.future();
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        await().until(() -> readings.get() == 1);

        link.models(List.of(model("llama"), model("qwen")));
        slow.complete();

        assertThat(names(controller.await("telemetry.models", 1))).containsExactly("llama", "qwen");
        assertThat(names(controller.await("node.register", 1))).containsExactly("llama");
    }

    private static List<String> names(Envelope message) {
        return message.data().getJsonArray("models").stream()
                .map(one -> ((JsonObject) one).getString("name"))
                .toList();
    }
}
