package io.aiwm.controller.auth;

import io.aiwm.common.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Counts recent failures for any number of keys in bounded memory. No key displaces another, so a caller cannot clear a count by inventing
 * keys: keys share places by an unpredictable hash, and are then counted together. Not thread-safe.
 */
final class RecentFailures {
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final long WINDOW_MILLIS = WINDOW.toMillis();

    private final byte[] salt = new byte[16];
    private final int most;
    private final LongSupplier nanos;
    private final long begin;
    /** Per place: the times of the latest failures, as {@link #now}; 0: none. */
    private final long[][] places;

    /** @param most the maximum number of failures within a minute */
    RecentFailures(int places, int most, LongSupplier nanos) {
        this.places = new long[places][];
        this.most = most;
        this.nanos = nanos;
        this.begin = nanos.getAsLong();
        new SecureRandom().nextBytes(salt);
    }

    /** Returns the time until fewer than the maximum are younger than a minute; zero: now. */
    Duration untilAllowed(String key) {
        long[] past = places[place(key)];
        if (past == null) {
            return Duration.ZERO;
        }
        long now = now();
        long oldest = now;
        for (long at : past) {
            if (at == 0 || now - at > WINDOW_MILLIS) {
                return Duration.ZERO;
            }
            oldest = Math.min(oldest, at);
        }
        return Duration.ofMillis(oldest + WINDOW_MILLIS - now).plusSeconds(1);
    }

    /** Replaces the oldest. */
    void add(String key) {
        int place = place(key);
        if (places[place] == null) {
            places[place] = new long[most];
        }
        long[] past = places[place];
        int oldest = 0;
        for (int i = 1; i < most; i++) {
            oldest = past[i] < past[oldest] ? i : oldest;
        }
        past[oldest] = now();
    }

    /** Removes the latest. */
    void takeBack(String key) {
        long[] past = places[place(key)];
        if (past != null) {
            int latest = 0;
            for (int i = 1; i < most; i++) {
                latest = past[i] > past[latest] ? i : latest;
            }
            past[latest] = 0;
        }
    }

    void forget(String key) {
        places[place(key)] = null;
    }

    private int place(String key) {
        var digest = Sha256.digest();
        digest.update(salt);
        byte[] hash = digest.digest(key.getBytes(StandardCharsets.UTF_8));
        return Math.floorMod(ByteBuffer.wrap(hash).getInt(), places.length);
    }

    /** Milliseconds, above 0. */
    private long now() {
        return (nanos.getAsLong() - begin) / 1_000_000 + 1;
    }
}
