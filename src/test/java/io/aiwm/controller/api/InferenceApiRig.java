package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.controller.http.ReadYourWrites;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.inference.Aliases;
import io.aiwm.controller.inference.CallableUsers;
import io.aiwm.controller.inference.Endpoints;
import io.aiwm.controller.inference.InUseCheck;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The inference gateway over REST, over a real store. */
@Timeout(60)
abstract class InferenceApiRig {
    static final String ENDPOINTS = "/api/inference/endpoints";

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    SqliteStore store;
    TestServer server;
    final AtomicInteger followed = new AtomicInteger();
    GatewayConfig config = GatewayConfig.EMPTY;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(StoredSecrets.COLLECTION, Aliases.COLLECTION, Endpoints.COLLECTION))
                .await();
        var clock = InstantSource.system();
        var secrets = new StoredSecrets(vertx, store, clock, new SecretCipher(new byte[32], List.of()));
        var inUse = new InUseCheck(() -> config);
        inUse.usedBy(() -> Future.succeededFuture(List.of(
                new CallableUsers.User("agent helper", "chat", null),
                new CallableUsers.User("agent other", "far", null))));
        server = new TestServer(List.of(
                new SecretResource(secrets),
                new ReadYourWrites(
                        new InferenceAliasResource(new Aliases(store, clock), "qwen"::equals, inUse), this::follow),
                new InferenceEndpointResource(new Endpoints(vertx, store, secrets, clock, false), Map::of, inUse)));
    }

    Future<Void> follow() {
        Promise<Void> done = Promise.promise();
        vertx.setTimer(20, later -> {
            followed.incrementAndGet();
            done.fail("the answer is the same");
        });
        return done.future();
    }

    @AfterEach
    void close() {
        server.close();
        store.close().await();
        vertx.close().await();
    }

    HttpResponse<String> put(String path, String body, String... headers) {
        return server.call("PUT", path, "operator", body, headers);
    }

    JsonObject get(String path) {
        return json(server.call("GET", path, "viewer", null), 200);
    }

    static JsonObject json(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }
}
