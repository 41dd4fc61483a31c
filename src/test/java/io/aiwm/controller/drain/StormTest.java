package io.aiwm.controller.drain;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.DeploymentState;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.node.Storm;
import io.aiwm.protocol.CommandResult.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Four of six nodes vanish with their work: over a real store, with a clock turned by hand. */
@Timeout(60)
class StormTest {
    private static final String[] GONE = {"n1", "n2", "n3", "n4"};

    @TempDir
    Path folder;

    private DrainRig rig;

    @BeforeEach
    void open() {
        rig = new DrainRig(folder, "n1", "n2", "n3", "n4", "n5", "n6");
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void strike() {
        rig.pass(Duration.ofSeconds(10));
        rig.pass(Duration.ofSeconds(181), GONE);
    }

    private long held() {
        return rig.fleet.nodes.all().stream()
                .filter(node -> node.heldSince() != null)
                .count();
    }

    @Test
    void nothing_is_started_elsewhere_and_the_work_goes_on_when_they_return() {
        Execution work = rig.step(null, null);
        var web = rig.deployment("");
        strike();

        Storm begun = await(rig.fleet.storms.get());
        assertThat(begun.active()).isTrue();
        assertThat(rig.fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.OFFLINE);
        assertThat(held()).isEqualTo(4);
        rig.pass(Duration.ofMinutes(30), GONE);
        assertThat(await(rig.fleet.storms.get())).isEqualTo(begun);
        assertThat(rig.only(work).attempt()).isEqualTo(1);
        assertThat(rig.only(work).status().isOpenAttempt()).isTrue();
        assertThat(rig.get(web.id()).status()).isEqualTo(DeploymentState.RUNNING);

        for (String node : GONE) {
            rig.fleet.register(node);
        }
        rig.pass(Duration.ofSeconds(2));
        assertThat(await(rig.fleet.storms.get()).outcome()).isEqualTo(Storm.Outcome.RETURNED);
        assertThat(held()).isZero();
        rig.finish(rig.execution(work.id()), rig.only(work), Outcome.success);
        assertThat(rig.only(work).attempt()).isEqualTo(1);
        assertThat(rig.fleet.nodes.all()).allMatch(node -> node.status().isUp());
    }

    @Test
    void an_operator_resolves_it_and_the_work_is_started_elsewhere() {
        Execution work = rig.step(null, null);
        var web = rig.deployment("");
        strike();
        assertThat(await(rig.fleet.storms.resolve("anna")).actor()).isEqualTo("anna");
        rig.pass(Duration.ofSeconds(2), GONE);

        Awaitility.await().untilAsserted(() -> {
            assertThat(rig.only(work).attempt()).isEqualTo(2);
            assertThat(rig.only(work).nodeId()).isEqualTo("n5");
            assertThat(rig.get(web.id()).status()).isEqualTo(DeploymentState.DEPLOYING);
        });
        assertThat(held()).isZero();
        assertThatThrownBy(() -> await(rig.fleet.storms.resolve("anna")))
                .matches(cause -> ((Failure) cause).kind == Failure.Kind.CONFLICT);
    }

    @Test
    void a_controller_that_begins_anew_in_a_storm_keeps_to_it() {
        Execution work = rig.step(null, null);
        strike();
        rig.restartController();
        rig.pass(Duration.ofMinutes(10), GONE);
        assertThat(await(rig.fleet.storms.get()).active()).isTrue();
        assertThat(rig.only(work).attempt()).isEqualTo(1);

        await(rig.fleet.storms.resolve("anna"));
        rig.restartController();
        rig.pass(Duration.ofSeconds(2), GONE);
        Awaitility.await()
                .untilAsserted(() -> assertThat(rig.only(work).attempt()).isEqualTo(2));
    }

    /** Each of two controllers would have the work started elsewhere if it did not keep to what the other found. */
    @Test
    void what_one_controller_finds_the_other_keeps_to_and_what_it_resolves_too() {
        Execution work = rig.step(null, null);
        var first = rig.fleet.nodes;
        var firstAdmission = rig.fleet.admission;
        var firstSilent = rig.fleet.silent;
        rig.restartController(); // the one before goes on: from here there are two
        Runnable second = () -> {
            for (Node node : first.all()) {
                if (!List.of(GONE).contains(node.id())) {
                    firstAdmission.seen(node.id(), List.of());
                    rig.fleet.admission.seen(node.id(), List.of());
                }
            }
            rig.fleet.watchFor(Duration.ofSeconds(1));
            await(firstSilent.run());
        };
        for (int i = 0; i < 800; i++) {
            second.run();
        }
        assertThat(await(rig.fleet.storms.get()).active()).isTrue();
        assertThat(held()).isEqualTo(4);
        assertThat(first.all().stream().filter(node -> node.heldSince() != null))
                .as("as the other sees it")
                .hasSize(4);
        assertThat(rig.only(work).attempt()).isEqualTo(1);

        await(rig.fleet.storms.resolve("anna"));
        second.run();
        second.run();
        Awaitility.await()
                .untilAsserted(() -> assertThat(rig.only(work).nodeId()).isEqualTo("n5"));
        assertThat(rig.only(work).attempt()).isEqualTo(2);
    }

    @Test
    void what_a_node_is_at_is_not_lost_when_it_is_back_before_its_work_is_found() {
        Execution work = rig.step(null, null);
        await(rig.executions.nodeLost("n1", "gone", () -> false));
        assertThat(rig.only(work).attempt()).isEqualTo(1);
        await(rig.executions.nodeLost("n1", "gone", () -> true));
        assertThat(rig.only(work).attempt()).isEqualTo(2);
    }

    @Test
    void nodes_that_were_stopped_in_order_are_lost_as_ever() {
        Execution work = rig.step(null, null);
        rig.pass(Duration.ofSeconds(10));
        for (String node : GONE) {
            rig.fleet.admission.left(node, AbsenceReason.STOPPED);
        }
        rig.pass(Duration.ofSeconds(181), GONE);
        assertThat(await(rig.fleet.storms.get()).active()).isFalse();
        assertThat(rig.fleet.nodes.all().stream().filter(Node::isLost).count()).isEqualTo(4);
        Awaitility.await()
                .untilAsserted(() -> assertThat(rig.only(work).nodeId()).isEqualTo("n5"));
    }
}
