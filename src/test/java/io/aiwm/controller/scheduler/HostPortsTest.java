package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Amounts;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.HostPort;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.DeploymentCommandBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ports of a node are promised like its memory, and what fails by a node's own fault is tried on another. */
class HostPortsTest {
    private final Bench bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));

    private static Requires port(double cpu, HostPort... ports) {
        return RequiresBuilder.builder().cpu(cpu).hostPorts(List.of(ports)).build();
    }

    private static HostPort tcp(int port) {
        return new HostPort(port, null, null);
    }

    @Test
    void two_that_publish_the_same_port_get_different_nodes_and_the_third_is_told_why_it_waits() {
        bench.node("n1", 8, 100);
        bench.node("n2", 8, 100);
        var first = bench.submit(port(1, tcp(8080)));
        var second = bench.submit(port(1, tcp(8080)));
        assertThat(List.of(first.nodeId(), second.nodeId())).containsExactlyInAnyOrder("n1", "n2");
        assertThat(first.claim().hostPorts()).containsExactly(tcp(8080));
        assertThat(bench.amounts("n1").claims().get(0).claim().hostPorts()).containsExactly(tcp(8080));

        var third = bench.submit(port(1, tcp(8080)));
        assertThat(third.reason()).isEqualTo("waits for a node: has given the host port to another deployment (2)");
        assertThat(bench.explain(third).reasons())
                .containsExactly(new Explanation.Excluded(
                        Reason.NO_PORT, "has given the host port to another deployment", 2, false));
        assertThat(bench.submit(port(1, tcp(8081))).runs()).isTrue();

        bench.ends(second);
        bench.pass();
        assertThat(third.nodeId())
                .isEqualTo(List.of("n1", "n2").get(first.nodeId().equals("n1") ? 1 : 0));
    }

    @Test
    void ports_collide_by_number_protocol_and_address() {
        bench.node("n1", 8, 100);
        assertThat(bench.submit(port(1, new HostPort(53, "udp", "10.0.0.1"))).runs())
                .isTrue();
        assertThat(bench.submit(port(1, new HostPort(53, "tcp", "10.0.0.1"))).runs())
                .isTrue();
        assertThat(bench.submit(port(1, new HostPort(53, "udp", "10.0.0.2"))).runs())
                .isTrue();
        assertThat(bench.submit(port(1, new HostPort(53, "udp", "10.0.0.1"))).runs())
                .isFalse();
        assertThat(bench.submit(port(1, new HostPort(53, "udp", "0.0.0.0"))).runs())
                .isFalse();
    }

    @Test
    void what_asks_for_nothing_but_a_port_has_it_alone_also_where_it_names_its_node() {
        bench.node("n1", 8, 100);
        assertThat(bench.submit(bench.pinned(port(0, tcp(8080)), "n1")).runs()).isTrue();
        var second = bench.submit(bench.pinned(port(0, tcp(8080)), "n1"));
        assertThat(second.reason()).contains("n1", "has given the host port");
        assertThat(bench.submit(bench.pinned(port(0, tcp(8081)), "n1")).runs()).isTrue();
    }

    @Test
    void what_waits_for_a_port_holds_up_nothing_that_asks_for_the_same_room() {
        bench.node("n1", 8, 100);
        bench.submit(port(1, tcp(8080)));
        var waits = bench.submit(port(1, tcp(8080)));
        bench.pass();
        bench.advance(Duration.ofMinutes(5));
        bench.pass();
        assertThat(bench.explain(waits).keptFree()).isNull();
        assertThat(bench.submit(RequiresBuilder.builder().cpu(1.0).build()).runs())
                .isTrue();
    }

    @Test
    void among_several_controllers_the_node_s_record_gives_a_port_once() {
        var limits = new NodeClaims.Limits(Amounts.of(8, 100, 100), 10);
        var node = new NodeClaims("n1", 1, List.of());
        var one = new NodeClaims.NodeClaim("dep_1/0", new Claim(Amounts.NOTHING, List.of(tcp(8080))), 0, 1, "a");
        var other = new NodeClaims.NodeClaim("dep_2/0", new Claim(Amounts.NOTHING, List.of(tcp(8080))), 0, 2, "b");
        var taken = node.with(List.of(one), limits);
        assertThat(taken.with(List.of(other), limits)).isNull();
        assertThat(taken.with(List.of(one), limits)).isNotNull();
        assertThat(Json.decode(Json.encode(taken), NodeClaims.class)).isEqualTo(taken);
    }

    @Test
    void a_claim_of_an_older_version_has_no_ports() {
        assertThat(Json.decode("{\"cpu\":1.0,\"memoryBytes\":5,\"gpus\":[]}", Claim.class))
                .isEqualTo(new Claim(1, 5, List.of()));
        assertThat(Json.encode(new Claim(1, 5, List.of()))).isEqualTo("{\"cpu\":1.0,\"memoryBytes\":5,\"gpus\":[]}");
    }

    @Test
    void a_port_that_a_stranger_has_on_one_node_is_tried_on_another_without_a_retry() {
        bench.node("n1", 8, 100);
        bench.node("n2", 8, 100);
        var given = bench.submit(port(1, tcp(8080)));
        String first = given.nodeId();
        bench.failsThere(given, "a host port is taken on this node");
        assertThat(given.runs()).isTrue();
        assertThat(given.nodeId()).isNotEqualTo(first);
        bench.ends(given);
        assertThat(bench.execution(given).status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(bench.execution(given).notes()).anyMatch(note -> note.event().equals("elsewhere"));
    }

    @Test
    void where_no_other_node_is_left_it_fails_with_what_the_nodes_said() {
        bench.node("n1", 8, 100);
        var alone = bench.submit(port(1, tcp(8080)));
        bench.failsThere(alone, "a host port is taken on this node");
        assertThat(bench.execution(alone).status()).isEqualTo(ExecutionState.FAILED);
        assertThat(bench.execution(alone).error().message()).isEqualTo("a host port is taken on this node");

        bench.node("n2", 8, 100);
        var both = bench.submit(port(1, tcp(8080)));
        bench.failsThere(both, "a host port is taken on this node");
        bench.failsThere(both, "a host port is taken on this node");
        assertThat(bench.execution(both).status()).isEqualTo(ExecutionState.FAILED);
        assertThat(bench.execution(both).error().message())
                .startsWith("on each of ")
                .contains("n1", "n2")
                .endsWith(": a host port is taken on this node");
        assertThat(bench.amounts("n1").claims()).isEmpty();
        assertThat(bench.amounts("n2").claims()).isEmpty();
    }

    @Test
    void it_waits_for_a_node_that_is_full_rather_than_try_again_where_it_failed() {
        bench.node("n1", 8, 100);
        bench.node("n2", 2, 100);
        var full = bench.submit(bench.pinned(port(2), "n2"));
        var given = bench.submit(port(2, tcp(8080)));
        assertThat(given.nodeId()).isEqualTo("n1");
        bench.failsThere(given, "a host port is taken on this node");
        assertThat(given.runs()).isFalse();
        assertThat(bench.explain(given).reasons())
                .extracting(Explanation.Excluded::reason)
                .containsExactlyInAnyOrder(Reason.FAILED_THERE, Reason.NO_CPU);
        bench.ends(full);
        bench.pass();
        assertThat(given.nodeId()).isEqualTo("n2");
    }

    @Test
    void a_download_goes_along_when_what_it_was_for_has_to_go_elsewhere() {
        bench.node("n1", 8, 100);
        bench.node("n2", 8, 100);
        var steps = bench.together(
                deploys(0, CommandNames.MODEL_DOWNLOAD, null), deploys(1, CommandNames.DEPLOYMENT_CREATE, 0));
        String first = steps.get(0).nodeId();
        bench.ends(steps.get(0));
        assertThat(steps.get(1).nodeId()).isEqualTo(first);
        assertThat(bench.amounts(first).claims())
                .extracting(NodeAmounts.Claimed::id)
                .contains("dep_1/0");
        bench.failsThere(steps.get(1), "a host port is taken on this node");

        assertThat(steps.get(0).nodeId()).isNotNull().isNotEqualTo(first);
        assertThat(bench.amounts(first).claims()).isEmpty();
        String second = steps.get(0).nodeId();
        bench.ends(steps.get(0));
        assertThat(steps.get(1).nodeId()).isEqualTo(second);
        assertThat(bench.amounts(second).claims())
                .extracting(NodeAmounts.Claimed::id)
                .contains("dep_1/0");
        bench.ends(steps.get(1));
        assertThat(bench.execution(steps.get(1)).status()).isEqualTo(ExecutionState.COMPLETED);
    }

    private static StepSpec deploys(int index, String command, Integer sameNodeAs) {
        return StepSpecBuilder.builder()
                .index(index)
                .name(command)
                .command(command)
                .data(Json.toObject(DeploymentCommandBuilder.builder()
                        .deploymentId("dep_1")
                        .deploymentName("web")
                        .replica(0)
                        .build()))
                .dependsOn(index == 0 ? List.of() : List.of(index - 1))
                .sameNodeAs(sameNodeAs)
                .requires(port(1, tcp(8080)))
                .maxRetries(0)
                .claimId("dep_1/0")
                .build();
    }
}
