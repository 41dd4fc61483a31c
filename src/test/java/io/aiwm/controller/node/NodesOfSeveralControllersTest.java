package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.gateway.AbsenceReason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What one controller says of a node that another hears. No hint passes between them here, as when the bus is cut: all they
 * know of each other stands in the store. Nodes are UNHEALTHY after 90 s of silence and OFFLINE after 180.
 */
@Timeout(120)
class NodesOfSeveralControllersTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HEALING = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private ControllersUnderTest fleet;
    private ControllersUnderTest.Controller a;
    private ControllersUnderTest.Controller b;

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

    private void assertUp(String... nodes) {
        for (String node : nodes) {
            assertThat(fleet.stored(node).status())
                    .as(node + ": " + fleet.stored(node).statusReason())
                    .isEqualTo(NodeStatus.IDLE);
        }
    }

    private void assertNothingWasLost() {
        assertThat(a.lost).isEmpty();
        assertThat(b.lost).isEmpty();
    }

    @Test
    void a_node_that_registers_elsewhere_is_not_judged_by_what_was_heard_of_it_before() {
        b.register("n1");
        fleet.pass(Duration.ofSeconds(10));
        b.connected.clear();
        fleet.pass(MINUTE.multipliedBy(4));
        assertThat(fleet.status("n1")).isEqualTo(NodeStatus.OFFLINE);
        b.lost.clear();
        a.lost.clear();

        a.register("n1");
        long version = fleet.stored("n1").version();
        await(b.nodes.get("n1")); // b reads of it, and its sweep runs before anything else
        await(b.silent.run());
        fleet.pass(MINUTE.multipliedBy(10));
        assertUp("n1");
        assertThat(fleet.stored("n1").version()).isEqualTo(version);
        assertNothingWasLost();
    }

    @Test
    void a_node_that_a_controller_has_never_heard_of_is_not_silent_for_as_long_as_that_one_runs() {
        fleet.pass(MINUTE.multipliedBy(10));
        a.register("n1");
        await(b.nodes.get("n1"));
        await(b.silent.run());
        assertUp("n1");
    }

    @Test
    void a_node_of_a_controller_that_died_at_once_has_its_time_from_the_registration_on() {
        fleet.pass(MINUTE.multipliedBy(10));
        var c = fleet.controller("c");
        c.register("n1");
        c.kill();
        await(c.controllers.close()); // nothing in the store says that it ever was
        await(b.nodes.get("n1"));
        b.look();
        fleet.pass(Duration.ofSeconds(89));
        assertUp("n1");
        fleet.pass(Duration.ofSeconds(2));
        assertThat(fleet.status("n1")).isEqualTo(NodeStatus.UNHEALTHY);
    }

    @Test
    void a_cut_of_the_bus_costs_no_node_while_the_database_is_reached() {
        a.register("n1", "n2", "n3");
        b.register("n4", "n5", "n6");
        fleet.pass(MINUTE.multipliedBy(10));
        assertUp("n1", "n2", "n3", "n4", "n5", "n6");
        assertThat(await(a.storms.get()).since()).isNull();
        assertNothingWasLost();
    }

    @Test
    void it_does_not_matter_what_time_it_is_elsewhere() {
        var c = fleet.controller("c", Duration.ofMinutes(10));
        var d = fleet.controller("d", Duration.ofMinutes(-10));
        a.register("n1", "n2");
        c.register("n3", "n4");
        d.register("n5", "n6");
        fleet.pass(MINUTE.multipliedBy(10));
        assertUp("n1", "n2", "n3", "n4", "n5", "n6");
        assertNothingWasLost();
    }

    @Test
    void the_controller_that_holds_the_session_tells_that_the_node_is_silent() {
        a.register("n1");
        b.register("n2");
        fleet.pass(Duration.ofSeconds(10));
        a.connected.clear();
        fleet.pass(Duration.ofSeconds(90));
        assertThat(fleet.status("n1")).isEqualTo(NodeStatus.UNHEALTHY);
        fleet.pass(Duration.ofSeconds(90));
        assertThat(fleet.stored("n1").isLost()).isTrue();
        fleet.pass(Duration.ofSeconds(10));
        assertThat(b.nodes.find("n1").status()).as("as the other sees it").isEqualTo(NodeStatus.OFFLINE);
        assertThat(a.lost).containsExactly("n1");
    }

    @Test
    void when_a_controller_dies_its_nodes_have_their_time_from_its_last_sign_of_life_on() {
        b.register("n1");
        fleet.pass(MINUTE);
        b.connected.clear();
        a.register("n1");
        b.register("n2");
        fleet.pass(MINUTE.multipliedBy(5));
        a.kill();
        fleet.pass(Duration.ofSeconds(85));
        assertUp("n1");
        fleet.pass(Duration.ofSeconds(10));
        assertThat(fleet.status("n1")).isEqualTo(NodeStatus.UNHEALTHY);
        assertThat(fleet.stored("n1").statusReason()).startsWith("not heard for 9");
        fleet.pass(Duration.ofSeconds(80));
        assertThat(fleet.status("n1")).isEqualTo(NodeStatus.UNHEALTHY);
        fleet.pass(Duration.ofSeconds(10));
        assertThat(fleet.stored("n1").isLost()).isTrue();
        assertThat(fleet.stored("n1").lastSeenAt())
                .isAfterOrEqualTo(fleet.stored("n1").registeredAt());
        assertUp("n2");
        assertThat(b.lost).containsExactly("n1");
    }

    @Test
    void after_a_clean_stop_the_others_judge_its_nodes() {
        a.register("n1");
        b.register("n2");
        fleet.pass(MINUTE);
        await(a.controllers.close());
        a.kill();
        fleet.pass(Duration.ofSeconds(89));
        assertUp("n1");
        fleet.pass(Duration.ofSeconds(7));
        assertThat(fleet.status("n1")).isEqualTo(NodeStatus.UNHEALTHY);
        fleet.pass(Duration.ofSeconds(90));
        assertThat(fleet.stored("n1").isLost()).isTrue();
    }

    @Test
    void nodes_whose_controller_stood_still_are_held_and_return_by_themselves_when_it_goes_on() {
        a.register("n1", "n2", "n3", "n4");
        b.register("n5");
        fleet.pass(MINUTE);
        a.pause();
        fleet.pass(MINUTE.multipliedBy(5));
        for (String node : List.of("n1", "n2", "n3", "n4")) {
            assertThat(fleet.stored(node).status()).isEqualTo(NodeStatus.OFFLINE);
            assertThat(fleet.stored(node).heldSince()).isNotNull();
        }
        assertThat(await(b.storms.get()).active()).isTrue();

        a.resume();
        fleet.pass(HEALING);
        assertThat(a.ended).containsExactly("n1", "n2", "n3", "n4");
        assertUp("n1", "n2", "n3", "n4", "n5");
        assertThat(await(b.storms.get()).outcome()).isEqualTo(Storm.Outcome.RETURNED);
        fleet.pass(MINUTE.multipliedBy(10));
        assertUp("n1", "n2", "n3", "n4", "n5");
        assertThat(a.ended).as("once each").hasSize(4);
        assertNothingWasLost();
    }

    @Test
    void a_lost_node_that_its_controller_still_serves_registers_again_once() {
        a.register("n1");
        b.register("n2", "n3", "n4");
        fleet.pass(MINUTE);
        a.pause();
        fleet.pass(MINUTE.multipliedBy(4));
        assertThat(fleet.stored("n1").isLost()).isTrue();
        a.resume();
        fleet.pass(HEALING);
        assertThat(a.ended).containsExactly("n1");
        assertUp("n1");
        fleet.pass(MINUTE.multipliedBy(10));
        assertUp("n1", "n2", "n3", "n4");
        assertThat(a.ended).hasSize(1);
        assertThat(b.lost).containsExactly("n1");
    }

    @Test
    void a_session_that_begins_when_its_node_is_written_off_already_ends_at_the_next_look() {
        a.register("n1");
        b.register("n2", "n3", "n4");
        fleet.pass(Duration.ofSeconds(10));
        a.connected.clear();
        fleet.pass(MINUTE.multipliedBy(4));
        assertThat(a.nodes.find("n1").isLost()).isTrue();
        a.connected.add("n1"); // as if it had registered before that, and its session began only now
        fleet.pass(Duration.ofSeconds(2));
        assertThat(a.ended).containsExactly("n1");
        assertUp("n1");
    }

    @Test
    void a_controller_that_stood_still_says_nothing_of_nodes_that_went_elsewhere_meanwhile() {
        a.register("n1", "n2", "n3", "n4");
        fleet.pass(MINUTE);
        a.pause();
        fleet.pass(MINUTE);
        a.connected.clear(); // the workers have noticed, and found the other
        b.register("n1", "n2", "n3", "n4");
        List<Long> versions = versions();
        fleet.pass(MINUTE);

        List.of("n1", "n2", "n3", "n4")
                .forEach(node -> a.admission.left(node, AbsenceReason.disconnected("its connection was lost")));
        a.resume();
        fleet.pass(MINUTE.multipliedBy(10));
        assertThat(versions()).as("nobody has written anything").isEqualTo(versions);
        assertNothingWasLost();
    }

    private List<Long> versions() {
        return List.of("n1", "n2", "n3", "n4").stream()
                .map(node -> fleet.stored(node).version())
                .toList();
    }

    @Test
    void every_controller_may_stand_still_and_none_blames_a_node() {
        a.register("n1", "n2", "n3");
        b.register("n4", "n5", "n6");
        fleet.pass(MINUTE);
        a.pause();
        b.pause();
        fleet.pass(MINUTE.multipliedBy(10));
        b.resume();
        fleet.pass(Duration.ofSeconds(60));
        a.resume();
        fleet.pass(MINUTE.multipliedBy(10));
        assertUp("n1", "n2", "n3", "n4", "n5", "n6");
        assertNothingWasLost();
    }

    @Test
    void a_storm_counts_the_nodes_of_others_as_they_are_stored() {
        a.register("n1", "n2");
        b.register("n3", "n4", "n5", "n6");
        fleet.pass(MINUTE);
        a.connected.clear();
        b.connected.remove("n3");
        fleet.pass(MINUTE.multipliedBy(4));
        assertThat(await(a.storms.get()).since()).as("three of six").isNull();
        assertThat(List.of("n1", "n2", "n3"))
                .allSatisfy(node -> assertThat(fleet.stored(node).isLost()).isTrue());
    }

    @Test
    void a_storm_over_the_nodes_of_two_controllers_holds_those_of_both() {
        a.register("n1", "n2");
        b.register("n3", "n4", "n5", "n6");
        fleet.pass(MINUTE);
        a.connected.clear();
        b.connected.removeAll(List.of("n3", "n4"));
        fleet.pass(MINUTE.multipliedBy(4));
        assertThat(await(a.storms.get()).active()).isTrue();
        assertThat(List.of("n1", "n2", "n3", "n4"))
                .allSatisfy(node -> assertThat(fleet.stored(node).heldSince()).isNotNull());

        a.register("n1", "n2");
        b.register("n3", "n4");
        fleet.pass(HEALING);
        assertThat(await(a.storms.get()).outcome()).isEqualTo(Storm.Outcome.RETURNED);
        fleet.pass(MINUTE.multipliedBy(10));
        assertUp("n1", "n2", "n3", "n4", "n5", "n6");
        assertNothingWasLost();
    }

    @Test
    void what_another_heard_counts_when_the_controller_of_the_node_seems_dead() throws InterruptedException {
        a.register("n1");
        fleet.pass(MINUTE);
        a.kill();
        for (int i = 0; i < 40; i++) {
            NodePresence.ADDRESS.publish(
                    b.vertx, new NodePresence("a", List.of(new NodePresence.Seen("n1", 400, 0, null, null, null))));
            settle();
            fleet.pass(Duration.ofSeconds(10));
        }
        assertUp("n1");
    }

    /** The bus of one process delivers in order, so what was sent before has arrived. */
    private void settle() throws InterruptedException {
        var marker = new java.util.concurrent.CountDownLatch(1);
        b.vertx.runOnContext(now -> b.vertx.runOnContext(then -> marker.countDown()));
        org.awaitility.Awaitility.await()
                .untilAsserted(() -> assertThat(b.nodes.pulse("n1").lastSeen())
                        .isAfterOrEqualTo(fleet.now().minusMillis(400)));
        marker.await();
    }

    @Test
    void a_record_that_names_no_controller_is_judged_by_what_is_heard() {
        a.register("n1");
        await(a.nodes.change("n1", draft -> {
            draft.controllerId(null);
            return true;
        }));
        long version = fleet.stored("n1").version();
        fleet.pass(Duration.ofSeconds(60));
        assertThat(fleet.stored("n1").version()).isEqualTo(version);
        fleet.pass(Duration.ofSeconds(60));
        assertThat(fleet.stored("n1").version())
                .as("b, which does not hear it, has said so")
                .isGreaterThan(version);
    }

    @Test
    void each_controller_proves_its_life_in_the_store_and_takes_the_proof_away_when_it_stops() {
        var c = fleet.controller("c");
        fleet.pass(MINUTE);
        assertThat(a.presence.lives("c")).isTrue();
        await(c.controllers.close());
        await(c.controllers.run()); // a beat that was under way
        c.kill();
        a.look();
        assertThat(a.presence.lives("c")).isFalse();
        assertThat(a.presence.lives("b")).isTrue();

        b.kill();
        fleet.pass(Duration.ofMinutes(62));
        assertThat(await(fleet.store.get(Controllers.COLLECTION.name(), "b")))
                .as("swept")
                .isNull();
        b.resume();
        b.look();
        a.look();
        assertThat(a.presence.lives("b")).isTrue();
    }
}
