package io.aiwm.controller.http;

import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.http.BridgeFeed.Reading;
import io.vertx.core.Context;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.handler.sockjs.BridgeEvent;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** What the sockets of one event loop read of {@link BridgeFeed}s: each is told no more than it takes. */
final class BridgeReadings {
    /** Stands for a reading whose rights are being looked up. */
    private static final Reading OPENING = new Reading() {
        @Override
        public void resume(Consumer<JsonObject> listener) {}

        @Override
        public void pause() {}

        @Override
        public void look() {}

        @Override
        public void close() {}
    };

    /** Of one socket; as many as it may register addresses. */
    static final int MOST = 16;

    private final Context context;
    private final Consumer<SockJSSocket> hasRoom;
    private final Map<Pattern, BridgeFeed> feeds = new HashMap<>();
    private final Map<SockJSSocket, Map<String, Reading>> readings = new HashMap<>();

    /** @param hasRoom hears of sockets that take messages again */
    BridgeReadings(Context context, List<BridgeFeed> feeds, Consumer<SockJSSocket> hasRoom) {
        this.context = context;
        this.hasRoom = hasRoom;
        feeds.forEach(feed -> this.feeds.put(Pattern.compile(feed.addresses()), feed));
    }

    private Optional<BridgeFeed> feedOf(String address) {
        return feeds.entrySet().stream()
                .filter(each -> each.getKey().matcher(address).matches())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    /** Whether it is an address of a feed: then it completes the event. */
    boolean registers(BridgeEvent event, Principal caller) {
        String address = event.getRawMessage().getString("address");
        Optional<BridgeFeed> feed = address == null ? Optional.empty() : feedOf(address);
        if (feed.isEmpty()) {
            return false;
        }
        SockJSSocket socket = event.socket();
        Map<String, Reading> ofSocket = readings.computeIfAbsent(socket, made -> new HashMap<>());
        if (ofSocket.size() >= MOST || ofSocket.putIfAbsent(address, OPENING) != null) {
            // of a second one Vert.x would forget the first
            event.complete(false);
            return true;
        }
        feed.get()
                .open(caller, address, after(event.getRawMessage()))
                .onComplete(done -> context.runOnContext(go -> {
                    boolean stays = readings.get(socket) == ofSocket && ofSocket.get(address) == OPENING;
                    if (done.failed() || !stays) {
                        if (done.succeeded()) {
                            done.result().close();
                        }
                        ofSocket.remove(address, OPENING);
                        event.tryComplete(false);
                        return;
                    }
                    ofSocket.put(address, done.result());
                    event.tryComplete(true);
                    socket.drainHandler(room -> drained(socket));
                    resume(socket, address, done.result());
                }));
        return true;
    }

    private static String after(JsonObject register) {
        return register.getValue("headers") instanceof JsonObject headers
                        && headers.getValue("after") instanceof String after
                ? after
                : null;
    }

    private static void resume(SockJSSocket socket, String address, Reading reading) {
        reading.resume(body -> {
            socket.write(new JsonObject()
                    .put("type", "rec")
                    .put("address", address)
                    .put("body", body)
                    .encode());
            if (socket.writeQueueFull()) {
                reading.pause();
            }
        });
    }

    private void drained(SockJSSocket socket) {
        hasRoom.accept(socket);
        readings.getOrDefault(socket, Map.of()).forEach((address, reading) -> resume(socket, address, reading));
    }

    void unregistered(SockJSSocket socket, String address) {
        Map<String, Reading> ofSocket = readings.get(socket);
        Reading ended = ofSocket == null ? null : ofSocket.remove(address);
        if (ended != null) {
            ended.close();
        }
    }

    void closed(SockJSSocket socket) {
        Map<String, Reading> ended = readings.remove(socket);
        if (ended != null) {
            ended.values().forEach(Reading::close);
        }
    }

    /** Called every other second. */
    void look() {
        Map.copyOf(readings).values().forEach(each -> List.copyOf(each.values()).forEach(Reading::look));
    }
}
