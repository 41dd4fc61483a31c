package io.aiwm.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.PeerToken;
import io.aiwm.worker.WorkerSettings;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One worker's cache gives what it has to another's, over a real port. */
@Timeout(60)
class PeerServerTest {
    private static final int SIZE = 300_000;
    private static final byte[] KEY = PeerToken.key(new byte[32], "a");

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private Vertx vertx;
    private ModelServer store;
    private ModelHandlers serving;
    private String sha256;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        store = new ModelServer(vertx);
        sha256 = store.put("/m", SIZE, 1);
        serving = worker("a", true);
        serving.peers().start(() -> "127.0.0.1").await(10, TimeUnit.SECONDS);
        serving.peers().key(Base64.getUrlEncoder().encodeToString(KEY));
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void only_with_a_token_for_this_content_of_this_node_that_has_not_ended() throws Exception {
        pull(serving, null, 0);
        String good = token(KEY, sha256, 60);

        assertThat(get(sha256, good, null).statusCode()).isEqualTo(200);
        assertThat(get(sha256, null, null).statusCode()).isEqualTo(401);
        assertThat(get(sha256, token(KEY, sha256, -1), null).statusCode()).isEqualTo(401);
        assertThat(get(sha256, token(KEY, "0".repeat(64), 60), null).statusCode())
                .isEqualTo(401);
        assertThat(get(sha256, token(PeerToken.key(new byte[32], "b"), sha256, 60), null)
                        .statusCode())
                .isEqualTo(401);
        assertThat(get("0".repeat(64), token(KEY, "0".repeat(64), 60), null).statusCode())
                .isEqualTo(404);
        assertThat(get("../" + sha256, good, null).statusCode()).isIn(400, 404);
        serving.peers().key(null);
        assertThat(get(sha256, good, null).statusCode()).isEqualTo(401);
    }

    @Test
    void ranges_are_given_as_asked() throws Exception {
        pull(serving, null, 0);
        String token = token(KEY, sha256, 60);
        byte[] all = get(sha256, token, null).body();
        assertThat(Sha256.hex(all)).isEqualTo(sha256);

        HttpResponse<byte[]> rest = get(sha256, token, "bytes=299990-");
        assertThat(rest.statusCode()).isEqualTo(206);
        assertThat(rest.body()).hasSize(10);
        assertThat(rest.headers().firstValue("Content-Range")).contains("bytes 299990-299999/300000");
        assertThat(get(sha256, token, "bytes=5-7").body()).containsExactly(all[5], all[6], all[7]);
        HttpResponse<byte[]> beyond = get(sha256, token, "bytes=300000-");
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(beyond.headers().firstValue("Content-Range")).contains("bytes */300000");
        assertThat(get(sha256, token, "bytes=0-1,5-6").statusCode()).isEqualTo(200);
    }

    @Test
    void a_worker_fetches_from_a_peer_before_the_store() throws Exception {
        pull(serving, null, 0);
        long before = store.bytes.get();

        JsonObject output = pull(worker("b", false), token(KEY, sha256, 60), 0);

        assertThat(output.getString("source")).isEqualTo("peer");
        assertThat(store.bytes.get()).isEqualTo(before);
        Awaitility.await()
                .untilAsserted(() -> assertThat(serving.peers().servedBytes()).isEqualTo(SIZE));
    }

    @Test
    void a_peer_that_refuses_or_has_nothing_is_passed_over() throws Exception {
        assertThat(pull(worker("b", false), "0.wrong", 0).getString("source")).isEqualTo("store");
        assertThat(pull(worker("c", false), token(KEY, sha256, 60), 0).getString("source"))
                .isEqualTo("store");
    }

    /** A half content is not given out, and who may wait gets all of it without a second copy from the store. */
    @Test
    void a_peer_that_fetches_it_itself_is_waited_for() throws Exception {
        store.fault = ModelServer.Fault.STALLED;
        var cancel = Promise.<Void>promise();
        var first = run(serving, order(null, 0), cancel.future());
        Awaitility.await().until(() -> store.asked.size() == 1);
        assertThat(get(sha256, token(KEY, sha256, 60), null).statusCode()).isEqualTo(503);

        var second = run(
                worker("b", false),
                order(token(KEY, sha256, 60), 30_000),
                Promise.<Void>promise().future());
        vertx.timer(1_500).await(10, TimeUnit.SECONDS);
        assertThat(second.isComplete()).isFalse();
        cancel.complete();
        Awaitility.await().until(first::failed);
        store.fault = ModelServer.Fault.NONE;
        pull(serving, null, 0);

        assertThat(second.await(30, TimeUnit.SECONDS).getString("source")).isEqualTo("peer");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://169.254.169.254/models/blobs/%s",
                "http://127.0.0.1:1/other/%s",
                "http://127.0.0.1:1/models/blobs/%s?x=y"
            })
    void a_peer_is_asked_for_nothing_but_the_content(String url) throws Exception {
        var source = new JsonObject().put("kind", "peer").put("url", url.formatted(sha256));
        var order = new JsonObject().put("name", "m").put("sha256", sha256).put("sources", new JsonArray().add(source));

        var refused = run(worker("b", false), order, Promise.<Void>promise().future());

        Awaitility.await().until(refused::failed);
        assertThat(((CommandFailure) refused.cause()).error.category().name()).isIn("POLICY", "INVALID");
    }

    private JsonObject pull(ModelHandlers worker, String token, long waitMs) throws Exception {
        return run(worker, order(token, waitMs), Promise.<Void>promise().future())
                .await(20, TimeUnit.SECONDS);
    }

    /** @param token null: from the store alone */
    private JsonObject order(String token, long waitMs) {
        var sources = new JsonArray();
        if (token != null) {
            sources.add(new JsonObject()
                    .put("kind", "peer")
                    .put("url", serving.peers().url() + "/models/blobs/" + sha256)
                    .put("headers", new JsonObject().put("Authorization", "Bearer " + token))
                    .put("waitMs", waitMs));
        }
        sources.add(new JsonObject().put("kind", "store").put("url", store.url("/m")));
        return new JsonObject()
                .put("name", "m")
                .put("version", "1")
                .put("sha256", sha256)
                .put("sizeBytes", SIZE)
                .put("sources", sources);
    }

    private static Future<JsonObject> run(ModelHandlers worker, JsonObject data, Future<Void> cancelled) {
        return worker.all().stream()
                .filter(one -> one.name().equals("model.cache"))
                .findFirst()
                .orElseThrow()
                .run(new Command("ex_1.0.1", "model.cache", data, Instant.MAX, (p, m) -> {}, cancelled));
    }

    private ModelHandlers worker(String name, boolean serves) {
        return new ModelHandlers(
                vertx,
                folder.resolve(name),
                WorkerSettings.policy("127.0.0.1"),
                new Config.ModelCache(0L, serves, "127.0.0.1", 0, 4),
                null,
                () -> Future.succeededFuture(Map.of()));
    }

    private static String token(byte[] key, String digest, long seconds) {
        return PeerToken.make(key, digest, Instant.now().plusSeconds(seconds));
    }

    private HttpResponse<byte[]> get(String digest, String token, String range) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(serving.peers().url() + "/models/blobs/" + digest));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (range != null) {
            request.header("Range", range);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }
}
