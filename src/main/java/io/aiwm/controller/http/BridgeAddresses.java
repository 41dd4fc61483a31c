package io.aiwm.controller.http;

import io.aiwm.protocol.Address;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the sockets of one event loop hear: each address is listened to once, and what is said there is written once for all of
 * them. Used on that event loop only.
 */
final class BridgeAddresses {
    private final Vertx vertx;
    private final Context context;
    private final Map<String, Heard> all = new HashMap<>();

    /** Who hears an address. */
    private static final class Heard {
        private final Set<BridgeSocket> sockets = new LinkedHashSet<>();
        private MessageConsumer<?> consumer;
    }

    BridgeAddresses(Vertx vertx, Context context) {
        this.vertx = vertx;
        this.context = context;
    }

    void add(String address, BridgeSocket socket) {
        Heard heard = all.computeIfAbsent(address, first -> new Heard());
        heard.sockets.add(socket);
        if (heard.consumer == null) {
            heard.consumer = new Address<>(address, JsonObject.class, Void.class, Address.Reach.PROCESS)
                    .listen(vertx, body -> context.runOnContext(go -> tell(address, heard, body)));
        }
    }

    void remove(String address, BridgeSocket socket) {
        Heard heard = all.get(address);
        if (heard != null && heard.sockets.remove(socket) && heard.sockets.isEmpty()) {
            all.remove(address);
            heard.consumer.unregister();
        }
    }

    private static void tell(String address, Heard heard, JsonObject body) {
        String frame = frame(address, body);
        // telling may close one of them
        List.copyOf(heard.sockets).forEach(socket -> socket.tell(address, body, frame));
    }

    static String frame(String address, JsonObject body) {
        return new JsonObject()
                .put("type", "rec")
                .put("address", address)
                .put("body", body)
                .encode();
    }
}
