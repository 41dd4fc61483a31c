package io.aiwm.testing;

import static io.aiwm.testing.EngineChunks.begin;
import static io.aiwm.testing.EngineChunks.call;
import static io.aiwm.testing.EngineChunks.chunk;
import static io.aiwm.testing.EngineChunks.event;
import static io.aiwm.testing.EngineChunks.frame;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An OpenAI-compatible service for what {@link LlamaImage} cannot do. Where it is offered tools it calls one for Paris and one for
 * Oslo, in a stream with their pieces in turn, or, asked to {@code call NAME ARGUMENTS}, that one; their results are answered with {@link #AFTER_TOOLS}. The prompt {@code stall} is never
 * answered to its end, {@code break} breaks off, {@code limit} is answered with 429, any other one with {@link TinyModels#ANSWER}, or, where the system prompt is {@code Say TEXT}, with
 * that text. A prompt that is JSON with an {@code answer} and a {@code criterion} is judged: the answer passes if it has the criterion in it.
 */
public final class ToolCallingEngine implements AutoCloseable {
    private static final String AFTER_TOOLS = "It is 21 degrees in Paris and 9 in Oslo.";
    private static final String PARIS = "{\"city\": \"Paris\"}";
    private static final String OSLO = "{\"city\": \"Oslo\"}";
    private static final String CALL = "call ";
    private static final String SAY = "Say ";
    private static final Set<String> HARD = Set.of("stall", "break", "limit");
    private static final int PIECE = 5;
    private static final long LIMIT_SECONDS = 10;

    /** The bodies of calls, in order. */
    public final List<JsonObject> asked = new CopyOnWriteArrayList<>();

    /** Calls whose first message begins so are answered with 400; null: none. */
    public volatile String refuses;

    /** How many of the next calls are answered with 500. */
    public final AtomicInteger fails = new AtomicInteger();

    /** How many characters a token of a prompt has; 0: it counts every prompt as five tokens. */
    public volatile int charsPerToken;
    /** Tokens of a prompt that fit, of those that it counts; 0: all. */
    public volatile int context;
    /** What its list of models says of the context, as that of vLLM does; 0: it has none. */
    public volatile int maxModelLen;
    /** How often the list was read. */
    public final AtomicInteger listed = new AtomicInteger();

    /** Whether it says no more than {@code max_tokens} pieces. */
    public volatile boolean obeys;

    /** As whom it refuses what does not fit. */
    public volatile Refusing refusesAs = Refusing.OPENAI;

    /** Servers, by how they say that a prompt is too long. */
    public enum Refusing {
        OPENAI,
        /** With numbers. */
        LLAMA,
        /** Names the parameter. */
        VLLM,
        /** As vLLM did before: in a sentence alone. */
        SENTENCE
    }

    private final HttpServer server;
    private final BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();

    public ToolCallingEngine(Vertx vertx) {
        server = vertx.createHttpServer()
                .requestHandler(this::handle)
                .listen(0, "127.0.0.1")
                .await();
    }

    public int port() {
        return server.actualPort();
    }

    /** Waits until so many calls more are given up by whoever made them before they were answered. */
    public void awaitCancelled(int calls) throws InterruptedException {
        for (int i = 0; i < calls; i++) {
            if (cancelled.poll(LIMIT_SECONDS, TimeUnit.SECONDS) == null) {
                throw new AssertionError("only " + i + " of " + calls + " calls are given up");
            }
        }
    }

    private void handle(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.exceptionHandler(gone -> {});
        request.body().onSuccess(body -> {
            if (request.path().endsWith("/chat/completions")) {
                answer(body.toJsonObject(), response);
            } else if (request.path().endsWith("/models") && maxModelLen > 0) {
                listed.incrementAndGet();
                var model = new JsonObject().put("id", "scripted").put("max_model_len", maxModelLen);
                response.end(
                        new JsonObject().put("data", new JsonArray().add(model)).encode());
            } else {
                response.setStatusCode(404).end();
            }
        });
    }

    private void answer(JsonObject asked, HttpServerResponse response) {
        this.asked.add(asked);
        if (fails.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            response.setStatusCode(500)
                    .putHeader("Content-Type", "application/json")
                    .end("{\"error\":{\"message\":\"out of order\"}}");
            return;
        }
        String first = asked.getJsonArray("messages").getJsonObject(0).getString("content");
        if (refuses != null && first.startsWith(refuses)) {
            response.setStatusCode(400)
                    .putHeader("Content-Type", "application/json")
                    .end("{\"error\":{\"message\":\"not that\",\"type\":\"invalid_request_error\"}}");
            return;
        }
        int prompt = tokens(asked);
        if (context > 0 && prompt > context) {
            refuse(prompt, response);
            return;
        }
        JsonObject last = asked.getJsonArray("messages")
                .getJsonObject(asked.getJsonArray("messages").size() - 1);
        if (last.getString("role").equals("tool")) {
            answer(asked, pieces(AFTER_TOOLS), List.of(), response);
            return;
        }
        String said = String.valueOf(last.getValue("content"));
        if (said.startsWith(CALL)) {
            tool(said.substring(CALL.length()), response);
        } else if (asked.containsKey("tools")) {
            answer(asked, List.of(), List.of(PARIS, OSLO), response);
        } else {
            String system = String.valueOf(
                    asked.getJsonArray("messages").getJsonObject(0).getValue("content"));
            if (said.contains("\"criterion\"")) {
                answer(asked, pieces(judged(new JsonObject(said))), List.of(), response);
            } else if (system.startsWith(SAY) && !HARD.contains(said)) {
                answer(asked, pieces(system.substring(SAY.length())), List.of(), response);
            } else {
                prompt(asked, said, response);
            }
        }
    }

    private int tokens(JsonObject asked) {
        return charsPerToken == 0 ? 5 : asked.getJsonArray("messages").encode().length() / charsPerToken;
    }

    private void refuse(int prompt, HttpServerResponse response) {
        var error = new JsonObject().put("message", "too long");
        switch (refusesAs) {
            case OPENAI -> error.put("code", "context_length_exceeded").put("type", "invalid_request_error");
            case LLAMA ->
                error.put("code", 400)
                        .put("type", "exceed_context_size_error")
                        .put("n_prompt_tokens", prompt)
                        .put("n_ctx", context);
            case VLLM -> error.put("code", 400).put("type", "BadRequestError").put("param", "input_tokens");
            case SENTENCE ->
                error.put("code", 400).put("type", "BadRequestError").putNull("param");
        }
        response.setStatusCode(400)
                .putHeader("Content-Type", "application/json")
                .end(new JsonObject().put("error", error).encode());
    }

    private static String judged(JsonObject asked) {
        return asked.getString("answer").contains(asked.getString("criterion"))
                ? "PASS: it is there."
                : "FAIL: it is not there.";
    }

    private static void tool(String wanted, HttpServerResponse response) {
        int space = wanted.indexOf(' ');
        begin(response);
        JsonObject call = call(0, wanted.substring(space + 1));
        call.getJsonObject("function").put("name", wanted.substring(0, space));
        event(response, chunk(calls(call), null));
        event(response, chunk(new JsonObject(), "tool_calls"));
        response.end("data: [DONE]\n\n");
    }

    private void prompt(JsonObject asked, String prompt, HttpServerResponse response) {
        switch (prompt) {
            case "limit" ->
                response.setStatusCode(429)
                        .putHeader("Content-Type", "application/json")
                        .end("{\"error\":{\"message\":\"too"
                                + " many\",\"type\":\"rate_limit_error\",\"param\":null,\"code\":null}}");
            case "stall" -> {
                response.closeHandler(closed -> cancelled.add(prompt));
                if (asked.getBoolean("stream", false)) {
                    begin(response);
                    event(response, chunk(new JsonObject().put("content", "half"), null));
                }
            }
            case "break" -> {
                begin(response);
                event(response, chunk(new JsonObject().put("content", "half"), null))
                        .onComplete(sent -> response.reset());
            }
            default -> answer(asked, pieces(TinyModels.ANSWER), List.of(), response);
        }
    }

    private static List<String> pieces(String text) {
        return List.of(text.split("(?<=\\G.{" + PIECE + "})"));
    }

    private void answer(JsonObject asked, List<String> text, List<String> calls, HttpServerResponse response) {
        int most = obeys ? asked.getInteger("max_tokens", Integer.MAX_VALUE) : Integer.MAX_VALUE;
        if (text.size() > most) {
            cut(text.subList(0, most), response);
            return;
        }
        String finish = calls.isEmpty() ? "stop" : "tool_calls";
        var usage = new JsonObject()
                .put("prompt_tokens", tokens(asked))
                .put("completion_tokens", 7)
                .put("total_tokens", tokens(asked) + 7);
        if (!asked.getBoolean("stream", false)) {
            var message = new JsonObject().put("role", "assistant").put("content", String.join("", text));
            if (!calls.isEmpty()) {
                message.put("content", null).put("tool_calls", new JsonArray(List.of(call(0, PARIS), call(1, OSLO))));
            }
            var choice =
                    new JsonObject().put("index", 0).put("message", message).put("finish_reason", finish);
            response.putHeader("Content-Type", "application/json")
                    .end(frame("chat.completion", choice).put("usage", usage).encode());
            return;
        }
        begin(response);
        event(response, chunk(new JsonObject().put("role", "assistant").put("content", ""), null));
        text.forEach(piece -> event(response, chunk(new JsonObject().put("content", piece), null)));
        calls(calls, response);
        event(response, chunk(new JsonObject(), finish));
        event(response, frame("chat.completion.chunk", null).put("usage", usage));
        response.end("data: [DONE]\n\n");
    }

    private static void cut(List<String> text, HttpServerResponse response) {
        begin(response);
        text.forEach(piece -> event(response, chunk(new JsonObject().put("content", piece), null)));
        event(response, chunk(new JsonObject(), "length"));
        response.end("data: [DONE]\n\n");
    }

    private static void calls(List<String> calls, HttpServerResponse response) {
        for (int i = 0; i < calls.size(); i++) {
            event(response, chunk(calls(call(i, "")), null));
        }
        // a piece of each in turn
        for (int piece = 0; piece * PIECE < PARIS.length(); piece++) {
            for (int i = 0; i < calls.size(); i++) {
                List<String> pieces = pieces(calls.get(i));
                if (piece < pieces.size()) {
                    var function = new JsonObject().put("arguments", pieces.get(piece));
                    event(response, chunk(calls(new JsonObject().put("index", i).put("function", function)), null));
                }
            }
        }
    }

    private static JsonObject calls(JsonObject call) {
        return new JsonObject().put("tool_calls", new JsonArray().add(call));
    }

    @Override
    public void close() {
        server.close().await();
    }
}
