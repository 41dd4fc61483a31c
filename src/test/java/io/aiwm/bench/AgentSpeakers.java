package io.aiwm.bench;

import io.aiwm.testing.AiwmClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The same conversations, said to an agent and said to a model: a conversation has so many turns, and then another one begins in its
 * place. Who speaks to the model sends the whole history each time, as the agent does.
 */
final class AgentSpeakers {
    private static final String SYSTEM = "Answer at length.";
    private static final String SAID = "Say something of about twenty tokens.";

    private AgentSpeakers() {}

    /** The shape of a conversation. @param chunks of an answer. @param paceMillis between two of them */
    record Talk(int turns, int chunks, int paceMillis) {
        private JsonObject parameters() {
            return new JsonObject().put("max_tokens", chunks).put("pace_ms", paceMillis);
        }
    }

    /** Makes an agent on the model {@code bench}. @param port of the controller */
    static Speaker agent(Vertx vertx, AiwmClient api, int port, Talk talk) {
        api.expect(
                201,
                api.post(
                        "/api/instructions",
                        new JsonObject().put("name", "bench").put("systemPrompt", SYSTEM)));
        api.expect(
                201,
                api.post(
                        "/api/agents",
                        new JsonObject()
                                .put("name", "bench")
                                .put("instructionId", "bench")
                                .put("model", "bench")
                                .put("parameters", talk.parameters())));
        return new ToAgent(vertx.createHttpClient(), port, headers(api), talk);
    }

    /** @param port of the gateway, or of the engine */
    static Speaker model(AiwmClient api, int port, Talk talk) {
        var bodies = new ArrayList<Buffer>();
        var messages = new JsonArray().add(message("system", SYSTEM));
        for (int turn = 0; turn < talk.turns(); turn++) {
            messages.add(message("user", SAID));
            bodies.add(talk.parameters()
                    .put("model", "bench")
                    .put("messages", messages)
                    .put("stream", true)
                    .toBuffer());
            messages.add(message("assistant", ModelBenchServer.PIECE.repeat(talk.chunks())));
        }
        Map<String, String> headers = headers(api);
        return new ToModel(port, headers, bodies);
    }

    private static JsonObject message(String role, String content) {
        return new JsonObject().put("role", role).put("content", content);
    }

    private static Map<String, String> headers(AiwmClient api) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Content-Type", "application/json");
        headers.put("Authorization", "Bearer " + api.token());
        return headers;
    }

    private record ToModel(int port, Map<String, String> headers, List<Buffer> bodies) implements Speaker {
        @Override
        public Future<Words> next(int conversation, int turn) {
            return Future.succeededFuture(new Words("/v1/chat/completions", bodies.get(turn % bodies.size())));
        }

        @Override
        public String callMark() {
            return null;
        }

        @Override
        public String pieceMark() {
            return "\"content\"";
        }

        @Override
        public String endMark() {
            return "[DONE]";
        }
    }

    /** On the event loop of the load alone. */
    private static final class ToAgent implements Speaker {
        private final HttpClient client;
        private final int port;
        private final Map<String, String> headers;
        private final Map<String, String> streamed;
        private final Talk talk;
        /** Where each conversation is spoken to now. */
        private final Map<Integer, Words> now = new HashMap<>();

        ToAgent(HttpClient client, int port, Map<String, String> headers, Talk talk) {
            this.client = client;
            this.port = port;
            this.headers = headers;
            this.streamed = new LinkedHashMap<>(headers);
            this.talk = talk;
            streamed.put("Accept", "text/event-stream");
        }

        @Override
        public int port() {
            return port;
        }

        @Override
        public Map<String, String> headers() {
            return streamed;
        }

        @Override
        public Future<Words> next(int conversation, int turn) {
            return turn % talk.turns() == 0
                    ? another().onSuccess(words -> now.put(conversation, words))
                    : Future.succeededFuture(now.get(conversation));
        }

        private Future<Words> another() {
            return client.request(HttpMethod.POST, port, "127.0.0.1", "/api/conversations")
                    .compose(request -> {
                        headers.forEach(request::putHeader);
                        return request.send(
                                new JsonObject().put("agentId", "bench").toBuffer());
                    })
                    .compose(answer -> answer.body().map(made -> {
                        if (answer.statusCode() != 201) {
                            throw new IllegalStateException("no conversation: " + answer.statusCode() + " " + made);
                        }
                        return new Words(
                                "/api/conversations/" + made.toJsonObject().getString("id") + "/messages",
                                new JsonObject().put("content", SAID).toBuffer());
                    }));
        }

        @Override
        public String callMark() {
            return "event: restart";
        }

        @Override
        public String pieceMark() {
            return "event: delta";
        }

        @Override
        public String endMark() {
            return "\"COMPLETED\"";
        }
    }
}
