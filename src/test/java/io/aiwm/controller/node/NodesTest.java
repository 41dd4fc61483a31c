package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.testing.Spoiled;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nodes in lists, nodes that fall silent and are heard again, and nodes that are deleted. */
class NodesTest extends NodesRig {
    @Test
    void a_patch_changes_what_it_names_and_an_old_version_is_refused() {
        var made = fleet.create("n1");

        var patched = await(fleet.nodes.patch(
                "n1", new JsonObject("{\"labels\":{\"a\":\"b\"},\"schedulable\":false}"), made.version()));
        assertThat(patched.labels()).isEqualTo(Map.of("a", "b"));
        assertThat(patched.schedulable()).isFalse();

        var without = await(fleet.nodes.patch("n1", new JsonObject("{\"labels\":{\"a\":null}}"), null));
        assertThat(without.labels()).isEmpty();
        assertThatThrownBy(() -> await(fleet.nodes.patch("n1", new JsonObject(), made.version())))
                .matches(is(Failure.Kind.PRECONDITION));
        assertThatThrownBy(() -> await(fleet.nodes.patch("n1", new JsonObject("{\"role\":\"king\"}"), null)))
                .matches(is(Failure.Kind.INVALID));
    }

    @Test
    void lists_filter_and_page_without_skipping() {
        for (int i = 0; i < 7; i++) {
            await(fleet.nodes.create(NewNodeBuilder.builder()
                    .id("n" + i)
                    .role(i < 3 ? "gpu" : "cpu")
                    .zone("z")
                    .labels(Map.of("i", "" + i))
                    .capabilities(List.of())
                    .build()));
        }

        assertThat(ids(filter(null, "gpu", null, 10, null))).containsExactly("n0", "n1", "n2");
        assertThat(ids(filter("i in (1,5)", null, null, 10, null))).containsExactly("n1", "n5");
        assertThat(ids(filter(null, null, "N6", 10, null))).containsExactly("n6");
        var found = new ArrayList<String>();
        String token = null;
        do {
            NodePage page = fleet.nodes.list(filter(null, null, null, 3, token));
            assertThat(page.totalSize()).isEqualTo(7);
            page.items().forEach(node -> found.add(node.id()));
            token = page.nextPageToken();
        } while (token != null);
        assertThat(found).containsExactly("n0", "n1", "n2", "n3", "n4", "n5", "n6");
    }

    private static NodeFilter filter(String labels, String role, String q, int size, String token) {
        return NodeFilterBuilder.builder()
                .role(role == null ? null : List.of(role))
                .labelSelector(labels)
                .q(q)
                .pageSize(size)
                .pageToken(token)
                .build();
    }

    private List<String> ids(NodeFilter filter) {
        return fleet.nodes.list(filter).items().stream().map(Node::id).toList();
    }

    @Test
    void a_silent_node_is_unhealthy_then_offline_and_told_as_lost_once() {
        fleet.create("n1");
        fleet.register("n1");
        var lost = new ArrayList<String>();
        fleet.nodes.onLost(lost::add);

        fleet.watchFor(Duration.ofSeconds(89));
        assertThat(fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.IDLE);
        fleet.watchFor(Duration.ofSeconds(1));
        assertThat(await(fleet.nodes.get("n1")).status()).isEqualTo(NodeStatus.UNHEALTHY);
        assertThat(lost).isEmpty();
        fleet.watchFor(Duration.ofSeconds(90));
        var gone = await(fleet.nodes.get("n1"));
        assertThat(gone.status()).isEqualTo(NodeStatus.OFFLINE);
        assertThat(gone.statusReason()).contains("not heard for 180 s");
        fleet.watchFor(Duration.ofSeconds(60));
        assertThat(lost).containsExactly("n1");

        assertThat(fleet.register("n1").status()).isEqualTo(NodeStatus.IDLE);
    }

    @Test
    void a_node_whose_connection_is_gone_gets_no_new_work_until_it_is_heard_again() {
        fleet.create("n1");
        fleet.register("n1");
        fleet.admission.left("n1", AbsenceReason.disconnected("its connection was lost"));
        fleet.watchFor(Duration.ofSeconds(1));
        var gone = await(fleet.nodes.get("n1"));
        assertThat(gone.status()).isEqualTo(NodeStatus.UNHEALTHY);
        assertThat(gone.statusReason()).isEqualTo("its connection was lost");

        assertThat(fleet.register("n1").status()).isEqualTo(NodeStatus.IDLE);
        fleet.watchFor(Duration.ofSeconds(5));
        assertThat(await(fleet.nodes.get("n1")).status()).isEqualTo(NodeStatus.IDLE);
    }

    @Test
    void a_node_that_was_stopped_in_order_is_offline_and_its_work_waits_as_long_as_that_of_a_silent_one() {
        var lost = new ArrayList<String>();
        fleet.nodes.onLost(lost::add);
        fleet.create("n1");
        fleet.register("n1");
        fleet.admission.left("n1", AbsenceReason.STOPPED);
        fleet.watchFor(Duration.ofSeconds(1));
        var stopped = await(fleet.nodes.get("n1"));
        assertThat(stopped.status()).isEqualTo(NodeStatus.OFFLINE);
        assertThat(stopped.statusReason()).isEqualTo("stopped by its operator");
        fleet.watchFor(Duration.ofSeconds(170));
        assertThat(lost).as("it may be back").isEmpty();
        assertThat(fleet.register("n1").status()).isEqualTo(NodeStatus.IDLE);
        assertThat(await(fleet.nodes.get("n1")).heldSince()).isNull();

        fleet.admission.left("n1", AbsenceReason.STOPPED);
        fleet.watchFor(Duration.ofSeconds(60));
        fleet.restart();
        fleet.nodes.onLost(lost::add);
        fleet.watchFor(Duration.ofSeconds(110));
        assertThat(lost).as("another controller waits, too").isEmpty();
        fleet.watchFor(Duration.ofSeconds(20));
        assertThat(lost).contains("n1");
        assertThat(await(fleet.nodes.get("n1")).statusReason()).isEqualTo("stopped by its operator");
        assertThat(await(fleet.storms.get()).active()).isFalse();
    }

