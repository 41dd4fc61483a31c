package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.auth.Principal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a browser reads that changes its mind before it is known whether it may. */
@Timeout(60)
class BridgeReadingsTest {
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private TestServer server;
    private WebSocketClient client;

    /** Its rights are known when the promise is completed. */
    private record Asked(String after, Promise<BridgeFeed.Reading> rights) {
        void known() {
            rights.complete(new BridgeFeed.Reading() {
                @Override
                public void resume(Consumer<JsonObject> listener) {
                    listener.accept(new JsonObject().put("after", after));
                }

                @Override
                public void pause() {}

                @Override
                public void look() {}

                @Override
                public void close() {}
            });
        }
    }

    @BeforeEach
    void open() {
        server = TestServer.withFeeds(List.of(), TestServer::verify, new BridgeFeed() {
            @Override
            public String addresses() {
                return "aiwm\\.thing\\.[a-z]+";
            }

            @Override
            public Future<Reading> open(Principal caller, String address, String after) {
                var one = new Asked(after, Promise.promise());
                asked.add(one);
                return one.rights().future();
            }
        });
        client = server.vertx.createWebSocketClient();
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static String said(String type, String after) {
        return new JsonObject()
                .put("type", type)
                .put("address", "aiwm.thing.a")
                .put("headers", new JsonObject().put("after", after))
                .encode();
    }

    @Test
    void who_leaves_and_registers_again_before_it_is_known_whether_it_may_reads_from_the_second_place()
            throws Exception {
        String ticket = new JsonObject(
                        server.call("POST", "/api/auth/ticket", "viewer", null).body())
                .getString("ticket");
        WebSocket socket = TestServer.await(client.connect(new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(server.port)
                .setURI("/eventbus/websocket?ticket=" + ticket)));
        var heard = new LinkedBlockingQueue<JsonObject>();
        socket.handler(buffer -> heard.add(buffer.toJsonObject()));
        socket.writeTextMessage(said("register", "1"));
        socket.writeTextMessage(said("unregister", "1"));
        socket.writeTextMessage(said("register", "2"));
        await().until(() -> asked.size() == 2);
        asked.forEach(Asked::known);
        await().until(() -> heard.stream().anyMatch(one -> one.containsKey("address")));
        JsonObject told = heard.stream()
                .filter(one -> one.containsKey("address"))
                .findFirst()
                .orElseThrow();
        assertThat(told.getJsonObject("body").getString("after")).isEqualTo("2");
    }
}
