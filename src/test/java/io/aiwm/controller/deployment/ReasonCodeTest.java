package io.aiwm.controller.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Json;
import io.aiwm.protocol.ContainerSpec;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReasonCodeTest {
    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "'move failed, it stays on n1: no node has room', MOVE_FAILED",
        "node n1 is offline, NODE_OFFLINE",
        "node n1 was deleted, NODE_DELETED",
        "'node n1 is offline, deployed elsewhere',",
        "container was removed from node n1, CONTAINER_REMOVED",
        "container exited with 137 (out of memory), CONTAINER_ENDED",
        "container ended by itself without an error, CONTAINER_ENDED",
        "container exited with 1; the engine restarts it, CONTAINER_RESTARTING",
        "'container exited with 1 before its health check passed',",
        "'update failed, the version before stays: container exited with 1',",
    })
    void a_record_from_before_there_were_codes_has_the_one_that_its_words_mean(String words, ReasonCode code) {
        var stored = new JsonObject()
                .put("id", "dep_1")
                .put("version", 1)
                .put("name", "web")
                .put("spec", new JsonObject().put("image", "web:1"))
                .put("desired", "RUNNING")
                .put("status", "FAILED")
                .put("statusReason", words)
                .put("lastExecutionId", "ex_1")
                .put("createdAt", NOW.toString());
        Deployment read = Json.decode(stored.encode(), Deployment.class);
        assertThat(read.statusReason()).isEqualTo(words);
        assertThat(read.reasonCode()).isEqualTo(code);
    }

    @Test
    void words_and_code_are_stored_side_by_side() {
        var record = failed(ReasonCode.START_FAILED.because("move failed, says the worker"));
        JsonObject stored = Json.toObject(record);
        assertThat(stored.getString("statusReason")).isEqualTo("move failed, says the worker");
        assertThat(stored.getString("reasonCode")).isEqualTo("START_FAILED");
        assertThat(Json.decode(stored.encode(), Deployment.class)).isEqualTo(record);
        assertThat(record.instance(0)
                        .change()
                        .status(ReplicaState.DEPLOYING)
                        .done()
                        .reasonCode())
                .isNull();
    }

    @Test
    void a_state_that_only_a_newer_worker_knows_is_kept_and_taken_as_running() {
        var container = DeploymentContainerBuilder.builder()
                .nodeId("n1")
                .commandId("ex_1.0.1")
                .state("hibernating")
                .build();
        assertThat(container.phase()).isEqualTo(ContainerState.RUNNING);
        assertThat(Json.toObject(container).getString("state")).isEqualTo("hibernating");
    }

    private static Deployment failed(ReasonCode.Reason why) {
        return DeploymentBuilder.builder()
                .id("dep_1")
                .version(1)
                .name("web")
                .spec(Json.decode("{\"image\":\"web:1\"}", ContainerSpec.class))
                .placement(new Deployment.Placement(null, null, null))
                .replicas(1)
                .desired(Deployment.Desired.RUNNING)
                .generation(1)
                .revisions(
                        List.of(RevisionBuilder.builder().generation(1).at(NOW).build()))
                .instances(List.of(ReplicaBuilder.builder()
                        .index(0)
                        .generation(1)
                        .state(ReplicaState.FAILED)
                        .statusReason(why.text())
                        .reasonCode(why.code())
                        .build()))
                .createdAt(NOW)
                .updatedAt(NOW)
                .build();
    }
}
