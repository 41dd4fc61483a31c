package io.aiwm;

import static io.aiwm.testing.FleetDeployments.instances;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Sha256;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.LlamaImage;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.SteadyLoad;
import io.aiwm.testing.TinyModels;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The gateway of a controller with two workers, asked by curl: a real llama.cpp, and replicas that come and go under load. */
@Timeout(600)
class InferenceIT {
    private static final int PER_SECOND = 200;
    private static final Duration SOON = Duration.ofSeconds(30);
    /** Answers any call at once, and ends when it is told. */
    private static final String FAST = "require('http').createServer((q,s)=>{q.resume();q.on('end',()=>{"
            + "s.setHeader('content-type','application/json');s.end(JSON.stringify({id:'x',object:'chat.completion',"
            + "choices:[{index:0,finish_reason:'stop',message:{role:'assistant',content:process.env.SAYS}}],"
            + "usage:{prompt_tokens:1,completion_tokens:1,total_tokens:2}}))})}).listen(process.env.PORT||8080);"
            + "process.on('SIGTERM',()=>process.exit(0))";

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 1);

    @TempDir
    static Path folder;

    private final AiwmClient api = FLEET.api();
    private final FleetDeployments deployments = FLEET.deployments();

    private static JsonObject llama(String name) {
        return new JsonObject()
                .put("name", name)
                .put("model", new JsonObject().put("name", "tiny").put("version", "stable"))
                .put(
                        "engine",
                        new JsonObject()
                                .put("type", "llamacpp")
                                .put("context", 1_024)
                                .put("parallel", 2)
                                .put("image", LlamaImage.tag()))
                .put("spec", new JsonObject().put("pullPolicy", "never"));
    }

    private static JsonObject fast(String name, String says) {
        var probe = new JsonObject()
                .put("http", new JsonObject().put("port", 8_080).put("path", "/"))
                .put("periodMs", 200);
        return new JsonObject()
                .put("name", name)
                .put("engine", new JsonObject().put("type", "custom").put("port", 8_080))
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", LlamaImage.tag())
                                .put("pullPolicy", "never")
                                .put("entrypoint", new JsonArray().add("/usr/bin/node"))
                                .put("command", new JsonArray().add("-e").add(FAST))
                                .put("env", new JsonObject().put("SAYS", says))
                                .put("probes", new JsonObject().put("readiness", probe)));
    }

    private static String asks(String model, boolean stream) {
        return new JsonObject()
                .put("model", model)
                .put("stream", stream)
                .put(
                        "messages",
                        new JsonArray().add(new JsonObject().put("role", "user").put("content", "Hi")))
                .encode();
    }

    /** What curl prints, with the headers of the answer. */
    private String curl(String path, String body) throws Exception {
        var words = new ArrayList<>(List.of(
                "curl", "-sSiN", "--max-time", "30", api.url(path), "-H", "Authorization: Bearer " + api.token()));
        if (body != null) {
            words.addAll(List.of("-H", "Content-Type: application/json", "-d", body));
        }
        Process curl = new ProcessBuilder(words).redirectErrorStream(true).start();
        curl.getOutputStream().close();
        String printed = new String(curl.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(curl.waitFor(40, TimeUnit.SECONDS)).isTrue();
        return printed;
    }

    private static JsonObject body(String printed) {
        return new JsonObject(printed.substring(printed.indexOf("\r\n\r\n") + 4));
    }

    private JsonObject answered(String model) throws Exception {
        String printed = curl("/v1/chat/completions", asks(model, false));
        assertThat(printed).startsWith("HTTP/1.1 200").containsIgnoringCase("X-AIWM-Node: node-");
        return body(printed);
    }

    private static String said(JsonObject answer) {
        return answer.getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message")
                .getString("content");
    }

    private void known(String... models) {
        await().atMost(SOON).untilAsserted(() -> {
            List<String> listed = body(curl("/v1/models", null)).getJsonArray("data").stream()
                    .map(one -> ((JsonObject) one).getString("id"))
                    .toList();
            assertThat(listed).contains(models);
        });
    }

    @Test
    void a_model_that_is_deployed_is_called_by_each_of_its_names() throws Exception {
        byte[] content =
                Files.readAllBytes(TinyModels.in(folder.resolve("tiny")).file(TinyModels.F16));
        api.expect(
                201,
                api.upload(
                        "/api/models/upload?name=tiny&task=text-generation&path=tiny.gguf&sha256="
                                + Sha256.hex(content),
                        content));
        api.expect(200, api.put("/api/models/tiny/aliases/stable", new JsonObject().put("version", 1)));
        String id = deployments.create(llama("chat"));
        deployments.untilAllReady(id, 1);
        known("chat", "tiny");
        for (String name : List.of("chat", "tiny", "tiny@1", "tiny@stable", "chat@1")) {
            assertThat(said(answered(name)).strip()).as(name).isEqualTo(TinyModels.ANSWER.strip());
        }

        String streamed = curl("/v1/chat/completions", asks("tiny@stable", true));
        assertThat(streamed)
                .startsWith("HTTP/1.1 200")
                .containsIgnoringCase("Content-Type: text/event-stream")
                .contains("data: {", "data: [DONE]")
                .doesNotContain("\"usage\":{");
        assertThat(streamed.split("data: ")).hasSizeGreaterThan(5);

        String unknown = curl("/v1/chat/completions", asks("tiny@7", false));
        assertThat(unknown).startsWith("HTTP/1.1 404");
        assertThat(body(unknown).getJsonObject("error").getString("code")).isEqualTo("model_not_found");

        api.expect(201, api.put("/api/inference/aliases/gpt-4o-mini", new JsonObject("""
            {"targets":[{"to":"not-there","weight":9}],"fallback":["chat"]}\
            """)));
        assertThat(said(answered("gpt-4o-mini")).strip()).isEqualTo(TinyModels.ANSWER.strip());
        JsonObject shown = api.expect(200, api.get("/api/inference/models"));
        assertThat(shown.getJsonArray("items").stream().map(one -> ((JsonObject) one).getString("name")))
                .contains("chat", "gpt-4o-mini");

        api.expect(202, api.post("/api/deployments/" + id + "/stop", new JsonObject()));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(curl("/v1/chat/completions", asks("chat", false)))
                        .startsWith("HTTP/1.1 503")
                        .contains("model_not_ready"));
        api.expect(204, api.delete("/api/inference/aliases/gpt-4o-mini"));
        deployments.delete(id);
        api.expect(204, api.delete("/api/models/tiny"));
    }

    @Test
    void an_alias_spreads_calls_by_weight() throws Exception {
        String one = deployments.create(fast("one", "1"));
        String two = deployments.create(fast("two", "2"));
        deployments.untilAllReady(one, 1);
        deployments.untilAllReady(two, 1);
        api.expect(201, api.put("/api/inference/aliases/both", new JsonObject("""
            {"targets":[{"to":"one","weight":3},{"to":"two","weight":1}]}\
            """)));
        Map<String, Integer> said = new HashMap<>();
        for (int i = 0; i < 80; i++) {
            said.merge(said(answered("both")), 1, Integer::sum);
        }
        // 60 are to be expected; fewer than 44 or more than 76 come once in ten thousand runs
        assertThat(said.get("1")).isBetween(44, 76);
        assertThat(said.get("2")).isEqualTo(80 - said.get("1"));
        api.expect(202, api.post("/api/deployments/" + one + "/stop", new JsonObject()));
        deployments.until(one, seen -> seen.getString("status").equals("STOPPED"));
        for (int i = 0; i < 10; i++) {
            assertThat(said(answered("both"))).isEqualTo("2");
        }
        api.expect(204, api.delete("/api/inference/aliases/both"));
        deployments.delete(one);
        deployments.delete(two);
    }

    private SteadyLoad load(String model) {
        String token = api.token();
        String body = asks(model, false);
        return SteadyLoad.of(
                PER_SECOND,
                () -> HttpRequest.newBuilder(URI.create(api.url("/v1/chat/completions")))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)),
                model);
    }

    @Test
    void a_container_that_is_killed_an_update_and_a_smaller_number_lose_no_call() throws Exception {
        var update =
                new JsonObject().put("maxSurge", 1).put("maxUnavailable", 0).put("drainSeconds", 2);
        String id = deployments.create(fast("fast", "1").put("replicas", 3).put("update", update));
        JsonObject running = deployments.untilAllReady(id, 1);
        known("fast");
        answered("fast");
        SteadyLoad killed = load("fast");
        try (killed) {
            await().atMost(SOON).until(() -> killed.sent() > 2 * PER_SECOND);
            FLEET.fleet()
                    .killContainer(instances(running).findFirst().orElseThrow().getString("containerId"));
            deployments.until(id, seen -> seen.getInteger("readyReplicas") < 3);
            deployments.untilAllReady(id, 1);
        }
        System.out.println("killed: " + killed);
        assertThat(killed.lost()).isEmpty();
        assertThat(killed.sent()).isGreaterThan(PER_SECOND);

        SteadyLoad rolled = load("fast");
        try (rolled) {
            deployments.update(id, fast("fast", "2").put("replicas", 3).put("update", update));
            deployments.until(
                    id, seen -> "DONE".equals(seen.getJsonObject("rollout").getString("state")));
            deployments.untilAllReady(id, 2);
            deployments.scale(id, 1);
            deployments.untilAllReady(id, 2);
        }
        System.out.println("updated and scaled down: " + rolled);
        assertThat(rolled.lost()).isEmpty();
        assertThat(said(answered("fast"))).isEqualTo("2");
        deployments.nothingElseRuns(id);
        deployments.delete(id);
    }
}
