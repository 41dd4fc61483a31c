package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cordon and drain as the node's record has them. */
class NodeMaintenanceTest {
    @TempDir
    Path folder;

    private FleetUnderTest fleet;

    @BeforeEach
    void begin() {
        fleet = new FleetUnderTest(folder);
        fleet.create("n1");
        fleet.register("n1");
    }

    @AfterEach
    void end() {
        fleet.close();
    }

    @Test
    void a_draining_node_gets_no_work_and_is_what_it_was_when_the_drain_is_stopped() {
        var draining = await(fleet.maintenance.drain("n1", Duration.ofHours(1), false, "kernel", "anna"));
        assertThat(draining.schedulable()).isFalse();
        assertThat(draining.cordoned()).isFalse();
        assertThat(draining.draining()).isTrue();
        assertThat(draining.drain().deadline()).isEqualTo(fleet.clock.instant().plus(Duration.ofHours(1)));

        var stopped = await(fleet.maintenance.stopDrain("n1"));
        assertThat(stopped.schedulable()).isTrue();
        assertThat(stopped.draining()).isFalse();

        await(fleet.maintenance.schedulable("n1", false));
        await(fleet.maintenance.drain("n1", null, true, null, "anna"));
        assertThat(await(fleet.maintenance.stopDrain("n1")).schedulable()).isFalse();
    }

    @Test
    void a_drain_survives_the_controller_a_new_registration_and_changed_settings() {
        await(fleet.maintenance.drain("n1", Duration.ofHours(1), false, "kernel", "anna"));
        fleet.restart();
        fleet.register("n1");
        await(fleet.nodes.replace("n1", new NodeSettings("other", null, null, null, null, null), null));
        await(fleet.nodes.patch("n1", new JsonObject().put("schedulable", true), null));

        var node = fleet.nodes.find("n1");
        assertThat(node.draining()).isTrue();
        assertThat(node.schedulable()).isFalse();
        assertThat(node.drain().message()).isEqualTo("kernel");
    }

    @Test
    void opening_a_node_ends_what_a_completed_drain_left_but_not_one_under_way() {
        var draining = await(fleet.maintenance.drain("n1", Duration.ZERO, false, null, "anna"));
        assertThatThrownBy(() -> await(fleet.maintenance.schedulable("n1", true)))
                .matches(cause -> ((Failure) cause).kind == Failure.Kind.CONFLICT);

        var done = await(fleet.maintenance.drainSeen("n1", draining.drain(), 3, true));
        assertThat(done.drain().outcome()).isEqualTo(Drain.Outcome.COMPLETE);
        assertThat(done.drain().total()).isEqualTo(3);
        assertThat(done.schedulable()).isFalse();

        var open = await(fleet.maintenance.schedulable("n1", true));
        assertThat(open.schedulable()).isTrue();
        assertThat(open.drain()).isNull();
    }

    @Test
    void a_look_at_a_drain_that_was_changed_meanwhile_ends_nothing() {
        var first = await(fleet.maintenance.drain("n1", null, false, null, "anna"));
        fleet.clock.pass(Duration.ofSeconds(9));
        var second = await(fleet.maintenance.drain("n1", Duration.ZERO, true, "now", "ben"));
        assertThat(second.drain().startedAt()).isEqualTo(first.drain().startedAt());
        assertThat(await(fleet.maintenance.drainSeen("n1", first.drain(), 0, true))
                        .draining())
                .isTrue();
    }

    @Test
    void a_record_from_before_there_were_drains_keeps_its_cordon() {
        var record = new JsonObject(
                "{\"node\":{\"id\":\"old\",\"version\":1,\"name\":\"old\",\"status\":\"IDLE\",\"schedulable\":false,"
                        + "\"createdAt\":\"2026-11-21T10:00:00Z\"},"
                        + "\"reported\":{\"labels\":{}}}");
        await(fleet.store.insert("nodes", new DocumentStore.Document("old", 1, record.encode())));
        fleet.restart();
        assertThat(fleet.nodes.find("old").schedulable()).isFalse();
        assertThat(fleet.nodes.find("old").cordoned()).isTrue();
        assertThat(await(fleet.maintenance.schedulable("old", true)).schedulable())
                .isTrue();
    }

    @Test
    void a_drained_node_reads_back_as_it_was_written() {
        var node = await(fleet.maintenance.drain("n1", Duration.ofHours(1), true, "kernel", "anna"));
        assertThat(Json.decode(Json.encode(node), Node.class)).isEqualTo(node);
    }

    @Test
    void lists_are_filtered_by_it() {
        fleet.create("n2");
        await(fleet.maintenance.drain("n1", null, false, null, "anna"));
        assertThat(fleet.nodes.list(filter(null, true)).items())
                .extracting(Node::id)
                .containsExactly("n1");
        assertThat(fleet.nodes.list(filter(true, null)).items())
                .extracting(Node::id)
                .containsExactly("n2");
    }

    private static NodeFilter filter(Boolean schedulable, Boolean draining) {
        return NodeFilterBuilder.builder()
                .schedulable(schedulable)
                .draining(draining)
                .pageSize(10)
                .build();
    }
}