    @Test
    void heartbeats_and_commands_are_never_written() {
        fleet.create("n1");
        long version = fleet.register("n1").version();
        for (int i = 0; i < 300; i++) {
            fleet.admission.seen("n1", List.of());
            fleet.admission.working("n1", "ex_1.0." + i, true);
            fleet.watchFor(Duration.ofSeconds(1));
            assertThat(fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.BUSY);
            fleet.admission.working("n1", "ex_1.0." + i, false);
        }
        fleet.watchFor(Duration.ofSeconds(4));
        assertThat(fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.IDLE);
        assertThat(await(fleet.nodes.get("n1")).version()).isEqualTo(version);
    }

    @Test
    void a_controller_that_stood_still_takes_nobody_for_lost() {
        fleet.create("n1");
        fleet.register("n1");
        fleet.watchFor(Duration.ofSeconds(5));

        fleet.clock.pass(Duration.ofMinutes(10));
        fleet.watchFor(Duration.ofSeconds(90));
        assertThat(fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.IDLE);
        fleet.watchFor(Duration.ofSeconds(1));
        assertThat(fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.UNHEALTHY);
    }

    @Test
    void a_restarted_controller_knows_its_nodes_and_tells_again_of_the_lost() {
        fleet.create("n1");
        fleet.register("n1");
        fleet.create("n2");
        fleet.register("n2");
        for (int i = 0; i < 200; i++) {
            fleet.admission.seen("n2", List.of());
            fleet.watchFor(Duration.ofSeconds(1));
        }

        fleet.restart();
        var lost = new ArrayList<String>();
        fleet.nodes.onLost(lost::add);
        fleet.watchFor(Duration.ofSeconds(1));

        assertThat(lost).containsExactly("n1");
        assertThat(fleet.nodes.find("n2").status()).isEqualTo(NodeStatus.IDLE);
    }

    @Test
    void a_connected_node_is_deleted_only_by_force_and_takes_its_tokens_along() {
        fleet.create("n1");
        var issued = await(fleet.tokens.issue("n1", null, null));
        fleet.register("n1");

        assertThatThrownBy(() -> await(fleet.nodes.delete("n1", false))).matches(is(Failure.Kind.CONFLICT));
        await(fleet.nodes.delete("n1", true));

        assertThat(fleet.nodes.find("n1")).isNull();
        assertThatThrownBy(() -> await(fleet.nodes.get("n1"))).matches(is(Failure.Kind.NOT_FOUND));
        fleet.create("n1");
        assertThatThrownBy(() -> await(fleet.admission.verify(issued.token())))
                .matches(is(Failure.Kind.UNAUTHENTICATED));
    }

    @Test
    void another_controllers_changes_arrive_by_hint_and_lost_hints_are_made_good() {
        var other = new Nodes(fleet.vertx, fleet.store, fleet.clock, FleetUnderTest.LIMITS, "ctl_other");
        await(other.start());
        fleet.create("n1");
        await().untilAsserted(() -> assertThat(other.find("n1")).isNotNull());
        fleet.register("n1");
        await().untilAsserted(() -> assertThat(other.find("n1").status()).isEqualTo(NodeStatus.IDLE));
        await(fleet.nodes.delete("n1", true));
        await().untilAsserted(() -> assertThat(other.find("n1")).isNull());

        // as if no hint had come: written behind the backs of both
        var record = new NodeRecord(Node.begun("n2", fleet.clock.instant()).build(), NodeRecord.Reported.NOTHING, null);
        await(fleet.store.insert(
                "nodes",
                new io.aiwm.controller.store.DocumentStore.Document("n2", 1, io.aiwm.common.Json.encode(record))));
        fleet.watchFor(Duration.ofSeconds(31));
        assertThat(fleet.nodes.find("n2")).isNotNull();
        await(fleet.store.delete("nodes", "n2", -1));
        fleet.watchFor(Duration.ofSeconds(31));
        assertThat(fleet.nodes.find("n2")).isNull();
    }

    @Test
    void a_node_that_cannot_be_read_stays_as_it_is_known_and_keeps_no_other_from_being_watched() {
        for (String id : List.of("n1", "n2", "n3")) {
            fleet.create(id);
            fleet.register(id);
        }
        await(Spoiled.field(fleet.store, Nodes.COLLECTION, "n2", "node.createdAt"));
        var other = new Nodes(fleet.vertx, fleet.store, fleet.clock, FleetUnderTest.LIMITS, "ctl_other");
        await(other.start());
        assertThat(other.all()).extracting(Node::id).containsExactlyInAnyOrder("n1", "n3");

        await(other.create(NewNodeBuilder.builder().id("n4").build()));
        for (int i = 0; i < 100; i++) {
            fleet.admission.seen("n3", List.of());
            fleet.watchFor(Duration.ofSeconds(1));
        }
        assertThat(fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.UNHEALTHY);
        assertThat(fleet.nodes.find("n2")).as("it is not gone").isNotNull();
        assertThat(fleet.nodes.find("n3").status()).isEqualTo(NodeStatus.IDLE);
        assertThat(fleet.nodes.find("n4"))
                .as("what others make is read all the same")
                .isNotNull();
    }
}
