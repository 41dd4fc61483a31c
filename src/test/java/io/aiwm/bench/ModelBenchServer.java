package io.aiwm.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * An engine that answers every chat completion at once, in a process of its own. {@code max_tokens} is the number of chunks of a
 * stream, {@code pace_ms} the time between two of them, which begins when the one before has left, or is that of a clock where
 * {@code fixed} is true.
 */
public final class ModelBenchServer {
    private static final String READY = "port ";
    /** The text of each chunk. */
    static final String PIECE = " token";

    /** Says why it ends, as engines do. */
    static final Buffer DONE = Buffer.buffer("data:"
            + " {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
            + "data: [DONE]\n\n");

    private static final Buffer ANSWER = new JsonObject()
            .put("id", "chatcmpl-1")
            .put("object", "chat.completion")
            .put("created", 1_700_000_000)
            .put("model", "bench")
            .put(
                    "choices",
                    new JsonArray()
                            .add(new JsonObject()
                                    .put("index", 0)
                                    .put(
                                            "message",
                                            new JsonObject()
                                                    .put("role", "assistant")
                                                    .put("content", "Twenty tokens of a model. ".repeat(4)))
                                    .put("finish_reason", "stop")))
            .put(
                    "usage",
                    new JsonObject()
                            .put("prompt_tokens", 12)
                            .put("completion_tokens", 20)
                            .put("total_tokens", 32))
            .toBuffer();
    private static final Buffer CHUNK = Buffer.buffer("data: "
            + new JsonObject()
                    .put("id", "chatcmpl-1")
                    .put("object", "chat.completion.chunk")
                    .put("created", 1_700_000_000)
                    .put("model", "bench")
                    .put(
                            "choices",
                            new JsonArray()
                                    .add(new JsonObject()
                                            .put("index", 0)
                                            .put("delta", new JsonObject().put("content", PIECE))
                                            .putNull("finish_reason")))
                    .encode()
            + "\n\n");

    private ModelBenchServer() {}

    static Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ModelBenchServer.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    static int port(Process server) throws IOException {
        BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(READY)) {
                return Integer.parseInt(line.substring(READY.length()));
            }
        }
        throw new IOException("the model server did not start");
    }

    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx();
        vertx.runOnContext(loop -> {
            var fixed = new FixedPace(vertx);
            vertx.createHttpServer()
                    .requestHandler(request -> request.body().onSuccess(body -> answer(vertx, fixed, request, body)))
                    .listen(0, "127.0.0.1")
                    .onSuccess(open -> System.out.println(READY + open.actualPort()));
        });
    }

    private static void answer(Vertx vertx, FixedPace fixed, HttpServerRequest request, Buffer body) {
        JsonObject asked = body.toJsonObject();
        HttpServerResponse response = request.response();
        if (!asked.getBoolean("stream", false)) {
            response.putHeader("Content-Type", "application/json").end(ANSWER);
            return;
        }
        response.putHeader("Content-Type", "text/event-stream").setChunked(true);
        int left = asked.getInteger("max_tokens", 50);
        int pace = asked.getInteger("pace_ms", 0);
        if (pace == 0) {
            // each chunk is a write of its own, as an engine makes them
            for (int i = 0; i < left; i++) {
                response.write(CHUNK);
            }
            response.end(DONE);
        } else if (asked.getBoolean("fixed", false)) {
            fixed.add(response, left, pace);
        } else {
            paced(vertx, response, left, pace);
        }
    }

    private static void paced(Vertx vertx, HttpServerResponse response, int left, int pace) {
        if (response.closed() || left == 0) {
            if (!response.closed()) {
                response.end(DONE);
            }
            return;
        }
        response.write(CHUNK);
        vertx.setTimer(pace, next -> paced(vertx, response, left - 1, pace));
    }
}
