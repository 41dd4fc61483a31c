package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.FileTrees;
import io.aiwm.inference.usage.MappedPage;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.LlamaImage;
import io.aiwm.testing.RunningFleet;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A controller, a worker with a replica and a proxy with TLS, each a JVM of its own; the controller dies and comes back. */
@Timeout(400)
@Tag("pairwise")
class ProxyIT {
    private static final int PER_SECOND = 200;
    private static final Duration SOON = Duration.ofSeconds(40);
    private static final String NODE = "node-proxy";
    /** Answers any call at once. */
    private static final String FAST = "require('http').createServer((q,s)=>{q.resume();q.on('end',()=>{"
            + "s.setHeader('content-type','application/json');s.end(JSON.stringify({id:'x',object:'chat.completion',"
            + "choices:[{index:0,finish_reason:'stop',message:{role:'assistant',content:'hello'}}],"
            + "usage:{prompt_tokens:1,completion_tokens:1,total_tokens:2}}))})}).listen(process.env.PORT||8080);"
            + "process.on('SIGTERM',()=>process.exit(0))";

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(0, 1);

    private final AiwmClient api = FLEET.api();
    private final FleetDeployments deployments = FLEET.deployments();
    private Path folder;
    private AiwmProcess proxy;
    private final Vertx vertx = Vertx.vertx();
    private HttpClient http;

    @BeforeEach
    void start() throws Exception {
        folder = Files.createTempDirectory("aiwm-proxy");
        certificate();
        proxy = AiwmProcess.of("worker", folder.resolve(NODE))
                .with("AIWM_CLUSTER_NAME", FLEET.fleet().cluster)
                .with(
                        "CONTROLLER_WS_URL",
                        "ws://127.0.0.1:" + FLEET.fleet().controller.port() + "/ws/node")
                .with("NODE_ID", NODE)
                .with("NODE_TOKEN", api.nodeToken(NODE))
                .with("AIWM_WORKER_ROLE", "proxy")
                .with("AIWM_WORKER_DOCKER_ENABLED", false)
                .with("AIWM_WORKER_PROXY_CERTIFICATE", folder.resolve("cert.pem"))
                .with("AIWM_WORKER_PROXY_KEY", folder.resolve("key.pem"));
        port = AiwmProcess.freePort();
        proxy.with("AIWM_WORKER_PROXY_PORT", port).startAndWait();
        api.expect(200, api.patch("/api/nodes/" + NODE, new JsonObject().put("role", "proxy")));
        http = vertx.createHttpClient(
                new HttpClientOptions()
                        .setSsl(true)
                        .setTrustOptions(new PemTrustOptions()
                                .addCertPath(folder.resolve("cert.pem").toString())),
                new PoolOptions().setHttp1MaxSize(64).setMaxWaitQueueSize(-1));
    }

    private int port;

    @AfterEach
    void stop() throws IOException {
        vertx.close().await();
        proxy.close();
        FileTrees.delete(folder);
    }

    private void certificate() throws Exception {
        var made = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:prime256v1",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=localhost",
                        "-addext",
                        "subjectAltName=DNS:localhost",
                        "-keyout",
                        folder.resolve("key.pem").toString(),
                        "-out",
                        folder.resolve("cert.pem").toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(made.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(made.waitFor()).as(said).isZero();
    }

    private static JsonObject fast() {
        var probe = new JsonObject()
                .put("http", new JsonObject().put("port", 8_080).put("path", "/"))
                .put("periodMs", 200);
        return new JsonObject()
                .put("name", "chat")
                .put("engine", new JsonObject().put("type", "custom").put("port", 8_080))
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", LlamaImage.tag())
                                .put("pullPolicy", "never")
                                .put("entrypoint", new JsonArray().add("/usr/bin/node"))
                                .put("command", new JsonArray().add("-e").add(FAST))
                                .put("probes", new JsonObject().put("readiness", probe)));
    }

    /** Status and body. */
    private Future<String> call(String key) {
        return http.request(HttpMethod.POST, port, "localhost", "/v1/chat/completions")
                .compose(
                        request -> request.putHeader("Authorization", "Bearer " + key)
                                .putHeader("Content-Type", "application/json")
                                .send(
                                        "{\"model\":\"chat\",\"messages\":[{\"role\":\"user\",\"content\":\"a prompt nobody logs\"}]}"))
                .compose(answer -> answer.body().map(body -> answer.statusCode() + " " + body))
                .timeout(10, TimeUnit.SECONDS);
    }

    /** 0: no answer. */
    private int status(String key) {
        return call(key)
                .map(answer -> Integer.parseInt(answer.substring(0, 3)))
                .otherwise(0)
                .await();
    }

