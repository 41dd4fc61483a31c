package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Json;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.model.ModelVersion;
import io.aiwm.controller.model.ReplicaUses;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** How much memory the model of a deployment is placed with, and what the step of its worker names. */
class ModelPlacementTest extends ServedModelRig {
    @Test
    void it_is_placed_by_the_estimate_and_limited_by_more() {
        Deployment made = create(CHAT);
        var version = await(fleet.models
                .models()
                .get("tiny")
                .compose(model -> fleet.models.models().version(model, "1")));
        long estimate = estimated(version, made);
        Requires needs = ReplicaPlans.of(made.instance(0)).steps().get(0).requires();
        assertThat(needs.memoryBytes()).isEqualTo(estimate);
        assertThat(needs.gpus()).isNull();
        assertThat(needs.models()).containsExactly("tiny");
        assertThat(needs.capabilities()).containsExactly("docker", "container-probes", "model-volumes");
        assertThat(made.spec().memoryBytes()).isGreaterThan(estimate);
        assertThat(DeploymentView.of(made).getJsonObject("estimate").getLong("memoryBytes"))
                .isEqualTo(estimate);

        Deployment onGpus = create(CHAT.replace("\"engine\"", "\"spec\":{\"gpus\":{\"count\":2}},\"engine\""));
        Requires.Gpus gpus =
                ReplicaPlans.of(onGpus.instance(0)).steps().get(0).requires().gpus();
        assertThat(gpus.count()).isEqualTo(2);
        assertThat(gpus.memoryBytes())
                .isEqualTo(onGpus.memory().gpuMemoryBytes().stream()
                        .max(Long::compare)
                        .orElseThrow());
        assertThat(onGpus.spec().image()).isEqualTo("engines/llama-cuda:1");
    }

    private long estimated(ModelVersion version, Deployment made) {
        return await(new io.aiwm.controller.model.ModelEstimates(null, fleet.models.uses())
                        .estimated(version, made.engine().asEstimate(0)))
                .memoryBytes();
    }

    @Test
    void what_a_container_used_raises_the_estimate_of_the_version_and_setup_that_it_serves() {
        Deployment made = running(CHAT);
        String container = made.container().containerId();
        var serving = new ServedVersions(fleet.deployments);
        var uses = new ReplicaUses(fleet.models.uses(), serving, fleet.now::get);
        uses.sampled(MetricsContainerStatsBuilder.builder()
                .deploymentId(made.id())
                .containerId(container)
                .memoryUsedBytes(3L << 30)
                .build());
        Awaitility.await()
                .untilAsserted(() -> assertThat(
                                create(CHAT.replace("chat", "chat2")).memory().memoryBytes())
                        .isEqualTo(3L << 30));
        assertThat(create(CHAT.replace("1024", "2048")).memory().memoryBytes()).isLessThan(3L << 30);

        // an update is under way: the container is still the one of the generation before
        await(fleet.deployments.update(made.id(), request(new JsonObject(CHAT.replace("1024", "2048"))), null, "ada"));
        assertThat(await(serving.by(made.id(), container)).request().context()).isEqualTo(1024);
        assertThat(await(serving.by(made.id(), "another"))).isNull();
        assertThat(await(serving.by("dep_none", container))).isNull();
    }

    @Test
    void a_model_that_cannot_be_estimated_is_placed_without() {
        fleet.version("odd", "odd.gguf", "no header".getBytes(StandardCharsets.UTF_8));
        Deployment made = create("{\"name\":\"a\",\"model\":{\"name\":\"odd\"},\"engine\":{\"type\":\"llamacpp\"}}");
        assertThat(made.memory().note()).contains("do not say what memory it takes");
        assertThat(made.spec().memoryBytes()).isNull();
        assertThat(ReplicaPlans.of(made.instance(0)).steps().get(0).requires().memoryBytes())
                .isNull();
    }

    @Test
    void the_step_names_the_version_and_no_place_where_it_is() {
        Deployment made = create(CHAT);
        JsonObject data = ReplicaPlans.of(made.instance(0)).steps().get(0).data();
        assertThat(data)
                .isEqualTo(new JsonObject()
                        .put("name", "tiny")
                        .put("version", "1")
                        .put("versionId", made.model().id() + ":1")
                        .put("digest", made.model().sha256())
                        .put("deploymentId", made.id()));
        JsonObject sent = await(fleet.models.sources().added("model.download", data));
        JsonObject file = sent.getJsonArray("files").getJsonObject(0);
        assertThat(file.getString("path")).isEqualTo("tiny.gguf");
        assertThat(file.getString("sha256")).isEqualTo(made.model().sha256());
        assertThat(file.getJsonArray("sources").getJsonObject(0).getString("kind"))
                .isEqualTo("store");
        assertThat(Json.encode(await(fleet.executions.get(made.lastExecutionId()))))
                .doesNotContain("signature");
    }
}
