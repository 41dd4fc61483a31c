package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.Chaos;
import io.aiwm.testing.ChaosFault;
import io.aiwm.testing.ChaosReport;
import io.aiwm.testing.ChaosRun;
import io.aiwm.testing.ChaosSize;
import io.aiwm.testing.Places;
import io.aiwm.testing.ThreeControllers;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three controllers, fifty nodes and work that keeps coming, while something goes wrong. In every case: no acknowledged job is
 * lost, no command begins twice as the workers tell it, a second attempt has a recorded reason, no node is over its
 * capacity, no node is OFFLINE at any controller while it is heard, and all are up within 30 s of healing with no operator.
 * {@code bench/run chaos} is the long form. The faults that one fleet bears one after the other come first. Needs the built
 * jar; the cut needs root and iproute2, and fails without.
 */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag("pairwise")
class ThreeControllersIT {
    @TempDir
    static Path folder;

    private static ThreeControllers controllers;
    private static Chaos fleet;
    private static int fleets;

    @Test
    @Order(1)
    void nodes_that_register_all_at_once_are_up_at_every_controller_and_none_is_taken_for_lost() throws Exception {
        allWent(wellFleet().run(ChaosFault.REGISTRATION));
    }

    @Test
    @Order(4)
    void controllers_killed_one_after_the_other_lose_no_work_and_begin_no_command_twice() throws Exception {
        allWent(wellFleet().run(ChaosFault.KILLS));
    }

    @Test
    @Order(3)
    void a_controller_that_stood_still_does_no_harm_when_it_goes_on() throws Exception {
        allWent(wellFleet().run(ChaosFault.STOP));
    }

    @Test
    @Order(2)
    void most_nodes_vanish_and_return_and_each_job_was_begun_exactly_once() throws Exception {
        allWent(wellFleet().run(ChaosFault.STORM));
    }

    @Test
    @Order(5)
    void a_controller_cut_off_the_bus_takes_no_node_for_lost_and_healing_needs_no_operator() throws Exception {
        stop();
        allWent(ChaosRun.of(ChaosFault.CUT, true, folder.resolve("cut")));
    }

    @Test
    @Order(6)
    void controllers_restarted_in_turn_with_work_in_flight_have_each_job_begun_exactly_once() throws Exception {
        stop();
        allWent(ChaosRun.of(ChaosFault.ROLLING, true, folder.resolve("rolling")));
    }

    private static void allWent(ChaosReport report) {
        System.out.println(report.toJson().encode());
        assertThat(report.violations()).isEmpty();
        assertThat(report.accepted()).as("accepted").isEqualTo(report.jobs());
        assertThat(report.endedAfter()).as("seconds until all work had ended").isNotNull();
    }

    /** The fleet of the test before, if that left it well; else another, so that one failure does not make the next. */
    private static Chaos wellFleet() throws Exception {
        if (fleet != null && fleet.isWell() && fleet.isIdle()) {
            return fleet;
        }
        stop();
        var size = ChaosSize.small(ChaosFault.KILLS);
        controllers = new ThreeControllers(folder.resolve("fleet-" + ++fleets), Places.LOOPBACK, size.pace());
        fleet = new Chaos(controllers, size);
        return fleet;
    }

    @AfterAll
    static void stop() {
        if (fleet != null) {
            fleet.close();
            fleet = null;
        }
        if (controllers != null) {
            controllers.close();
            controllers = null;
        }
    }
}
