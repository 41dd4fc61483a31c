package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentCommandBuilder;
import io.aiwm.worker.docker.EngineFixture;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContainerPlanTest {
    private static final String SOCKET = "/var/run/docker.sock";

    private static ContainerPlan plan(ContainerSpec spec) {
        var config = new Config.Docker(true, SOCKET, Duration.ofSeconds(10), 256L << 20, 0, null, null);
        return new ContainerPlan.Planner(new ContainerPolicy(EngineFixture.STRICT, SOCKET), config)
                .plan(
                        new ContainerOwner("c", "node-1"),
                        "ex1.0.1",
                        DeploymentCommandBuilder.builder()
                                .deploymentId("d1")
                                .deploymentName("web")
                                .replica(0)
                                .spec(spec)
                                .build());
    }

    private static ContainerSpec spec(String image, String pullPolicy) {
        return Specs.with(Specs.of(image, List.of(), 0), "pullPolicy", pullPolicy);
    }

    private static EngineContainer made(String specHash, String state) {
        return new EngineContainer(
                new EngineContainer.Made(
                        "id",
                        "name",
                        "web:1",
                        "sha256:1",
                        "2026-11-26T00:00:00Z",
                        Map.of(ContainerLabels.SPEC_HASH, specHash)),
                new EngineContainer.Status(state, "none", null, null, false, 0, ""),
                Map.of(),
                List.of(),
                EngineContainer.Run.UNKNOWN);
    }

    @Test
    void when_an_image_is_pulled_makes_no_other_container() {
        String hash = plan(spec("web:1", "never")).specHash();
        assertThat(plan(spec("web:1", "always")).isSpecOf(made(hash, "running")))
                .isTrue();
        assertThat(plan(spec("web:2", "never")).isSpecOf(made(hash, "running"))).isFalse();
        assertThat(plan(spec("web:1", "never")).isSpecOf(made(hash, "dead"))).isFalse();
    }

    @Test
    void a_container_of_a_worker_of_a_version_before_is_known_again() {
        String hash =
                Sha256.hex(Json.encode(new JsonObject().put("image", "web:1").put("pullPolicy", "never")));
        assertThat(plan(spec("web:1", "never")).isSpecOf(made(hash, "exited"))).isTrue();
        assertThat(plan(spec("web:2", "never")).isSpecOf(made(hash, "exited"))).isFalse();
    }
}
