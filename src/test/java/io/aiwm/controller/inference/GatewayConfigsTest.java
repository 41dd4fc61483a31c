package io.aiwm.controller.inference;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentRequest;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.SecretValue;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfig.Deployed;
import io.aiwm.inference.route.GatewayConfig.Weighted;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.testing.Spoiled;
import io.aiwm.testing.TinyModels;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What gateways are told, for real records in a real store. */
@Timeout(60)
class GatewayConfigsTest {
    private static final String CHAT = """
        {"name":"chat","model":{"name":"tiny","version":"stable"},
         "engine":{"type":"llamacpp","context":1024,"parallel":2,"port":80}}\
        """;

    @TempDir
    Path folder;

    private Fleet fleet;
    private StoredSecrets secrets;
    private Aliases aliases;
    private Endpoints endpoints;
    private GatewayConfigs configs;

    @BeforeEach
    void open() throws Exception {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        byte[] model = Files.readAllBytes(TinyModels.in(folder.resolve("tiny")).file(TinyModels.F16));
        fleet.version("tiny", "tiny.gguf", model);
        await(fleet.models.models().moveAlias("tiny", "stable", 1));
        secrets = new StoredSecrets(
                fleet.vertx, fleet.store, InstantSource.system(), new SecretCipher(new byte[32], List.of()));
        aliases = new Aliases(fleet.store, InstantSource.system());
        endpoints = new Endpoints(fleet.vertx, fleet.store, secrets, InstantSource.system(), true);
        configs = configs(fleet.deployments, "n1");
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private GatewayConfigs configs(Deployments deployments, String hostname) {
        var made = new GatewayConfigs(
                fleet.vertx,
                new GatewayConfigs.Sources(
                        deployments,
                        fleet.models.models(),
                        aliases,
                        endpoints,
                        secrets,
                        fleet,
                        new GatewayConfigs.Reach(hostname, address -> true)),
                InstantSource.system());
        await(made.start(fleet.vertx, fleet.store));
        return made;
    }

    private Deployment running(String body) {
        Deployment made = await(fleet.deployments.create(DeploymentRequest.of(new JsonObject(body)), "ada"));
        fleet.work(made.lastExecutionId());
        return Awaitility.await().until(() -> await(fleet.deployments.get(made.id())), now -> now.container() != null);
    }

    private static GatewayConfig becomes(GatewayConfigs of, Predicate<GatewayConfig> wanted) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(of::config, wanted);
    }

    private static Predicate<GatewayConfig> one(Predicate<Deployed> wanted) {
        return config -> config.deployments().size() == 1
                && wanted.test(config.deployments().get(0));
    }

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

    @Test
    void endpoints_are_told_with_the_value_of_their_secret_as_it_is_now() {
        await(secrets.put("openai", new SecretValue("canary-1", null), "ada", null));
        await(endpoints.put(
                "cloud",
                new EndpointRequest("https://api.example.com/v1/", new SecretRef("openai"), "large", 8),
                "ada",
                null));
        GatewayConfig told = becomes(configs, config -> config.endpoints().size() == 1);
        GatewayConfig.External cloud = told.endpoints().get(0);
        assertThat(cloud.baseUrl()).isEqualTo("https://api.example.com/v1");
        assertThat(cloud.authorization()).isEqualTo("Bearer canary-1");
        assertThat(cloud.upstreamModel()).isEqualTo("large");
        assertThat(told.toString()).doesNotContain("canary");

        await(secrets.put("openai", new SecretValue("Basic canary-2", null), "ada", null));
        becomes(configs, config -> config.endpoints().get(0).authorization().equals("Basic canary-2"));
        await(secrets.delete("openai", "ada", true, null));
        becomes(configs, config -> config.endpoints().isEmpty());
        assertThat(configs.troubles()).containsOnlyKeys("cloud");
        assertThat(configs.troubles().get("cloud")).contains("openai").doesNotContain("canary");
    }

    @Test
    void aliases_are_told_and_kept_over_a_restart() {
        var wanted = new AliasRequest(List.of(new Weighted("chat", 9), new Weighted("cloud", 1)), List.of("small"));
        await(aliases.put("gpt-4o-mini", wanted, "ada", null));
        GatewayConfig told = becomes(configs, config -> config.aliases().size() == 1);
        assertThat(told.aliases().get(0).targets()).isEqualTo(wanted.targets());
        assertThat(told.aliases().get(0).fallback()).containsExactly("small");
        GatewayConfig read = Json.decode(Json.encode(told), GatewayConfig.class);
        assertThat(read).isEqualTo(told);
        GatewayConfigs again = configs(fleet.deploymentsOfAnother(), "n1");
        becomes(again, config -> config.aliases().equals(told.aliases()));
    }

    @Test
    void who_waits_for_it_finds_what_was_written_before() {
        running(CHAT);
        for (int i = 1; i <= 20; i++) {
            String fast = "fast-" + i;
            await(aliases.put(fast, new AliasRequest(List.of(new Weighted("chat", 1)), List.of()), "ada", null));
            await(configs.knowAliases());
            assertThat(configs.knows(fast)).isTrue();

            String far = "far-" + i;
            await(endpoints.put(far, new EndpointRequest("http://127.0.0.1:9/v1", null, null, 0), "ada", null));
            await(configs.knowEndpoints());
            assertThat(configs.knows(far)).isTrue();

            await(fleet.models.models().moveAlias("tiny", "alias-" + i, 1));
            await(configs.knowModels());
            assertThat(configs.knows("tiny@alias-" + i)).isTrue();

            String made = "made-" + i;
            await(fleet.deployments.create(
                    DeploymentRequest.of(new JsonObject(CHAT.replace("\"chat\"", '"' + made + '"'))), "ada"));
            await(configs.knowDeployments());
            assertThat(configs.knows(made)).isTrue();
        }
    }

    @Test
    void a_model_and_a_secret_that_cannot_be_read_keep_only_their_own_away() {
        running(CHAT);
        await(aliases.put("fast", new AliasRequest(List.of(new Weighted("chat", 1)), List.of()), "ada", null));
        for (String name : List.of("good", "bad")) {
            await(secrets.put(name, new SecretValue("value", null), "ada", null));
            var endpoint = new EndpointRequest("https://api.example.com/v1/", new SecretRef(name), null, 0);
            await(endpoints.put(name, endpoint, "ada", null));
        }
        String model = await(fleet.models.models().get("tiny")).id();
        await(Spoiled.field(fleet.store, Models.COLLECTION, model, "createdAt"));
        await(Spoiled.field(fleet.store, StoredSecrets.COLLECTION, "bad", "createdAt"));
        GatewayConfigs again = configs(fleet.deploymentsOfAnother(), "n1");
        GatewayConfig told = becomes(again, config -> config.endpoints().size() == 1);
        assertThat(told.endpoints().get(0).name()).isEqualTo("good");
        assertThat(told.aliases()).hasSize(1);
        assertThat(told.deployments()).hasSize(1);
        assertThat(again.troubles()).containsOnlyKeys("bad");
    }

    @Test
    void nothing_is_published_when_nothing_has_changed() {
        running(CHAT);
        becomes(
                configs,
                one(it -> it.replicas().size() == 1 && !it.modelAliases().isEmpty()));
        long before = configs.config().revision();
        await(configs.run());
        await(configs.run());
        assertThat(configs.config().revision()).isEqualTo(before);
    }
}
