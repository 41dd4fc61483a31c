package io.aiwm.testing;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A shell of a deployment over its WebSocket, as any client would use it. */
public final class ShellClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** So small that the kernel holds little of what is not read. */
    private static final int RECEIVE_BYTES = 64 * 1024;

    private final WebSocketClient client;
    private final ClientWebSocket socket;
    private final StringBuilder printed = new StringBuilder();
    private final CompletableFuture<JsonObject> begun = new CompletableFuture<>();
    private final CompletableFuture<JsonObject> ended = new CompletableFuture<>();
    private final CompletableFuture<Short> closed = new CompletableFuture<>();
    private long bytes;

    /** @param token null: the URL has a ticket. @param origin null: no browser */
    public ShellClient(Vertx vertx, String url, String token, String origin) {
        URI at = URI.create(url);
        var options = new WebSocketConnectOptions()
                .setHost(at.getHost())
                .setPort(at.getPort())
                .setURI(at.getRawPath() + (at.getRawQuery() == null ? "" : "?" + at.getRawQuery()));
        if (token != null) {
            options.addHeader("Authorization", "Bearer " + token);
        }
        if (origin != null) {
            options.addHeader("Origin", origin);
        }
        client = vertx.createWebSocketClient(new WebSocketClientOptions()
                .setMaxMessageSize(HttpClientOptions.DEFAULT_MAX_CHUNK_SIZE * 1_000)
                .setReceiveBufferSize(RECEIVE_BYTES));
        socket = client.webSocket();
        try {
            // heard from the beginning: it may be closed as soon as it is open
            socket.textMessageHandler(text -> told(new JsonObject(text)));
            socket.binaryMessageHandler(this::printed);
            socket.closeHandler(gone -> {
                closed.complete(socket.closeStatusCode());
                ended.complete(new JsonObject());
            });
            socket.connect(options)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | CompletionException refused) {
            client.close();
            throw refused.getCause() instanceof RuntimeException known ? known : new IllegalStateException(refused);
        } catch (InterruptedException | TimeoutException cause) {
            throw new IllegalStateException(cause);
        }
    }

    private void told(JsonObject what) {
        (what.getString("event").equals("begun") ? begun : ended).complete(what);
    }

    private synchronized void printed(Buffer more) {
        bytes += more.length();
        printed.append(more.toString(StandardCharsets.UTF_8));
    }

    /** Waits until it runs. */
    public ShellClient untilBegun() {
        get(begun);
        return this;
    }

    public void type(String text) {
        socket.writeBinaryMessage(Buffer.buffer(text));
    }

    public void say(String text) {
        socket.writeTextMessage(text);
    }

    public synchronized String text() {
        return printed.toString();
    }

    public synchronized long bytes() {
        return bytes;
    }

    /** Waits until all that was printed has this in it. */
    public void until(String text) {
        try {
            Awaitility.await().atMost(PATIENCE).until(() -> text().contains(text));
        } catch (ConditionTimeoutException late) {
            throw new AssertionError("printed: " + text(), late);
        }
    }

    /** What was told as its end; empty where the connection just broke. */
    public JsonObject ended() {
        return get(ended);
    }

    public int closeCode() {
        return get(closed);
    }

    public void pause() {
        socket.pause();
    }

    public void resume() {
        socket.resume();
    }

    private static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException cause) {
            throw new IllegalStateException("nothing was told within " + PATIENCE, cause);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
