package io.aiwm.controller.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** The socket over which a Chromium is driven, and what its pages complain about. */
final class DevTools implements AutoCloseable {
    /** Chromium is many processes, and beside other tests each of them may wait long for its turn. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int MESSAGE_BYTES = 64 * 1024 * 1024;

    private static final int CONNECT_TRIES = 20;

    /** Kept, because one that nobody refers to is collected, and closes its connections. */
    private final WebSocketClient client;

    private final WebSocket socket;
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<Integer, Promise<JsonObject>> asked = new ConcurrentHashMap<>();
    /** What the page complained about: exceptions, refused policies, failed requests. */
    final List<String> complaints = new CopyOnWriteArrayList<>();

    /** @param address as Chromium says it */
    DevTools(Vertx vertx, URI address) {
        client = vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxFrameSize(MESSAGE_BYTES).setMaxMessageSize(MESSAGE_BYTES));
        socket = connected(vertx, address, CONNECT_TRIES);
        socket.textMessageHandler(text -> heard(new JsonObject(text)));
    }

    /** Does something, and returns what is answered. @param to a session, null: the browser itself */
    JsonObject tell(String to, String method, JsonObject parameters) {
        return await(send(to, method, parameters));
    }

    /** Ends the browser, and waits for nothing. */
    void end() {
        socket.writeTextMessage("{\"id\":0,\"method\":\"Browser.close\"}");
    }

    @Override
    public void close() {
        await(socket.close());
    }

    /** A browser that has only just named its port may still drop the first handshake. */
    private WebSocket connected(Vertx vertx, URI address, int tries) {
        try {
            return await(client.connect(new WebSocketConnectOptions()
                    .setHost(address.getHost())
                    .setPort(address.getPort())
                    .setURI(address.getPath())));
        } catch (RuntimeException | AssertionError cause) {
            if (tries == 1) {
                throw cause;
            }
            await(vertx.timer(500));
            return connected(vertx, address, tries - 1);
        }
    }

    Future<JsonObject> send(String to, String method, JsonObject parameters) {
        int id = lastId.incrementAndGet();
        Promise<JsonObject> answer = Promise.promise();
        asked.put(id, answer);
        var message = new JsonObject().put("id", id).put("method", method).put("params", parameters);
        if (to != null) {
            message.put("sessionId", to);
        }
        socket.writeTextMessage(message.encode());
        return answer.future();
    }

    private void heard(JsonObject message) {
        Integer id = message.getInteger("id");
        if (id != null) {
            Promise<JsonObject> answer = asked.remove(id);
            if (answer == null) {
                return; // of Browser.close, which nobody waits for
            }
            if (message.containsKey("error")) {
                answer.fail(
                        new IllegalStateException(message.getJsonObject("error").encode()));
            } else {
                answer.complete(message.getJsonObject("result"));
            }
            return;
        }
        JsonObject said = message.getJsonObject("params");
        switch (message.getString("method")) {
            case "Runtime.exceptionThrown" ->
                complaints.add(said.getJsonObject("exceptionDetails").encode());
            case "Log.entryAdded" -> {
                if (said.getJsonObject("entry").getString("level").equals("error")) {
                    complaints.add(said.getJsonObject("entry").encode());
                }
            }
            // whether to leave the page while something is under way: as somebody who says yes
            case "Page.javascriptDialogOpening" ->
                send(
                        message.getString("sessionId"),
                        "Page.handleJavaScriptDialog",
                        new JsonObject().put("accept", true));
            default -> {
                // of no interest here
            }
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException cause) {
            throw new AssertionError("the browser does not answer", cause);
        }
    }
}
