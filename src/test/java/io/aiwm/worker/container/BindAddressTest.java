package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentCommand;
import io.aiwm.protocol.DeploymentCommandBuilder;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.docker.EngineFixture;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BindAddressTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        EngineFixture.await(vertx.close());
    }

    /** The address that a port gets which asks for this one; null: none. */
    private String published(BindAddress address, String asked) {
        var port = new JsonObject().put("containerPort", 80).put("hostIp", asked);
        var spec = Specs.with(Specs.of("web:1", List.of(), 0), "ports", new JsonArray().add(port));
        return EngineFixture.await(address.settle(command(spec)))
                .spec()
                .ports()
                .get(0)
                .hostIp();
    }

    private static DeploymentCommand command(ContainerSpec spec) {
        return DeploymentCommandBuilder.builder()
                .deploymentId("d1")
                .deploymentName("web")
                .replica(0)
                .spec(spec)
                .build();
    }

    private BindAddress in(Config.Mode mode, String... settings) {
        return BindAddress.of(
                vertx, ConfigLoader.of(mode, settings.length == 0 ? Map.of() : Map.of(settings[0], settings[1])));
    }

    @Test
    void a_port_without_address_is_on_loopback_in_standalone() {
        assertThat(published(in(Config.Mode.STANDALONE), null)).isEqualTo("127.0.0.1");
    }

    @Test
    void on_another_node_it_is_where_that_reaches_its_controller() {
        assertThat(published(in(Config.Mode.WORKER, "worker.controllerUrl", "ws://127.0.0.1:3003/ws/node"), null))
                .isEqualTo("127.0.0.1");
        assertThat(published(in(Config.Mode.WORKER, "worker.controllerUrl", "ws://127.1.2.3:3003/ws/node"), null))
                .startsWith("127.");
        assertThat(published(in(Config.Mode.WORKER, "cluster.host", "10.1.2.3"), null))
                .isEqualTo("10.1.2.3");
    }

    @Test
    void it_is_where_the_settings_say_and_everywhere_only_when_they_say_so() {
        String setting = "worker.docker.bindAddress";
        assertThat(published(in(Config.Mode.STANDALONE, setting, "10.0.0.5"), null))
                .isEqualTo("10.0.0.5");
        assertThat(published(in(Config.Mode.WORKER, setting, "all"), null)).isNull();
        assertThat(published(in(Config.Mode.STANDALONE, setting, "0.0.0.0"), null))
                .isNull();
    }

    @Test
    void a_deployment_may_narrow_it_and_not_widen_it() {
        var one = new BindAddress(vertx, () -> "10.0.0.5");
        assertThat(published(one, "127.0.0.1")).isEqualTo("127.0.0.1");
        assertThat(published(one, "::1")).isEqualTo("::1");
        assertThat(published(one, "10.0.0.5")).isEqualTo("10.0.0.5");
        for (String wider : List.of("0.0.0.0", "::", "10.0.0.6")) {
            var refused = catchThrowableOfType(CommandFailure.class, () -> published(one, wider));
            assertThat(refused.error.category()).isEqualTo(ErrorCategory.POLICY);
            assertThat(refused.error.message()).contains("ports[0].hostIp", wider, "worker.docker.bindAddress");
        }
        assertThat(published(new BindAddress(vertx, () -> null), "10.0.0.6")).isEqualTo("10.0.0.6");
    }

    @Test
    void where_the_way_to_the_controller_is_unknown_it_says_what_to_set() {
        var nowhere = new BindAddress(vertx, () -> {
            throw new java.io.IOException("controller.example: unknown host");
        });
        var refused = catchThrowableOfType(CommandFailure.class, () -> published(nowhere, null));
        assertThat(refused.error.category()).isEqualTo(ErrorCategory.NETWORK);
        assertThat(refused.error.message()).contains("unknown host").contains("worker.docker.bindAddress");
    }
}