    /** This many calls at a fixed rate; those that were not answered with 200. */
    private List<String> steady(String key, int perSecond, int calls, Runnable midway) {
        var lost = new ConcurrentLinkedQueue<String>();
        var answers = new Future<?>[calls];
        long begun = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            long due = begun + i * TimeUnit.SECONDS.toNanos(1) / perSecond;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            answers[i] = call(key).transform(answer -> {
                if (answer.failed() || !answer.result().startsWith("200 ")) {
                    lost.add(answer.failed() ? answer.cause().toString() : answer.result());
                }
                return Future.<Void>succeededFuture();
            });
            if (i == calls / 4) {
                midway.run();
            }
        }
        Future.join(List.of(answers)).await();
        return List.copyOf(lost);
    }

    /** What a deployment's events say of proxies, newest first. */
    private List<String> noted(String id) {
        return api
                .expect(200, api.get("/api/deployments/" + id + "/events?pageSize=200"))
                .getJsonArray("items")
                .stream()
                .map(JsonObject.class::cast)
                .filter(event -> "proxies.configured".equals(event.getString("code")))
                .map(event -> event.getString("text"))
                .toList();
    }

    /** Calls that the proxy keeps because no controller has counted them. */
    private long kept() {
        try (Stream<Path> files = Files.list(folder.resolve(NODE).resolve("data/worker/proxy/usage"))) {
            return files.filter(file -> file.toString().endsWith(".page"))
                    .mapToLong(ProxyIT::lines)
                    .sum();
        } catch (IOException cause) {
            throw new java.io.UncheckedIOException(cause);
        }
    }

    private static long lines(Path file) {
        try {
            return MappedPage.read(file).lines().stream()
                    .filter(line -> !line.isBlank())
                    .count();
        } catch (IOException counted) {
            return 0;
        }
    }

    @Test
    void calls_go_on_without_a_controller_and_are_counted_when_it_returns() throws Exception {
        // it says every 10 s that it is a proxy, until somebody has given it the role
        await().atMost(SOON).until(() -> api.get("/api/nodes/" + NODE).json().getJsonObject("proxy") != null);
        String id = deployments.create(fast());
        deployments.untilAllReady(id, 1);
        String key = api.expect(
                        201,
                        api.post(
                                "/api/api-keys",
                                new JsonObject().put("name", "proxy").put("role", "OPERATOR")))
                .getString("key");
        await().atMost(SOON).until(() -> status(key) == 200);
        assertThat(status("aiwm_none_of_ours")).isEqualTo(401);
        await().atMost(SOON).untilAsserted(() -> {
            JsonObject shown = api.get("/api/nodes/" + NODE).json().getJsonObject("proxy");
            assertThat(shown).isNotNull();
            assertThat(shown.getBoolean("current")).isTrue();
            assertThat(shown.getString("url")).isEqualTo("https://127.0.0.1:" + port);
        });
        await().atMost(SOON).untilAsserted(() -> assertThat(noted(id)).containsExactly("1 of 1 proxy calls it"));
        Path config = folder.resolve(NODE).resolve("data/worker/proxy/config.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(config)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(config)).doesNotContain(key);
        await().atMost(SOON).until(() -> kept() == 0);

        // connections that are open and programs that are warm: what is shown is the controller's end, not theirs
        assertThat(steady(key, PER_SECOND / 10, PER_SECOND / 2, () -> {})).isEmpty();
        var killed = new AtomicInteger();
        List<String> lost = steady(key, PER_SECOND, 10 * PER_SECOND, () -> {
            FLEET.fleet().controller.kill9();
            killed.incrementAndGet();
        });
        assertThat(killed).hasValue(1);
        assertThat(lost)
                .as("of %d calls, the controller killed in their midst", 10 * PER_SECOND)
                .isEmpty();

        proxy.kill9();
        proxy.start();
        await().atMost(SOON).until(() -> status(key) == 200);
        assertThat(proxy.output()).doesNotContain("a prompt nobody logs").doesNotContain(key);
        await().atMost(SOON).until(() -> kept() > 7 * PER_SECOND);
        long waiting = kept();
        System.out.printf(
                "%d calls, 0 lost, %d wait to be counted after a restart without a controller%n",
                10 * PER_SECOND, waiting);

        FLEET.fleet().controller.startAndWait();
        await().atMost(Duration.ofSeconds(90)).until(() -> kept() == 0);
        assertThat(status(key)).isEqualTo(200);

        proxy.kill9();
        deployments.scale(id, 2);
        deployments.untilAllReady(id, 1);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(noted(id)).contains("0 of 1 proxy calls it; not yet: " + NODE));
        deployments.delete(id);
    }
}
