package io.aiwm.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;

/** The API of the controller that is measured. */
final class BenchApi {
    final HttpClient client;
    private final Vertx vertx;
    private final int port;
    /** Null: nobody has signed in. */
    volatile String token;

    BenchApi(Vertx vertx, int port) {
        this.vertx = vertx;
        this.port = port;
        client = vertx.createHttpClient(
                new HttpClientOptions().setKeepAliveTimeout(300),
                new PoolOptions().setHttp1MaxSize(1_000).setMaxWaitQueueSize(-1));
    }

    /** From the main thread: the call is made on an event loop, or its body could come before anyone listens to it. */
    JsonObject call(HttpMethod method, String path, JsonObject body) throws Exception {
        Promise<JsonObject> answered = Promise.promise();
        vertx.runOnContext(loop -> ask(method, path, body).onComplete(answered));
        return answered.future().await(30, TimeUnit.SECONDS);
    }

    private Future<JsonObject> ask(HttpMethod method, String path, JsonObject body) {
        return client.request(method, port, "127.0.0.1", path)
                .compose(request -> {
                    if (token != null) {
                        request.putHeader("Authorization", "Bearer " + token);
                    }
                    request.putHeader("Content-Type", "application/json");
                    return body == null ? request.send() : request.send(body.toBuffer());
                })
                .compose(answer -> answer.body().map(text -> {
                    if (answer.statusCode() >= 300) {
                        throw new IllegalStateException(method + " " + path + ": " + answer.statusCode() + " " + text);
                    }
                    return text.length() == 0 ? new JsonObject() : text.toJsonObject();
                }));
    }
}
