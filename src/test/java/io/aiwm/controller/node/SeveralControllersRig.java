package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What one controller says of a node that another hears. No hint passes between them here, as when the bus is cut: all they
 * know of each other stands in the store. Nodes are UNHEALTHY after 90 s of silence and OFFLINE after 180.
 */
@Timeout(120)
abstract class SeveralControllersRig {
    static final Duration MINUTE = Duration.ofMinutes(1);
    static final Duration HEALING = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    ControllersUnderTest fleet;
    ControllersUnderTest.Controller a;
    ControllersUnderTest.Controller b;

    @BeforeEach
    void begin() {
        fleet = new ControllersUnderTest(folder);
        a = fleet.controller("a");
        b = fleet.controller("b");
        fleet.create("n1", "n2", "n3", "n4", "n5", "n6");
    }

    @AfterEach
    void end() {
        fleet.close();
    }

    void assertUp(String... nodes) {
        for (String node : nodes) {
            assertThat(fleet.stored(node).status())
                    .as(node + ": " + fleet.stored(node).statusReason())
                    .isEqualTo(NodeStatus.IDLE);
        }
    }

    void assertNothingWasLost() {
        assertThat(a.lost).isEmpty();
        assertThat(b.lost).isEmpty();
    }
}
