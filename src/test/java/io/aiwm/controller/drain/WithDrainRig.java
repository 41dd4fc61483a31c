package io.aiwm.controller.drain;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentState;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes, the first of which is drained. */
@Timeout(60)
abstract class WithDrainRig {
    @TempDir
    Path folder;

    DrainRig rig;

    @BeforeEach
    void open() {
        rig = new DrainRig(folder, "n1", "n2");
    }

    @AfterEach
    void close() {
        rig.close();
    }

    DrainProgress drain(Duration time, boolean force) {
        return await(rig.drains.start("n1", time, force, "kernel", "anna"));
    }

    DrainProgress look() {
        await(rig.drains.run());
        return await(rig.drains.progress("n1"));
    }

    DrainProgress awaitState(String state) {
        Awaitility.await().untilAsserted(() -> assertThat(look().state()).isEqualTo(state));
        return look();
    }

    Deployment becomes(String id, DeploymentState state) {
        Awaitility.await().untilAsserted(() -> assertThat(rig.get(id).status()).isEqualTo(state));
        return rig.get(id);
    }
}
