package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Asks the servers behind the name of a model for the length of its context, as vLLM tells it in its list of models. */
final class ServedContexts {
    private static final String PATH = "/v1/models";
    private static final String LENGTH = "max_model_len";
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int MOST_BYTES = 1 << 20;
    /** Of an alias, for example. */
    private static final int MOST_ASKED = 4;

    private ServedContexts() {}

    /** Tokens of prompt and answer together, the fewest of those that are told; 0: nobody tells it. Never fails. */
    static Future<Integer> of(CallLoop loop, String model) {
        List<Future<Integer>> asked = loop.shared.routing().get().plan(model).pools().stream()
                .filter(pool -> !pool.deployed().replicas().isEmpty())
                .limit(MOST_ASKED)
                .map(pool -> ask(loop, pool, model).otherwise(0))
                .toList();
        return Future.join(asked)
                .map(all -> asked.stream()
                        .mapToInt(Future::result)
                        .filter(tokens -> tokens > 0)
                        .min()
                        .orElse(0));
    }

    private static Future<Integer> ask(CallLoop loop, Pool pool, String model) {
        var headers = HttpHeaders.headers().set(HttpHeaders.ACCEPT, "application/json");
        String name = pool.upstreamModel() == null ? model : pool.upstreamModel();
        return loop.upstreams
                .request(pool.where(pool.deployed().replicas().get(0)), HttpMethod.GET, PATH, headers)
                .compose(request -> request.send()
                        .compose(ServedContexts::body)
                        .timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                        .onFailure(cause -> request.reset()))
                .map(body -> told(body, name));
    }

    private static Future<Buffer> body(HttpClientResponse response) {
        Promise<Buffer> promise = Promise.promise();
        Buffer whole = Buffer.buffer();
        response.handler(piece -> {
            if (whole.length() + piece.length() > MOST_BYTES) {
                promise.tryFail(GatewayError.of(502, InternalCalls.TOO_LONG, "the list of models is too long")
                        .refused());
            } else {
                whole.appendBuffer(piece);
            }
        });
        response.exceptionHandler(promise::tryFail);
        response.endHandler(end -> promise.tryComplete(whole));
        return promise.future();
    }

    /** 0: it does not say. @param name of the model there */
    private static int told(Buffer list, String name) {
        try {
            JsonArray models = list.toJsonObject().getJsonArray("data", new JsonArray());
            return models.stream()
                    .filter(one -> one instanceof JsonObject)
                    .map(JsonObject.class::cast)
                    .filter(one -> models.size() == 1 || name.equals(one.getValue("id")))
                    .map(one -> one.getValue(LENGTH))
                    .filter(length -> length instanceof Number)
                    .mapToInt(length -> (int) Math.max(0, Math.min(Integer.MAX_VALUE, ((Number) length).longValue())))
                    .findFirst()
                    .orElse(0);
        } catch (DecodeException | ClassCastException noList) {
            return 0;
        }
    }
}
