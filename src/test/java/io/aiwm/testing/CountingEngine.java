package io.aiwm.testing;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An OpenAI-compatible service that counts its calls by their prompts, and answers as many of them as it is told to. */
public final class CountingEngine implements AutoCloseable {
    public static final int PROMPT_TOKENS = 3;
    public static final int COMPLETION_TOKENS = 2;

    private final HttpServer server;
    private final Map<String, Integer> calls = new HashMap<>();
    private final List<Runnable> held = new ArrayList<>();
    private int mayAnswer = Integer.MAX_VALUE;
    private int status = 200;

    public CountingEngine(Vertx vertx) {
        server = vertx.createHttpServer()
                .requestHandler(this::handle)
                .listen(0, "127.0.0.1")
                .await();
    }

    public int port() {
        return server.actualPort();
    }

    /** It answers so many calls more, and holds those that come behind them. */
    public synchronized void answers(int more) {
        mayAnswer = more;
    }

    /** It answers with this status from now on. */
    public synchronized void status(int next) {
        status = next;
    }

    /** Answers what is held, and whatever comes. */
    public void release() {
        List<Runnable> now;
        synchronized (this) {
            mayAnswer = Integer.MAX_VALUE;
            now = List.copyOf(held);
            held.clear();
        }
        now.forEach(Runnable::run);
    }

    /** Calls that wait for an answer, those of callers who are gone included. */
    public synchronized int held() {
        return held.size();
    }

    public synchronized int calls() {
        return calls.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** By the prompt. */
    public synchronized Map<String, Integer> callsByPrompt() {
        return Map.copyOf(calls);
    }

    private void handle(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.exceptionHandler(gone -> {});
        request.body().onSuccess(body -> {
            boolean answer;
            synchronized (this) {
                calls.merge(prompt(body.toJsonObject()), 1, Integer::sum);
                answer = mayAnswer > 0;
                mayAnswer -= answer ? 1 : 0;
                if (!answer) {
                    held.add(() -> answer(response, body));
                }
            }
            if (answer) {
                answer(response, body);
            }
        });
    }

    private static String prompt(JsonObject body) {
        return body.getJsonArray("messages").getJsonObject(0).getString("content");
    }

    private void answer(HttpServerResponse response, Buffer body) {
        int now;
        synchronized (this) {
            now = status;
        }
        var message = new JsonObject().put("role", "assistant").put("content", prompt(body.toJsonObject()));
        var choice =
                new JsonObject().put("index", 0).put("finish_reason", "stop").put("message", message);
        var usage = new JsonObject()
                .put("prompt_tokens", PROMPT_TOKENS)
                .put("completion_tokens", COMPLETION_TOKENS)
                .put("total_tokens", PROMPT_TOKENS + COMPLETION_TOKENS);
        var all = new JsonObject()
                .put("id", "chatcmpl-1")
                .put("object", "chat.completion")
                .put("choices", new JsonArray().add(choice))
                .put("usage", usage);
        response.setStatusCode(now)
                .putHeader("Content-Type", "application/json")
                // with line ends, as some services write it
                .end(now == 200 ? all.encodePrettily() : "{\"error\":{\"message\":\"no\",\"code\":\"refused\"}}");
    }

    @Override
    public void close() {
        server.close().await();
    }
}
