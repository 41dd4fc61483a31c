package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.testing.Spoiled;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StormsTest {
    @TempDir
    Path folder;

    private FleetUnderTest fleet;

    @BeforeEach
    void open() {
        fleet = new FleetUnderTest(folder);
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    @Test
    void a_record_that_cannot_be_read_stops_no_watch_and_nothing_is_lost_until_an_operator_says_so() {
        for (String id : List.of("n1", "n2", "n3", "n4", "n5")) {
            fleet.create(id);
            fleet.register(id);
        }
        assertThatThrownBy(() -> await(fleet.storms.resolve("ada"))).hasMessageContaining("there is no storm");
        await(Spoiled.field(fleet.store, Storms.COLLECTION, "storm", "nodes"));
        assertThat(await(fleet.storms.get()).active()).isTrue();
        assertThat(await(fleet.storms.get()).reason()).contains("cannot be read");

        for (int second = 0; second < 400; second++) {
            for (String id : List.of("n1", "n2", "n3", "n4")) {
                fleet.nodes.pulse(id).beat(fleet.clock.instant());
            }
            fleet.watchFor(Duration.ofSeconds(1));
        }
        assertThat(fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.IDLE);
        assertThat(fleet.nodes.find("n5").status()).isEqualTo(NodeStatus.OFFLINE);
        assertThat(fleet.nodes.find("n5").isLost()).as("held").isFalse();

        assertThat(await(fleet.storms.resolve("ada")).outcome()).isEqualTo(Storm.Outcome.RESOLVED);
        fleet.watchFor(Duration.ofSeconds(5));
        assertThat(fleet.nodes.find("n5").isLost()).isTrue();
        assertThat(await(fleet.storms.get()).active()).isFalse();
    }
}
