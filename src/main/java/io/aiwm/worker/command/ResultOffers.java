package io.aiwm.worker.command;

import io.aiwm.protocol.CommandResult;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Results the controller has not acknowledged. Each is sent again after 1 s, doubling to 30 s, and in every new session,
 * for as long as it takes.
 */
final class ResultOffers {
    static final long FIRST_MS = 1_000;
    static final long LONGEST_MS = 30_000;

    private static final class Offer {
        final JsonObject result;
        long waitMs = FIRST_MS;
        long nextAt;

        Offer(JsonObject result) {
            this.result = result;
        }
    }

    private final Map<String, Offer> offers = new ConcurrentHashMap<>();
    private final Uplink uplink;

    ResultOffers(Uplink uplink) {
        this.uplink = uplink;
    }

    void add(String id, JsonObject result, long now) {
        var offer = new Offer(result);
        offers.put(id, offer);
        send(id, offer, now);
    }

    void remove(String id) {
        offers.remove(id);
    }

    /** Sends one at once; harmless when there is none (yet). */
    void again(String id, long now) {
        Offer offer = offers.get(id);
        if (offer != null) {
            send(id, offer, now);
        }
    }

    /** A new session: everything is sent again, with patience as at first. */
    void all(long now) {
        offers.forEach((id, offer) -> {
            offer.waitMs = FIRST_MS;
            send(id, offer, now);
        });
    }

    void due(long now) {
        offers.forEach((id, offer) -> {
            if (offer.nextAt <= now) {
                offer.waitMs = Math.min(LONGEST_MS, offer.waitMs * 2);
                send(id, offer, now);
            }
        });
    }

    /** From any thread. */
    Collection<String> ids() {
        return List.copyOf(offers.keySet());
    }

    private void send(String id, Offer offer, long now) {
        offer.nextAt = now + offer.waitMs;
        uplink.send(CommandResult.TYPE, offer.result, id);
    }
}
