package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Nodes that go from one controller to another, or are written off by the wrong one. */
class NodesOfSeveralControllersTest extends SeveralControllersRig {
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
}
