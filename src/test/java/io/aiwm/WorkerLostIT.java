package io.aiwm;

import static io.aiwm.testing.FleetDeployments.addresses;
import static io.aiwm.testing.FleetDeployments.instances;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.LlamaImage;
import io.aiwm.testing.SteadyLoad;
import io.aiwm.testing.TestImages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One deployment with a replica on each of three workers, and one of these machines is lost under load. */
@Timeout(300)
class WorkerLostIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int PER_SECOND = 60;
    private static final int STREAMS = 9;
    /** Of the engine, in its container. */
    private static final int PORT = 8_080;
    /** Answers calls after 300 ms, so that many are in flight, and streams 60 pieces in three seconds. */
    private static final String SLOW = "require('http').createServer((q,s)=>{let b='';q.on('data',d=>b+=d);"
            + "q.on('end',()=>{if(b&&JSON.parse(b).stream){s.setHeader('content-type','text/event-stream');let n=0;"
            + "const t=setInterval(()=>{s.write('data: '+JSON.stringify({id:'x',object:'chat.completion.chunk',"
            + "choices:[{index:0,delta:{content:'a'},finish_reason:null}]})+'\\n\\n');"
            + "if(++n===60){clearInterval(t);s.end('data: [DONE]\\n\\n')}},50)}else setTimeout(()=>{"
            + "s.setHeader('content-type','application/json');s.end(JSON.stringify({id:'x',object:'chat.completion',"
            + "choices:[{index:0,finish_reason:'stop',message:{role:'assistant',content:'a'}}],"
            + "usage:{prompt_tokens:1,completion_tokens:1,total_tokens:2}}))},b?300:0)})}).listen(" + PORT + ");"
            + "process.on('SIGTERM',()=>process.exit(0))";

    @TempDir
    static Path folder;

    private static AiwmFleet fleet;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void start() {
        AiwmFleet.requireEngine();
        LlamaImage.tag();
        fleet = new AiwmFleet(folder, 0, 3, Map.of());
    }

    @AfterAll
    static void stop() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private static JsonObject three() {
        var probe = new JsonObject()
                .put("http", new JsonObject().put("port", PORT).put("path", "/"))
                .put("periodMs", 200);
        return new JsonObject()
                .put("name", "chat")
                .put("replicas", 3)
                .put("engine", new JsonObject().put("type", "custom").put("port", PORT))
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", LlamaImage.tag())
                                .put("pullPolicy", "never")
                                .put("entrypoint", new JsonArray().add("/usr/bin/node"))
                                .put("command", new JsonArray().add("-e").add(SLOW))
                                .put("probes", new JsonObject().put("readiness", probe)));
    }

    private static HttpRequest.Builder chat(String token, boolean stream) {
        var message = new JsonObject().put("role", "user").put("content", "Hi");
        var body = new JsonObject()
                .put("model", "chat")
                .put("stream", stream)
                .put("messages", new JsonArray().add(message));
        return HttpRequest.newBuilder(URI.create(fleet.api.url("/v1/chat/completions")))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()));
    }

    /** @param rest its lines to come */
    private record Streamed(String node, CompletableFuture<List<String>> rest) {
        static Streamed of(HttpResponse<Stream<String>> begun) {
            return new Streamed(
                    begun.headers().firstValue("X-AIWM-Node").orElseThrow(),
                    CompletableFuture.supplyAsync(() -> begun.body()
                            .filter(line -> line.startsWith("data: "))
                            .toList()));
        }
    }

    /** Streams that have begun, on every replica. */
    private static List<Streamed> streams(String token) {
        var begun = new ArrayList<CompletableFuture<Streamed>>();
        for (int i = 0; i < STREAMS; i++) {
            begun.add(HTTP.sendAsync(chat(token, true).build(), HttpResponse.BodyHandlers.ofLines())
                    .thenApply(Streamed::of));
        }
        return begun.stream().map(CompletableFuture::join).toList();
    }

    @Test
    void calls_are_answered_by_other_replicas_and_streams_end_with_an_error() throws IOException {
        var deployments = new FleetDeployments(fleet);
        String id = deployments.create(three());
        JsonObject running = deployments.untilAllReady(id, 1);
        assertThat(instances(running).map(one -> one.getString("nodeId")).distinct())
                .hasSize(3);
        String token = fleet.api.token();
        await().atMost(SOON).until(() -> fleet.api.get("/v1/models").text().contains("\"chat\""));
        SteadyLoad load = SteadyLoad.of(PER_SECOND, () -> chat(token, false), "chat");
        try (load) {
            await().atMost(SOON).until(() -> load.sent() >= PER_SECOND);
            List<Streamed> streams = streams(token);
            String dead = streams.get(0).node;
            JsonObject lost = instances(running)
                    .filter(one -> dead.equals(one.getString("nodeId")))
                    .findFirst()
                    .orElseThrow();
            fleet.workers.get(dead).kill9();
            TestImages.run(System.getenv("DOCKER_HOST"), null, "rm", "-f", lost.getString("containerId"));
            int before = load.sent();
            ends(streams, dead);
            await().atMost(SOON).until(() -> load.sent() - before >= PER_SECOND);
            isLeftAlone(
                    addresses(new JsonObject().put("instances", new JsonArray().add(lost)))
                            .get(0),
                    load);
        }
        System.out.println("a worker and its container killed: " + load);
        assertThat(load.lost()).isEmpty();
    }

    private static void ends(List<Streamed> streams, String dead) {
        assertThat(streams.stream().filter(each -> !each.node.equals(dead))).isNotEmpty();
        assertThat(streams).allSatisfy(each -> {
            List<String> lines = each.rest.join();
            String last = lines.get(lines.size() - 1);
            if (each.node.equals(dead)) {
                assertThat(new JsonObject(last.substring("data: ".length())).getJsonObject("error"))
                        .as(last)
                        .isNotNull();
                assertThat(lines).doesNotContain("data: [DONE]");
            } else {
                assertThat(last).isEqualTo("data: [DONE]");
                assertThat(lines).hasSize(61);
            }
        });
    }

    /**
     * What listens in its place now is asked by few calls: those by which a gateway finds out whether it is back, of which there
     * are more the longer the calls take. One of three replicas that is not left alone is asked by a third of them.
     */
    private static void isLeftAlone(String address, SteadyLoad load) throws IOException {
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        var asked = new AtomicInteger();
        int sent;
        try (var inItsPlace = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
            var accepting = new Thread(() -> accept(inItsPlace, asked), "in-its-place");
            accepting.start();
            int before = load.sent();
            await().atMost(SOON).until(() -> load.sent() - before >= 3 * PER_SECOND);
            sent = load.sent() - before;
        }
        assertThat(asked.get())
                .as("calls that came to %s, of %s", address, sent)
                .isLessThanOrEqualTo(sent / 10);
    }

    private static void accept(ServerSocket server, AtomicInteger asked) {
        try {
            while (true) {
                server.accept().close();
                asked.incrementAndGet();
            }
        } catch (IOException closed) {
            // the test is over
        }
    }
}
