package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.FleetHistory;
import io.aiwm.testing.HollowFleet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Twenty-five nodes, work for many times their room, and a controller that is killed in the middle of it. Properties
 * {@code aiwm.fleet.*} make it another size; {@code bench/run fleet} does.
 */
@Timeout(600)
class HollowFleetIT {
    private static final String PASSWORD = "a-password-for-tests";
    private static final int NODES = Integer.getInteger("aiwm.fleet.nodes", 25);
    private static final int WORK = Integer.getInteger("aiwm.fleet.jobs", 800);
    /** Of the 64 cores of a node. */
    private static final double CPU = Integer.getInteger("aiwm.fleet.cpu", 16);

    private static final int MILLIS = Integer.getInteger("aiwm.fleet.millis", 1_000);

    @TempDir
    Path folder;

    @Test
    void a_killed_controller_loses_no_work_does_none_twice_and_promises_no_node_more_than_it_has() throws Exception {
        int port = AiwmProcess.freePort();
        try (var controller = AiwmProcess.of("controller", folder)
                        .with("PORT", port)
                        .with("AIWM_CLUSTER_ENABLED", "false")
                        .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                        .startAndWait();
                var fleet = new HollowFleet(new AiwmClient(port, PASSWORD))) {
            fleet.connect("hollow", NODES, port, MILLIS);
            var clients = fleet.submit(WORK, CPU);
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> fleet.made() > WORK / 2);
            controller.kill9();
            controller.startAndWait();
            for (var client : clients) {
                client.get();
            }
            fleet.awaitNoneOpen(Duration.ofMinutes(4));
            FleetHistory history = fleet.history();
            assertThat(history.violations(HollowFleet.SLOTS)).isEmpty();
            assertThat(history.executions()).isEqualTo(WORK);
            System.out.printf(
                    Locale.ROOT,
                    "{\"peer\":\"aiwm\",\"mode\":\"fleet-killed-controller\",\"nodes\":%d,\"nodes_used\":%d,\"total\":%d,"
                            + "\"attempts\":%d,\"most_at_once\":%d,\"wall_s\":%.1f,\"violations\":0}%n",
                    NODES,
                    history.nodesUsed(),
                    WORK,
                    history.attempts(),
                    history.mostAtOnce(),
                    history.seconds());
        }
    }
}
