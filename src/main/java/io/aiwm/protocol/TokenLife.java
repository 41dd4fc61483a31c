package io.aiwm.protocol;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/** From when to when a node token is good, and so when it is renewed and when a person is warned of its end. */
public record TokenLife(Instant from, Instant until) {
    private static final Duration RENEWED_BEFORE = Duration.ofDays(30);
    private static final Duration WARNED_BEFORE = Duration.ofDays(14);
    private static final int TRIES = 10;
    private static final Duration MIN_STEP = Duration.ofSeconds(1);
    private static final Duration MAX_STEP = Duration.ofHours(6);

    /** What a token says of itself, unproven; null when it says nothing. */
    public static TokenLife of(String token) {
        String[] parts = token == null ? new String[0] : token.split("\\.", -1);
        if (parts.length != 3) {
            return null;
        }
        try {
            var claims = new JsonObject(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
            Long from = claims.getLong("iat");
            Long until = claims.getLong("exp");
            return from == null || until == null || until <= from
                    ? null
                    : new TokenLife(Instant.ofEpochSecond(from), Instant.ofEpochSecond(until));
        } catch (RuntimeException notOurs) { // whatever it is, it is no reason to stop
            return null;
        }
    }

    /** From 30 days before its end it may be exchanged for one that lasts as long; in the last third of a shorter life. */
    public boolean isRenewable(Instant now) {
        return !now.isBefore(renewableFrom());
    }

    public Instant renewableFrom() {
        return before(RENEWED_BEFORE, 3);
    }

    /** Time between two requests for renewal: a tenth of the time in which it is renewed, but 1 s to 6 h. */
    public Duration renewalStep() {
        Duration step = Duration.between(renewableFrom(), until).dividedBy(TRIES);
        return step.compareTo(MIN_STEP) < 0 ? MIN_STEP : step.compareTo(MAX_STEP) > 0 ? MAX_STEP : step;
    }

    /** From when on {@link #endsSoon}. */
    public Instant endsSoonFrom() {
        return before(WARNED_BEFORE, 6);
    }

    /** From 14 days before its end a person should know; in the last sixth of a shorter life. */
    public boolean endsSoon(Instant now) {
        return !now.isBefore(endsSoonFrom());
    }

    private Instant before(Duration most, int part) {
        Duration share = Duration.between(from, until).dividedBy(part);
        return until.minus(share.compareTo(most) < 0 ? share : most);
    }
}
