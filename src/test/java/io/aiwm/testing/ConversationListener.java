package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A page that hears a conversation at the event bridge, and goes on behind what it has when it connects again. */
public final class ConversationListener implements AutoCloseable {
    private final AiwmClient api;
    private final WebSocketClient client;
    private final String address;
    private final List<JsonObject> heard = new CopyOnWriteArrayList<>();
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private WebSocket socket;

    public ConversationListener(Vertx vertx, AiwmClient api, String conversationId) {
        this.api = api;
        this.client = vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxMessageSize(1 << 20).setMaxFrameSize(1 << 20));
        this.address = "aiwm.conversation." + conversationId;
    }

    public void connect() {
        String ticket = api.expect(200, api.post("/api/auth/ticket", null)).getString("ticket");
        socket = client.connect(new WebSocketConnectOptions()
                        .setAbsoluteURI(
                                api.url("/eventbus/websocket?ticket=" + ticket).replaceFirst("^http", "ws")))
                .await();
        socket.textMessageHandler(text -> {
            var message = new JsonObject(text);
            if ("rec".equals(message.getString("type"))) {
                heard.add(message.getJsonObject("body"));
            } else {
                refused.add(text);
            }
        });
        var headers = new JsonObject();
        if (!heard.isEmpty()) {
            headers.put("after", heard.get(heard.size() - 1).getString("id"));
        }
        socket.writeTextMessage(new JsonObject()
                        .put("type", "register")
                        .put("address", address)
                        .put("headers", headers)
                        .encode())
                .await();
    }

    /** What was heard and what was refused. */
    @Override
    public String toString() {
        return heard + ", refused: " + refused;
    }

    /** Whether an event of this type came last. */
    public boolean endsWith(String type) {
        return !heard.isEmpty() && heard.get(heard.size() - 1).getString("type").equals(type);
    }

    /** Each event says rightly what it follows, and all messages of the conversation but those of the user were told. */
    public void assertWhole(String when, JsonObject messages) {
        assertThat(refused).as(when).isEmpty();
        String last = null;
        for (JsonObject each : heard) {
            String after = each.getString("after");
            assertThat(after == null || after.equals(last))
                    .as(when + ": " + each)
                    .isTrue();
            last = each.getString("id");
        }
        for (Object each : messages.getJsonArray("items")) {
            var message = (JsonObject) each;
            if (!message.getString("role").equals("user")) {
                assertThat(heard)
                        .as(when)
                        .anyMatch(event -> event.getString("type").equals("message")
                                && event.getJsonObject("data").getString("id").equals(message.getString("id")));
            }
        }
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
        client.close().await();
    }
}
