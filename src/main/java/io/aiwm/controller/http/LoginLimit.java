package io.aiwm.controller.http;

import io.aiwm.protocol.Failure;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** Slows down guessing: after some wrong passwords from one place for one name, that place waits for that name. */
final class LoginLimit {
    static final int TRIES = 5;
    static final Duration WINDOW = Duration.ofSeconds(30);
    private static final int MOST_REMEMBERED = 10_000;

    private final InstantSource clock;
    private final Map<String, Failed> failed = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failed> eldest) {
            return size() > MOST_REMEMBERED;
        }
    };

    private record Failed(int times, Instant until) {}

    LoginLimit(InstantSource clock) {
        this.clock = clock;
    }

    /** Fails with LIMITED when this place has been wrong too often for this name. */
    synchronized void check(String place, String username) {
        Failed seen = failed.get(key(place, username));
        if (seen != null && seen.times >= TRIES && clock.instant().isBefore(seen.until)) {
            throw new Failure(
                    Failure.Kind.LIMITED,
                    "too many sign-ins that failed; wait "
                            + Math.max(
                                    1,
                                    Duration.between(clock.instant(), seen.until)
                                            .toSeconds()) + " s");
        }
    }

    synchronized void failed(String place, String username) {
        Instant now = clock.instant();
        failed.merge(
                key(place, username),
                new Failed(1, now.plus(WINDOW)),
                (before, one) -> now.isBefore(before.until) ? new Failed(before.times + 1, one.until) : one);
    }

    synchronized void succeeded(String place, String username) {
        failed.remove(key(place, username));
    }

    private static String key(String place, String username) {
        return place + " " + username;
    }
}
