package io.aiwm.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.WorkerSettings;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where models are fetched from: redirects, credentials, and addresses that are refused. */
class ModelSourcesTest extends ModelFetchRig {
    @Test
    void the_controllers_own_store_is_named_by_a_path_and_found_where_the_controller_is() throws Exception {
        Config.Policy strict = WorkerSettings.policy();
        ModelHandlers overSocket =
                handlers(strict, new ControllerAddress(URI.create(at(server, "ws") + "/ws/node"), null));
        overSocket.objects(null);
        ModelHandlers overBus = handlers(strict, null);

        CommandFailure unknown = failure(overBus, "model.cache", inStore("/objects/model?signature=a"));
        assertThat(unknown.error.message()).contains("is not known");
        CommandFailure elsewhere = failure(overSocket, "model.cache", inStore(at(this.elsewhere, "http") + "/model"));
        assertThat(elsewhere.error.category()).isEqualTo(ErrorCategory.POLICY);
        assertThat(asked).isEmpty();

        assertThat(run(overSocket, "model.cache", inStore("/objects/model?signature=a"))
                        .getString("source"))
                .isEqualTo("store");
        run(overSocket, "model.delete", new JsonObject().put("name", "llama"));
        overBus.objects(at(server, "http"));
        run(overBus, "model.cache", inStore("/objects/model?signature=b"));
        assertThat(asked).containsExactly("/objects/model", "/objects/model");
        assertThat(Files.readString(folder.resolve(".versions/llama/1.json"))).doesNotContain("signature");
    }

    private static String at(HttpServer server, String scheme) {
        return scheme + "://127.0.0.1:" + server.actualPort();
    }

    private JsonObject inStore(String url) {
        var source = new JsonObject().put("kind", "store").put("url", url);
        return new JsonObject()
                .put("name", "llama")
                .put("version", "1")
                .put("sha256", sha256)
                .put("sizeBytes", model.length)
                .put("sources", new JsonArray().add(source));
    }

    @Test
    void a_credential_follows_a_redirect_on_its_host_and_nowhere_else() throws Exception {
        run("model.download", data("one", "/redirect?to=/model").put("authorization", "Bearer hf_secret"));
        assertThat(credentials).containsExactly("Bearer hf_secret", "Bearer hf_secret");
        credentials.clear();

        run(
                "model.download",
                data("two", "/redirect?to=http://127.0.0.1:" + elsewhere.actualPort() + "/model")
                        .put("authorization", "Bearer hf_secret"));

        assertThat(credentials).containsExactly("Bearer hf_secret", "null");
    }

    @Test
    void redirects_end() {
        CommandFailure lost = failure("model.download", data("llama", "/redirect?to=/loop"));

        assertThat(lost.error.message()).contains("redirects");
        assertThat(asked).hasSize(4);
    }

    @Test
    void a_redirect_cannot_lead_inside() {
        CommandFailure inside = failure("model.download", data("llama", "/redirect?to=http://169.254.169.254/latest"));

        assertThat(inside.error.category()).isEqualTo(ErrorCategory.POLICY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/m",
                "http://localhost/m",
                "http://10.1.2.3/m",
                "http://172.16.0.1/m",
                "http://192.168.1.1/m",
                "http://169.254.169.254/m",
                "http://100.64.0.1/m",
                "http://0.0.0.0/m",
                "http://[::1]/m",
                "http://[::ffff:127.0.0.1]/m",
                "http://[fd00::1]/m",
                "http://[fe80::1]/m",
                "http://[64:ff9b::a00:1]/m",
                "http://2130706433/m"
            })
    void no_url_reaches_an_internal_address_unless_the_workers_own_policy_names_it(String url) throws Exception {
        var strict = handlers(WorkerSettings.policy());

        CommandFailure refused = failure(
                strict, "model.download", new JsonObject().put("name", "m").put("url", url));

        assertThat(refused.error.category()).isIn(ErrorCategory.POLICY, ErrorCategory.INVALID);
        assertThat(files("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "a/../../evil", "", ".hidden", "x.part", "a\u0000b", "a b", "-rf"})
    void no_name_leaves_the_folder(String name) throws Exception {
        CommandFailure refused = failure("model.download", data(name, "/model"));

        assertThat(refused.error.category()).isEqualTo(ErrorCategory.INVALID);
        assertThat(files("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://example.org/m", "http://user:pw@example.org/m", "nonsense"})
    void only_plain_web_addresses_are_fetched(String url) {
        CommandFailure refused =
                failure("model.download", new JsonObject().put("name", "m").put("url", url));

        assertThat(refused.error.category()).isEqualTo(ErrorCategory.INVALID);
    }

    @Test
    void what_is_not_there_is_not_found() {
        assertThat(failure("model.download", data("llama", "/nothing")).error.category())
                .isEqualTo(ErrorCategory.NOT_FOUND);
        assertThat(failure("model.cache", new JsonObject().put("name", "llama"))
                        .error
                        .category())
                .isEqualTo(ErrorCategory.NOT_FOUND);
    }
}
