package io.aiwm.controller.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * How many audit entries are written one by one of what anybody can cause as often as they like: so many at once, and another one
 * each time a part of an hour has passed. The others are counted. Safe to call from any thread.
 */
final class EntryLimit {
    static final int MOST_ADDRESSES = 10;

    private final int most;
    private final LongSupplier nanos;
    private double left;
    private long filledNanos;
    private long count;
    private final Set<String> addresses = new LinkedHashSet<>();

    /** @param most at once, and in an hour. @param nanos monotonic */
    EntryLimit(int most, LongSupplier nanos) {
        this.most = most;
        this.nanos = nanos;
        this.left = most;
        this.filledNanos = nanos.getAsLong();
    }

    /** Returns whether this one has an entry of its own; it is counted otherwise. */
    synchronized boolean tells(String address) {
        long now = nanos.getAsLong();
        left = Math.min(
                most, left + (double) (now - filledNanos) / Duration.ofHours(1).toNanos() * most);
        filledNanos = now;
        if (left >= 1) {
            left--;
            return true;
        }
        count++;
        if (addresses.size() < MOST_ADDRESSES) {
            addresses.add(address);
        }
        return false;
    }

    /** Returns {@code count} and {@code addresses} of what had no entry since the last call; null: nothing. */
    synchronized JsonObject counted() {
        if (count == 0) {
            return null;
        }
        JsonObject counted =
                new JsonObject().put("count", count).put("addresses", new JsonArray(List.copyOf(addresses)));
        count = 0;
        addresses.clear();
        return counted;
    }
}
