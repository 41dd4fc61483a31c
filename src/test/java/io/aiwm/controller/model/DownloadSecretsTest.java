package io.aiwm.controller.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.SecretValue;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.testing.Hub.Fault;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Credentials of downloads: which server is told them, and what is refused. */
class DownloadSecretsTest extends DownloadRig {
    @Test
    void a_private_repository_without_its_token_says_so() {
        hub.token = "another";
        assertThat(failed(repo(List.of(), List.of())))
                .contains("401", "RepoNotFound", "HF_TOKEN")
                .doesNotContain("hf_token");
    }

    private void set(String name, String value) {
        secrets.put(name, new SecretValue(value, null), "ada", null).await();
    }

    private static DownloadRequest withToken(String secret) {
        return DownloadRequestBuilder.builder(repo(List.of("model.gguf"), List.of()))
                .token(new SecretRef(secret))
                .build();
    }

    @Test
    void the_token_of_a_stored_secret_goes_to_the_hub_alone_and_in_place_of_the_one_that_is_set() {
        set("hf", "hf_stored\n");
        hub.token = "hf_stored";
        ModelVersion version = ready(withToken("hf"));
        hasWeights(version);
        assertThat(hub.credentials).contains("hub Bearer hf_stored", "storage null");
        assertThat(hub.credentials).doesNotContain("storage Bearer hf_stored", "hub Bearer hf_token");
        assertThat(version.source().getJsonObject("token")).isEqualTo(new JsonObject().put("secret", "hf"));
        Execution run = executions.get(version.executionId()).await();
        assertThat(run.steps().get(0).spec().data().getJsonArray("keysFrom")).containsExactly("hf");
        assertThat(Json.encode(run) + Json.encode(version)).doesNotContain("hf_stored");
    }

    @Test
    void a_secret_that_is_replaced_meanwhile_is_read_by_the_next_attempt() {
        set("hf", "hf_one");
        hub.faults.add(Fault.LIMITED);
        var begun = begin(withToken("hf"));
        await().until(() -> !hub.ranges.isEmpty());
        set("hf", "hf_two");
        assertThat(ended(begun).status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(hub.credentials).contains("hub Bearer hf_one", "hub Bearer hf_two");
        assertThat(hub.credentials.lastIndexOf("hub Bearer hf_two"))
                .isGreaterThan(hub.credentials.lastIndexOf("hub Bearer hf_one"));

        hub.token = "hf_three";
        var refused = begin(withToken("hf"));
        assertThat(ended(refused).error().message()).contains("401", "stored secret");
        set("hf", "hf_three");
        executions
                .retry(refused.execution().id(), RetrySelection.UNFINISHED, "ada")
                .await();
        assertThat(ended(refused).status()).isEqualTo(ExecutionState.COMPLETED);
    }

    @Test
    void the_credential_of_a_url_goes_to_its_host_alone() {
        String path = "/org/tiny/resolve/" + "a".repeat(40) + "/model.gguf";
        set("basic", "Basic YTpi");
        hasWeights(ready(url(hub.url() + path, null, "basic")));
        assertThat(hub.credentials).containsExactly("hub Basic YTpi", "storage null");
        set("two-lines", "a\r\nHost: b");
        assertThat(failed(url(hub.url() + path, null, "two-lines"))).contains("secret two-lines cannot be sent");
    }

    @Test
    void a_secret_that_does_not_exist_or_cannot_be_read_is_refused_by_its_field() {
        assertThat(refused(withToken("nobody"))).isEqualTo("/token/secret: secret nobody does not exist");
        new StoredSecrets(process, store, InstantSource.system(), new SecretCipher(new byte[16], List.of()))
                .put("foreign", new SecretValue("x", null), "ada", null)
                .await();
        assertThat(refused(url("http://example.com/a", null, "foreign")))
                .startsWith("/urls/0/authorization/secret: secret foreign cannot be read");
        assertThat(services.models()
                        .count(new ModelFilter(List.of(), List.of(), List.of(), List.of(), List.of(), null))
                        .await())
                .isZero();
    }

    private String refused(DownloadRequest wanted) {
        try {
            begin(wanted);
            throw new AssertionError("was not refused");
        } catch (Failure refused) {
            assertThat(refused.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
            return refused.getMessage();
        }
    }

    @Test
    void a_secret_is_not_deleted_while_a_download_uses_it() {
        set("hf", "hf_one");
        for (int i = 0; i < 20; i++) {
            hub.faults.add(Fault.LIMITED);
        }
        var begun = begin(withToken("hf"));
        await().until(() -> !hub.ranges.isEmpty());
        assertThatThrownBy(() -> secrets.delete("hf", "ada", false, null).await())
                .hasMessageContaining("in use by execution", begun.execution().id());
        secrets.delete("hf", "ada", true, null).await();
        assertThat(ended(begun).error().message()).isEqualTo("secret hf does not exist");
        set("hf", "hf_one");
        secrets.delete("hf", "ada", false, null).await();
    }
}
