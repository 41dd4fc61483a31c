package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.ChangeReader;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of nodes, as it stands in the changes of a real store. */
class NodeEventNotesTest {
    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private ChangeReader changes;
    private final List<JsonObject> told = new ArrayList<>();

    @BeforeEach
    void begin() {
        fleet = new FleetUnderTest(folder);
        changes = fleet.store.changes(Set.of(Nodes.COLLECTION.name()), null);
        await(changes.next(1));
    }

    @AfterEach
    void end() {
        fleet.close();
    }

    private List<String> types() {
        ChangeReader.Batch batch = await(changes.next(100));
        batch.changes().stream()
                .map(Change::notes)
                .forEach(notes -> notes.forEach(note -> told.add(new JsonObject(note))));
        return told.stream().map(note -> note.getString("type")).toList();
    }

    @Test
    void a_worker_joins_is_lost_and_comes_back() {
        fleet.create("n1");
        fleet.register("n1");
        await().untilAsserted(() -> assertThat(types()).startsWith("node.created", "worker.joined"));
        fleet.clock.pass(Duration.ofMinutes(10));
        await(fleet.silent.run());
        await().untilAsserted(() -> assertThat(types()).contains("worker.left"));
        JsonObject left = told.get(types().indexOf("worker.left"));
        assertThat(left.getString("severity")).isEqualTo("error");
        assertThat(left.getString("nodeId")).isEqualTo("n1");
        // as the node itself says it
        assertThat(left.getString("reasonCode"))
                .isEqualTo(await(fleet.nodes.get("n1")).reasonCode().name());
        fleet.register("n1");
        await().untilAsserted(() -> assertThat(types()).endsWith("worker.joined"));
    }

    @Test
    void what_an_operator_does_is_told() {
        fleet.create("n1");
        await(fleet.maintenance.schedulable("n1", false));
        await(fleet.maintenance.schedulable("n1", true));
        await().untilAsserted(
                        () -> assertThat(types()).containsExactly("node.created", "node.cordoned", "node.uncordoned"));
    }

    @Test
    void a_node_that_was_emptied_and_is_opened_again_tells_so() {
        fleet.create("n1");
        empty("n1");
        await(fleet.maintenance.schedulable("n1", true));
        empty("n1");
        await(fleet.maintenance.stopDrain("n1"));
        await(fleet.maintenance.drain("n1", null, false, null, "ann"));
        await(fleet.maintenance.stopDrain("n1"));
        await().untilAsserted(() -> assertThat(types())
                .containsExactly(
                        "node.created",
                        "node.draining",
                        "node.drained",
                        "node.uncordoned",
                        "node.draining",
                        "node.drained",
                        "node.uncordoned",
                        "node.draining",
                        "node.drain-stopped"));
    }

    private void empty(String node) {
        Drain drain =
                await(fleet.maintenance.drain(node, null, false, null, "ann")).drain();
        await(fleet.maintenance.drainSeen(node, drain, 0, true));
    }
}
