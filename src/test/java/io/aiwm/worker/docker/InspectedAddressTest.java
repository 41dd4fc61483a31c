package io.aiwm.worker.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.command.InspectContainerResponse;
import io.aiwm.worker.container.EngineContainer;
import org.junit.jupiter.api.Test;

/** Where a container's ports are reached by what the engine answers of it. */
class InspectedAddressTest {
    private static EngineContainer inspected(String networkMode, String network, String address)
            throws JsonProcessingException {
        String answer = """
                {"Id": "c1", "Name": "/web", "Created": "2026-11-27T10:00:00Z", "Image": "sha256:1",
                 "Config": {"Image": "web:1", "Labels": {}}, "HostConfig": {"NetworkMode": "%s"}, "Mounts": [],
                 "State": {"Status": "running", "Running": true, "StartedAt": "2026-11-27T10:00:01Z"},
                 "NetworkSettings": {"Ports": {}, "Networks": {"%s": {"IPAddress": "%s"}}}}
                """.formatted(networkMode, network, address);
        return DockerViews.of(new ObjectMapper()
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
                .readValue(answer, InspectContainerResponse.class));
    }

    @Test
    void one_with_the_network_of_the_host_is_reached_at_the_loopback_address() throws Exception {
        assertThat(inspected("host", "host", "").run().ip()).isEqualTo("127.0.0.1");
    }

    @Test
    void one_in_a_network_of_the_engine_is_reached_at_its_own_address() throws Exception {
        assertThat(inspected("bridge", "bridge", "172.17.0.2").run().ip()).isEqualTo("172.17.0.2");
    }

    @Test
    void one_without_a_network_is_not_reached() throws Exception {
        assertThat(inspected("none", "none", "").run().ip()).isNull();
    }
}
