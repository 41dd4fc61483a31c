package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.gateway.AbsenceReason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Controllers that stand still, die, or seem to, and the nodes of others. */
class ControllerStandstillTest extends SeveralControllersRig {
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
