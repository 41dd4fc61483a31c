package io.aiwm.controller.http;

import io.aiwm.controller.http.BridgeFeed.Reading;
import io.vertx.core.Context;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** What the sockets of one event loop read of {@link BridgeFeed}s: each is told no more than it takes. */
final class BridgeReadings {
    /** Stands for a reading whose rights are being looked up. Each is itself alone: another one may follow before they are known. */
    private static final class Opening implements Reading {
        @Override
        public void resume(Consumer<JsonObject> listener) {}

        @Override
        public void pause() {}

        @Override
        public void look() {}

        @Override
        public void close() {}
    }

    /** Of one socket; as many as it may register addresses. */
    static final int MOST = 16;

    private final Context context;
    private final Map<Pattern, BridgeFeed> feeds = new HashMap<>();
    private final Map<BridgeSocket, Map<String, Reading>> readings = new HashMap<>();

    BridgeReadings(Context context, List<BridgeFeed> feeds) {
        this.context = context;
        feeds.forEach(feed -> this.feeds.put(Pattern.compile(feed.addresses()), feed));
    }

    /** Empty: this is no address of a feed. */
    Optional<BridgeFeed> feedOf(String address) {
        return feeds.entrySet().stream()
                .filter(each -> each.getKey().matcher(address).matches())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    /** Begins a reading, or refuses it. @param feed which {@link #feedOf} has found for the address */
    void register(BridgeSocket socket, BridgeFeed feed, String address, JsonObject message) {
        Map<String, Reading> ofSocket = readings.computeIfAbsent(socket, made -> new HashMap<>());
        var opening = new Opening();
        if (ofSocket.size() >= MOST || ofSocket.putIfAbsent(address, opening) != null) {
            socket.refuse("rejected");
            return;
        }
        feed.open(socket.principal, address, after(message))
                .onComplete(done -> context.runOnContext(go -> {
                    boolean stays = readings.get(socket) == ofSocket && ofSocket.get(address) == opening;
                    if (done.failed() || !stays) {
                        if (done.succeeded()) {
                            done.result().close();
                        }
                        ofSocket.remove(address, opening);
                        socket.refuse("rejected");
                        return;
                    }
                    ofSocket.put(address, done.result());
                    resume(socket, address, done.result());
                }));
    }

    private static String after(JsonObject register) {
        return register.getValue("headers") instanceof JsonObject headers
                        && headers.getValue("after") instanceof String after
                ? after
                : null;
    }

    private static void resume(BridgeSocket socket, String address, Reading reading) {
        reading.resume(body -> {
            socket.write(new JsonObject()
                    .put("type", "rec")
                    .put("address", address)
                    .put("body", body)
                    .encode());
            if (socket.isFull()) {
                reading.pause();
            }
        });
    }

    /** It takes messages again. */
    void drained(BridgeSocket socket) {
        Map.copyOf(readings.getOrDefault(socket, Map.of()))
                .forEach((address, reading) -> resume(socket, address, reading));
    }

    void unregistered(BridgeSocket socket, String address) {
        Map<String, Reading> ofSocket = readings.get(socket);
        Reading ended = ofSocket == null ? null : ofSocket.remove(address);
        if (ended != null) {
            ended.close();
        }
    }

    void closed(BridgeSocket socket) {
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
