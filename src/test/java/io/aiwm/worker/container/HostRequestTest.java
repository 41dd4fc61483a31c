package io.aiwm.worker.container;

import static io.aiwm.worker.container.PolicySpecs.PLAIN;
import static io.aiwm.worker.container.PolicySpecs.STRICT;
import static io.aiwm.worker.container.PolicySpecs.volume;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentCommandBuilder;
import io.aiwm.worker.docker.DockerRequests;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is asked of the engine for a container. */
class HostRequestTest {
    private static final Config.Docker DOCKER =
            new Config.Docker(true, "/var/run/docker.sock", Duration.ofSeconds(5), 0, 0, null, null);

    @Test
    void a_plain_spec_becomes_the_known_request_and_no_other() throws IOException {
        ContainerSpec spec = PLAIN;
        spec = Specs.with(spec, "volumes", volume("data", "/data"));
        spec = Specs.with(spec, "memoryBytes", 536_870_912L);
        spec = Specs.with(spec, "cpu", 1.5);
        spec = Specs.with(spec, "restartPolicy", "on-failure");
        spec = Specs.with(spec, "restartMaxRetries", 3);
        spec = Specs.with(spec, "gpus", new JsonObject().put("indices", new JsonArray().add(1)));
        ContainerPlan plan = new ContainerPlan.Planner(new ContainerPolicy(STRICT, null), DOCKER)
                .plan(
                        new ContainerOwner("c", "n"),
                        "ex1.0.1",
                        DeploymentCommandBuilder.builder()
                                .deploymentId("d1")
                                .deploymentName("web")
                                .replica(0)
                                .spec(spec)
                                .build());
        String asked = com.github.dockerjava.core.DockerClientConfig.getDefaultObjectMapper()
                .writerWithDefaultPrettyPrinter()
                .writeValueAsString(DockerRequests.hostConfig(plan, null));
        var known = new JsonObject(Files.readString(Path.of("src/test/resources/docker/host-config.json")));
        assertThat(withoutNulls(new JsonObject(asked))).isEqualTo(known);
    }

    private static JsonObject withoutNulls(JsonObject json) {
        var bare = new JsonObject();
        json.fieldNames().stream()
                .sorted()
                .filter(name -> json.getValue(name) != null)
                .forEach(name -> bare.put(name, json.getValue(name)));
        return bare;
    }
}
