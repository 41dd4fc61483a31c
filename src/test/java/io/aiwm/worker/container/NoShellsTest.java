package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.ShellInput;
import io.aiwm.protocol.ShellOpen;
import io.aiwm.protocol.ShellOutput;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node whose own settings refuse shells, whatever its controller asks for. */
class NoShellsTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void every_shell_is_refused_with_the_setting_that_says_so_and_the_engine_is_not_asked() {
        // an engine that fails the test when anything is asked of it
        Engine engine = FakeEngine.of(Map.of());
        var probes = new ContainerProbes(vertx, engine, new KeyedQueue(), FakeEngine.CLOCK);
        var containers = new OwnedContainers(vertx, engine, new ContainerOwner("cluster", "node"), () -> null, probes)
                .withoutShells();
        List<ShellOutput> told = new ArrayList<>();
        containers.shells().open(new ShellOpen("ctl~1", "dep_1", 0, List.of("sh"), 80, 24, 1_000), told::add);
        containers.shells().input(new ShellInput("ctl~1", 0, null, null, null, 0), told::add);
        containers.shells().close("ctl~1");
        assertThat(told).hasSize(2).allSatisfy(end -> {
            assertThat(end.shellId()).isEqualTo("ctl~1");
            assertThat(end.end()).isTrue();
            assertThat(end.error()).contains("worker.policy.allowShells");
        });
    }
}
