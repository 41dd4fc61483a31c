package io.aiwm.controller.inference;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfig.Deployed;
import io.aiwm.inference.route.GatewayConfig.Weighted;
import io.aiwm.protocol.DeploymentStatusBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What gateways are told of deployments, for real records in a real store. */
class GatewayConfigsTest extends GatewayConfigRig {
    private void reported(Deployment deployment, String state, String health) {
        Deployment.Container container = deployment.container();
        await(fleet.deployments.reported(
                "n1",
                DeploymentStatusBuilder.builder()
                        .deploymentId(deployment.id())
                        .replica(0)
                        .containerId(container.containerId())
                        .commandId(container.commandId())
                        .state(state)
                        .health(health)
                        .oomKilled(false)
                        .restarts(0)
                        .build()));
    }

    @Test
    void a_deployment_is_told_with_its_model_and_the_address_of_what_is_ready() {
        Deployment chat = running(CHAT);
        Deployed told = becomes(
                        configs,
                        one(it -> !it.replicas().isEmpty() && !it.modelAliases().isEmpty()))
                .deployments()
                .get(0);
        assertThat(told.name()).isEqualTo("chat");
        assertThat(told.engine()).isEqualTo("llamacpp");
        assertThat(told.upstreamModel()).isNull();
        assertThat(told.modelName()).isEqualTo("tiny");
        assertThat(told.modelVersion()).isEqualTo(1);
        assertThat(told.modelAliases()).containsExactly("stable");
        assertThat(told.concurrency()).isEqualTo(2);
        assertThat(told.context()).isEqualTo(1_024);
        assertThat(told.state()).isEqualTo("RUNNING");
        GatewayConfig.Replica replica = told.replicas().get(0);
        assertThat(replica.id()).isEqualTo(chat.container().containerId());
        assertThat(replica.host()).isEqualTo("127.0.0.1");
        assertThat(replica.port()).isEqualTo(32_000);
        for (String name : List.of("chat", "tiny", "tiny@1", "tiny@stable", "chat@1")) {
            assertThat(configs.knows(name)).as(name).isTrue();
        }
        for (String name : List.of("tin", "tiny@2", "tiny@", "stable")) {
            assertThat(configs.knows(name)).as(name).isFalse();
        }

        await(fleet.models.models().moveAlias("tiny", "prod", 1));
        becomes(configs, one(it -> it.modelAliases().equals(List.of("prod", "stable"))));
    }

    @Test
    void the_context_of_a_name_is_the_smallest_of_what_may_answer() {
        running(CHAT);
        running(CHAT.replace("chat", "small").replace("1024", "512").replace("\"port\":80", "\"port\":81"));
        running(CHAT.replace("chat", "usual").replace("\"context\":1024,", "").replace("\"port\":80", "\"port\":82"));
        running(CHAT.replace("chat", "other").replace("\"port\":80", "\"port\":83,\"args\":[\"--ctx-size=128\"]"));
        await(endpoints.put("far", new EndpointRequest("http://127.0.0.1:9/v1", null, null, 0), "ada", null));
        var targets = List.of(new Weighted("far", 1), new Weighted("chat", 9));
        await(aliases.put("any", new AliasRequest(targets, List.of("small")), "ada", null));
        await(aliases.put("best", new AliasRequest(targets, List.of()), "ada", null));
        becomes(
                configs,
                config -> config.deployments().size() == 4
                        && config.aliases().size() == 2
                        && config.endpoints().size() == 1);
        assertThat(configs.context("chat")).isEqualTo(1_024);
        assertThat(configs.context("small@1")).isEqualTo(512);
        assertThat(configs.context("usual")).isEqualTo(4_096);
        assertThat(configs.context("best")).isEqualTo(1_024);
        assertThat(configs.context("any")).isEqualTo(512);
        assertThat(configs.context("tiny")).isEqualTo(512);
        for (String unknown : List.of("other", "far", "not-there")) {
            assertThat(configs.context(unknown)).as(unknown).isZero();
        }
    }

    @Test
    void an_address_goes_with_the_write_that_ends_readiness_and_comes_back() {
        Deployment chat = running(CHAT);
        long before = becomes(configs, one(it -> it.replicas().size() == 1)).revision();
        reported(chat, "running", "unhealthy");
        GatewayConfig lost = becomes(configs, one(it -> it.replicas().isEmpty()));
        assertThat(lost.revision()).isGreaterThan(before);
        assertThat(lost.deployments().get(0).state()).isEqualTo("DEGRADED");
        assertThat(lost.deployments().get(0).reason()).isNotBlank();
        reported(chat, "running", "healthy");
        becomes(configs, one(it -> it.replicas().size() == 1));

        await(fleet.deployments.stop(chat.id(), "ada"));
        becomes(configs, one(it -> it.replicas().isEmpty() && it.state().equals("STOPPING")));
    }

    @Test
    void another_controller_hears_of_it_from_the_change_feed() {
        GatewayConfigs other = configs(fleet.deploymentsOfAnother(), "n1");
        Deployment chat = running(CHAT);
        becomes(other, one(it -> it.replicas().size() == 1));
        reported(chat, "running", "unhealthy");
        becomes(other, one(it -> it.replicas().isEmpty()));
        Deployment gone = await(fleet.deployments.delete(chat.id(), "ada"));
        fleet.work(gone.lastExecutionId());
        becomes(other, config -> config.deployments().isEmpty());
        becomes(configs, config -> config.deployments().isEmpty());
    }

    @Test
    void an_address_that_cannot_be_known_is_left_out_with_the_reason() {
        GatewayConfigs far = configs(fleet.deploymentsOfAnother(), "elsewhere");
        running(CHAT);
        GatewayConfig told = becomes(far, one(it -> it.state().equals("RUNNING") && it.reason() != null));
        assertThat(told.deployments().get(0).replicas()).isEmpty();
        assertThat(told.deployments().get(0).reason()).contains("n1", "worker.docker.bindAddress");
    }

    @Test
    void what_publishes_nothing_and_has_no_engine_is_not_told() {
        running("{\"name\":\"quiet\",\"spec\":{\"image\":\"busybox:1\"}}");
        running("{\"name\":\"web\",\"spec\":{\"image\":\"nginx:1\",\"ports\":[{\"containerPort\":80}]}}");
        Deployed web = becomes(configs, one(it -> it.replicas().size() == 1))
                .deployments()
                .get(0);
        assertThat(web.name()).isEqualTo("web");
        assertThat(web.engine()).isNull();
        assertThat(web.concurrency()).isZero();
    }

    @Test
    void vllm_is_told_the_name_that_it_serves_under() {
        running("""
            {"name":"chat","model":{"name":"tiny","version":"1"},"engine":{"type":"vllm","port":80,"parallel":64}}\
            """);
        Deployed told = becomes(configs, one(it -> !it.replicas().isEmpty()))
                .deployments()
                .get(0);
        assertThat(told.upstreamModel()).isEqualTo("tiny");
        assertThat(told.concurrency()).isEqualTo(64);
    }
}
