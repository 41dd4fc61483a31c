package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.RetentionAsk;
import io.aiwm.protocol.RetentionKept;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RetainedResourcesTest {
    @TempDir
    Path folder;

    private Fleet fleet;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        fleet.node("n2", NodeStatus.IDLE);
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private Deployment on(String node, String name, String image) {
        var made = await(fleet.deployments.create(
                DeploymentRulesTest.request(
                        "{'name':'" + name + "','spec':{'image':'" + image + "'},'nodeId':'" + node + "'}"),
                "admin"));
        fleet.work(made.lastExecutionId());
        settles(made.id(), DeploymentState.RUNNING);
        return fleet.get(made.id());
    }

    private void settles(String id, DeploymentState state) {
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(fleet.get(id).status()).isEqualTo(state));
    }

    private RetentionKept answer(String node, String... owners) {
        return await(new RetainedResources(fleet.deployments, fleet.executions::get)
                .answer(node, new RetentionAsk(null, "7", List.of(owners))));
    }

    @Test
    void images_of_deployments_on_the_node_are_kept_also_of_those_that_are_stopped() {
        on("n1", "one", "web:1");
        Deployment stopped = on("n1", "two", "web:2");
        on("n2", "three", "web:3");
        fleet.work(await(fleet.deployments.stop(stopped.id(), "admin")).lastExecutionId());
        settles(stopped.id(), DeploymentState.STOPPED);

        assertThat(answer("n1").images()).containsExactly("web:1", "web:2");
        assertThat(answer("n2").images()).containsExactly("web:3");
        assertThat(answer("n3").images()).isEmpty();
        assertThat(answer("n1").askId()).isEqualTo("7");
    }

    @Test
    void of_the_owners_those_are_named_that_exist() {
        Deployment one = on("n1", "one", "web:1");
        assertThat(answer("n2", "dep_gone", one.id(), one.lastExecutionId()).owners())
                .containsExactly(one.id(), one.lastExecutionId());
    }
}
