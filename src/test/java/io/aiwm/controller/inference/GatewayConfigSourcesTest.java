package io.aiwm.controller.inference;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.DeploymentRequest;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.SecretValue;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfig.Weighted;
import io.aiwm.testing.Spoiled;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Records besides deployments that gateways are told, and when they are told. */
class GatewayConfigSourcesTest extends GatewayConfigRig {
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
