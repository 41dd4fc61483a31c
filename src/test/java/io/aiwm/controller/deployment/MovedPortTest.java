package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static io.aiwm.controller.deployment.Fleet.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.NodeRegister;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A container that was started again without a command, by its engine for example, and has another host port by now. */
class MovedPortTest extends FleetRig {
    private Deployment asked() {
        return await(fleet.deployments.create(
                DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:1','ports':[{'containerPort':80}]}}"),
                "admin"));
    }

    private void started(Deployment asked) {
        fleet.work(asked.lastExecutionId());
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> fleet.get(asked.id()).status() == DeploymentState.RUNNING);
    }

    private Integer told(Deployment asked, String state, List<DeploymentStatus.Port> ports) {
        String command = asked.lastExecutionId() + ".0.1";
        await(fleet.deployments.reported(
                "n1",
                DeploymentStatusBuilder.builder(report(asked.id(), command, state, "none", null))
                        .ports(ports)
                        .build()));
        return hostPort(asked.id());
    }

    private Integer hostPort(String id) {
        var container = fleet.get(id).container();
        return container == null ? null : container.ports().get(0).hostPort();
    }

    private static List<DeploymentStatus.Port> at(int hostPort) {
        return List.of(new DeploymentStatus.Port(80, hostPort, "tcp", "127.0.0.1"));
    }

    @Test
    void a_report_moves_the_address_and_one_without_ports_leaves_it() {
        Deployment web = asked();
        started(web);
        assertThat(hostPort(web.id())).isEqualTo(32_000);
        assertThat(told(web, "running", null)).isEqualTo(32_000);
        assertThat(told(web, "exited", null)).isEqualTo(32_000);
        assertThat(told(web, "running", at(32_007))).isEqualTo(32_007);
        assertThat(DeploymentView.of(fleet.get(web.id())).encode()).contains("127.0.0.1:32007");
    }

    @Test
    void one_that_was_started_again_before_its_command_had_ended_is_where_the_report_says() {
        Deployment web = asked();
        assertThat(told(web, "running", at(32_007))).isNull();
        started(web);
        assertThat(hostPort(web.id())).isEqualTo(32_007);
    }

    /** Its probes may say nothing of it for a while then, and it counts as before: at an address where it is not. */
    @Test
    void a_worker_that_was_away_says_where_its_containers_are_by_now() {
        Deployment web = asked();
        started(web);
        var known = fleet.get(web.id()).container();
        var brought = new NodeRegister.Running(
                known.commandId(), web.id(), 0, null, known.containerId(), "running", at(32_007));
        assertThat(await(fleet.deployments.keeps("n1", brought))).isTrue();
        assertThat(hostPort(web.id())).isEqualTo(32_007);

        var older = new NodeRegister.Running(known.commandId(), web.id(), 0, null, known.containerId(), "running");
        assertThat(await(fleet.deployments.keeps("n1", older))).isTrue();
        assertThat(hostPort(web.id())).isEqualTo(32_007);
    }

    @Test
    void one_that_was_reported_as_created_runs_when_its_command_has_ended() {
        Deployment web = asked();
        assertThat(told(web, "created", null)).isNull();
        started(web);
        assertThat(hostPort(web.id())).isEqualTo(32_000);
    }
}
