package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.Hub;
import io.aiwm.testing.Modes;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A value that is stored is found nowhere: in no file, no line of a log, and no answer. Needs the built jar. */
@Timeout(180)
class SecretsIT {
    private static final String PASSWORD = "a password for tests 1";
    private static final String CANARY = "canary-e2b9d7f04c";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Hub hub = new Hub(vertx);
    private AiwmProcess controller;

    @AfterEach
    void stop() {
        if (controller != null) {
            controller.close();
        }
        hub.close();
        vertx.close().await();
    }

    private AiwmClient start() {
        controller = AiwmProcess.of("controller", folder)
                .with("AIWM_AUTH_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_LOG_LEVEL", "debug")
                .with("HF_ENDPOINT", hub.url())
                .with("AIWM_MODELS_ALLOWED_DOWNLOAD_HOSTS", "127.0.0.1");
        controller.startAndWait();
        return new AiwmClient(controller.port(), PASSWORD);
    }

    private static JsonObject value(String text) {
        return new JsonObject().put("value", text).put("description", "for tests");
    }

    private static String state(AiwmClient api, JsonObject begun) {
        return api.get("/api/executions/" + begun.getString("executionId"))
                .json()
                .getString("status");
    }

    private static JsonObject download(String repo) {
        return new JsonObject().put("repo", repo).put("token", new JsonObject().put("secret", "hf"));
    }

    @Test
    void the_value_is_in_no_file_no_log_and_no_answer() throws IOException {
        hub.with("model.gguf", Buffer.buffer("x".repeat(5_000)));
        hub.token = CANARY;
        AiwmClient api = start();
        var heard = new ArrayList<String>();
        heard.add(api.put("/api/secrets/hf", value(CANARY)).text());
        heard.add(api.put("/api/secrets/hf", value(CANARY)).text());
        heard.add(api.put("/api/secrets/.hf", value(CANARY)).text());
        heard.add(api.put("/api/secrets/large", value(CANARY + "x".repeat(70_000)))
                .text());
        heard.add(
                api.put("/api/secrets/other", value(CANARY).put("more", CANARY)).text());
        JsonObject done = api.expect(202, api.post("/api/models/download", download(hub.repo)));
        await().atMost(Duration.ofSeconds(60)).until(() -> state(api, done).equals("COMPLETED"));
        JsonObject failed = api.expect(202, api.post("/api/models/download", download("org/nothing")));
        await().atMost(Duration.ofSeconds(60)).until(() -> state(api, failed).equals("FAILED"));
        assertThat(hub.credentials).contains("hub Bearer " + CANARY);

        Map<String, String> ids = Map.of(
                "secrets", "hf", "executions", done.getString("executionId"), "models", done.getString("modelId"));
        JsonObject paths = api.get("/api-docs/openapi.json").json().getJsonObject("paths");
        int asked = 0;
        for (String path : paths.fieldNames()) {
            if (paths.getJsonObject(path).containsKey("get")) {
                String id = ids.getOrDefault(path.split("/", -1)[2], "none");
                String concrete = path.replaceAll("\\{(id|name)}", id)
                        .replace("{number}", "1")
                        .replaceAll("\\{[^}]*}", "0");
                heard.add(api.get(concrete).text());
                asked++;
            }
        }
        assertThat(asked).isGreaterThan(30);
        assertThat(heard).noneMatch(text -> text != null && text.contains(CANARY));
        assertThat(String.join("\n", heard)).contains("\"keysFrom\"", "\"readable\"");
        assertThat(controller.stop()).isIn(0, 143);
        assertThat(filesWith(CANARY)).isEmpty();
        assertThat(filesWith(Base64.getEncoder().encodeToString(CANARY.getBytes(StandardCharsets.UTF_8))))
                .isEmpty();
        assertThat(filesWith("for tests")).as("the search finds what is there").isNotEmpty();
        assertThat(Modes.openToOthers(folder.resolve("data"))).isEmpty();
    }

    /** In the data of the controller and in its log. */
    private List<String> filesWith(String text) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            var found = new ArrayList<String>();
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) {
                    found.add(file.toString());
                }
            }
            return found;
        }
    }

    @Test
    void a_start_with_another_key_says_so_shows_which_cannot_be_read_and_goes_on_with_the_key_of_before()
            throws IOException {
        AiwmClient api = start();
        api.expect(201, api.put("/api/secrets/hf", value(CANARY)));
        controller.kill9();
        Path key = folder.resolve("data/secrets.key");
        String before = Files.readString(key).strip();
        Files.delete(key);
        controller.startAndWait();
        assertThat(controller.output()).contains("1 stored secrets are sealed with key", "secrets.previousKeys");
        assertThat(api.expect(200, api.get("/api/secrets/hf")).getBoolean("readable"))
                .isFalse();
        assertThat(api.get("/api/secrets").text()).contains("\"readable\":false");
        assertThat(api.post("/api/models/download", download(hub.repo)).text())
                .contains("/token/secret", "cannot be read");
        controller.kill9();

        controller.with("AIWM_SECRETS_PREVIOUS_KEYS", before).startAndWait();
        assertThat(controller.output()).contains("1 stored secrets are sealed with secrets.key now");
        assertThat(api.expect(200, api.get("/api/secrets/hf")).getBoolean("readable"))
                .isTrue();
        controller.kill9();
        controller.with("AIWM_SECRETS_PREVIOUS_KEYS", "").startAndWait();
        assertThat(api.expect(200, api.get("/api/secrets/hf")).getBoolean("readable"))
                .isTrue();
        assertThat(api.get("/api/secrets/hf").json().getInteger("version")).isEqualTo(1);
    }
}
