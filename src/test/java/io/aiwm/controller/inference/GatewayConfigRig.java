package io.aiwm.controller.inference;

import static io.aiwm.controller.deployment.Fleet.await;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentRequest;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfig.Deployed;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Deployments, aliases and endpoints in a real store, and what gateways are told of them. */
@Timeout(60)
abstract class GatewayConfigRig {
    static final String CHAT = """
        {"name":"chat","model":{"name":"tiny","version":"stable"},
         "engine":{"type":"llamacpp","context":1024,"parallel":2,"port":80}}\
        """;

    @TempDir
    Path folder;

    Fleet fleet;
    StoredSecrets secrets;
    Aliases aliases;
    Endpoints endpoints;
    GatewayConfigs configs;

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

    GatewayConfigs configs(Deployments deployments, String hostname) {
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

    Deployment running(String body) {
        Deployment made = await(fleet.deployments.create(DeploymentRequest.of(new JsonObject(body)), "ada"));
        fleet.work(made.lastExecutionId());
        return Awaitility.await().until(() -> await(fleet.deployments.get(made.id())), now -> now.container() != null);
    }

    static GatewayConfig becomes(GatewayConfigs of, Predicate<GatewayConfig> wanted) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(of::config, wanted);
    }

    static Predicate<GatewayConfig> one(Predicate<Deployed> wanted) {
        return config -> config.deployments().size() == 1
                && wanted.test(config.deployments().get(0));
    }
}
