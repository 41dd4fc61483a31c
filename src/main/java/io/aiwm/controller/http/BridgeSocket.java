package io.aiwm.controller.http;

import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.event.CoalescedMessages;
import io.aiwm.controller.event.Events;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A browser at the bridge, which speaks the protocol of Vert.x's event bus bridge as far as it may: it registers addresses, leaves
 * them and pings. What it has not taken yet is counted here, because SockJS's framing says of no queue that it is full. Used on
 * its event loop only.
 */
final class BridgeSocket {
    private static final Pattern HEARD = Pattern.compile("aiwm\\.(events|page)\\.[a-z]+");
    private static final int MOST_ADDRESSES = 16;
    private static final int MOST_ADDRESS_CHARS = 100;
    /** Of what it has not taken: it is spared what comes beyond. One message may have more. */
    private static final int MOST_WAITING_CHARS = 64 * 1024;
    /** A page says a few things when it opens, and pings. */
    static final int MOST_SAID = 200;
    /** Of one message; what is longer is not read. */
    static final int MOST_SAID_BYTES = 8 * 1024;

    private static final long SAID_NANOS = Duration.ofSeconds(10).toNanos();
    private static final String PONG = "{\"type\":\"pong\"}";

    private final Vertx vertx;
    private final SockJSSocket socket;
    private final BridgeAddresses addresses;
    private final BridgeReadings readings;
    private final BridgePace pace;
    private final Set<String> registered = new HashSet<>();
    /** Of these it was spared something since it took all. */
    private final Set<String> spared = new LinkedHashSet<>();
    /** Who listens. */
    final Principal principal;
    /** Ends the socket with its token. */
    final long timer;

    private long waitingChars;
    /** Since when it takes nothing; 0: it does. */
    private long fullSinceNanos;

    private long pingedNanos = System.nanoTime();
    private long windowNanos = System.nanoTime();
    private int said;
    private boolean ended;

    /** What it may hear: what everybody hears, and what is told to it alone. */
    record Heard(BridgeAddresses addresses, BridgeReadings readings) {}

    BridgeSocket(Vertx vertx, SockJSSocket socket, Heard heard, Principal principal, long timer) {
        this.vertx = vertx;
        this.socket = socket;
        this.addresses = heard.addresses();
        this.readings = heard.readings();
        this.pace = new BridgePace(System::nanoTime, this::after, this::tellNow);
        this.principal = principal;
        this.timer = timer;
    }

    private void after(long millis, Runnable then) {
        vertx.setTimer(millis, due -> then.run());
    }

    /** It is sent what others are sent too, as fast as its pace is, unless it has not taken what came before: then it is told later that it missed it. */
    void tell(String address, JsonObject body, String frame) {
        if (isFull()) {
            spare(address);
        } else {
            pace.tell(address, body, frame);
        }
    }

    private void tellNow(String address, String frame) {
        if (isFull()) {
            spare(address);
        } else {
            write(frame);
        }
    }

    private void spare(String address) {
        spared.add(address);
        pace.forget(address);
    }

    private void answer(String frame) {
        if (!isFull()) {
            write(frame);
        }
    }

    private void tellSpared() {
        for (String address : List.copyOf(spared)) {
            spared.remove(address);
            if (registered.contains(address)) {
                JsonObject missed = CoalescedMessages.missed();
                pace.tell(address, missed, BridgeAddresses.frame(address, missed));
            }
        }
    }

    /** It is sent what is told to it alone, by who stops when {@link #isFull} says so. */
    void write(String frame) {
        waitingChars += frame.length();
        socket.write(frame).onComplete(taken -> {
            waitingChars -= frame.length();
            boolean wasFull = fullSinceNanos != 0;
            if (!ended && !isFull()) {
                tellSpared();
                if (wasFull) {
                    readings.drained(this);
                }
            }
        });
    }

    /** Whether it has to take something first. One that has taken something is not slow, although its room is filled again at once. */
    boolean isFull() {
        if (waitingChars < MOST_WAITING_CHARS) {
            fullSinceNanos = 0;
            return false;
        }
        if (fullSinceNanos == 0) {
            fullSinceNanos = System.nanoTime();
        }
        return true;
    }

    /** Whether it has taken nothing for so long. */
    boolean isStuck(Duration patience) {
        return isFull() && System.nanoTime() - fullSinceNanos >= patience.toNanos();
    }

    /** Whether it has not pinged for so long. */
    boolean isSilent(long millis) {
        return System.nanoTime() - pingedNanos >= Duration.ofMillis(millis).toNanos();
    }

    /** It says something. */
    void heard(Buffer text) {
        if (isTooMuch() || text.length() > MOST_SAID_BYTES) {
            close(EventBridge.SLOW, "it says too much");
            return;
        }
        JsonObject message;
        try {
            message = new JsonObject(text);
        } catch (DecodeException | ClassCastException notJson) {
            refuse("invalid_json");
            return;
        }
        String type = message.getValue("type") instanceof String named ? named : null;
        String address = message.getValue("address") instanceof String named ? named : null;
        if (type == null) {
            refuse("missing_type");
        } else if (type.equals("ping")) {
            ping(message);
        } else if (address == null) {
            refuse("missing_address");
        } else {
            said(type, address, message);
        }
    }

    /** Whoever answers to all of it would queue up as much as somebody cares to send. */
    private boolean isTooMuch() {
        long now = System.nanoTime();
        if (now - windowNanos >= SAID_NANOS) {
            windowNanos = now;
            said = 0;
        }
        return ++said > MOST_SAID;
    }

    private void said(String type, String address, JsonObject message) {
        switch (type) {
            case "register" -> register(address, message);
            case "unregister" -> {
                readings.unregistered(this, address);
                if (registered.remove(address)) {
                    addresses.remove(address, this);
                    pace.forget(address);
                }
            }
            case "send", "publish" -> refuse("access_denied");
            default -> refuse("invalid_type");
        }
    }

    /** The answer has the number of the ping, where it has one, and comes behind all that it was told before. */
    private void ping(JsonObject message) {
        pingedNanos = System.nanoTime();
        boolean numbered = message.getValue("n") instanceof Long || message.getValue("n") instanceof Integer;
        String pong = numbered ? "{\"type\":\"pong\",\"n\":" + message.getValue("n") + "}" : PONG;
        pace.behind(() -> answer(pong));
    }

    private void register(String address, JsonObject message) {
        if (address.length() > MOST_ADDRESS_CHARS) {
            refuse("max_address_length_reached");
            return;
        }
        Optional<BridgeFeed> feed = readings.feedOf(address);
        if (feed.isPresent()) {
            readings.register(this, feed.get(), address, message);
        } else if (registered.size() >= MOST_ADDRESSES) {
            refuse("max_handlers_reached");
        } else if (!principal.role().includes(Events.roleFor(address))) {
            refuse("rejected");
        } else if (!HEARD.matcher(address).matches()) {
            refuse("access_denied");
        } else {
            Events.declareInterest(vertx);
            registered.add(address);
            addresses.add(address, this);
        }
    }

    void refuse(String why) {
        answer(new JsonObject().put("type", "err").put("body", why).encode());
    }

    void close(short code, String why) {
        socket.close(code, why);
    }

    /** It has closed. @return false where that was known */
    boolean end() {
        boolean news = !ended;
        ended = true;
        pace.forgetAll();
        registered.forEach(address -> addresses.remove(address, this));
        registered.clear();
        readings.closed(this);
        return news;
    }
}
