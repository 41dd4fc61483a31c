package io.aiwm.worker.link;

import io.aiwm.protocol.TokenLife;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for another node token when the one of a session ends before long, and again until the session ends: with the new
 * token another session begins. Not thread safe: used on the link's context only.
 */
final class TokenRenewal {
    private static final Logger log = LoggerFactory.getLogger(TokenRenewal.class);

    /** Longest time between two looks: a timer does not count the time in which the machine sleeps. */
    private static final Duration MAX_WAIT = Duration.ofHours(6);

    private final Vertx vertx;
    private final Runnable ask;
    private final InstantSource clock = InstantSource.system();
    private final Random random = new Random();
    /** -1: none. */
    private long timer = -1;

    TokenRenewal(Vertx vertx, Runnable ask) {
        this.vertx = vertx;
        this.ask = ask;
    }

    /** A session has begun with this identity's token. */
    void begin(Identity identity) {
        end();
        TokenLife life = TokenLife.of(identity.nodeToken());
        if (life != null) {
            look(identity.nodeId(), life);
        }
    }

    /** The session has ended. */
    void end() {
        vertx.cancelTimer(timer);
    }

    private void look(String nodeId, TokenLife life) {
        Instant now = clock.instant();
        timer = vertx.setTimer(untilNextLook(life, now).toMillis(), due -> look(nodeId, life));
        if (!life.isRenewable(now)) {
            return;
        }
        if (life.endsSoon(now)) {
            log.warn(
                    "the node token ends at {} and is not renewed yet{}",
                    life.until(),
                    new LinkEnding(LinkEnding.Kind.BARRED, "").advice(nodeId));
        }
        ask.run();
    }

    /**
     * The first request comes half a step to a step after the token has become renewable: the controller's clock, by which
     * that is decided, may be a little behind, and the workers of a fleet whose tokens are of one age must not come at once.
     */
    private Duration untilNextLook(TokenLife life, Instant now) {
        Duration step = life.renewalStep();
        if (life.isRenewable(now)) {
            return step;
        }
        long halfMs = step.toMillis() / 2;
        Duration due = Duration.between(now, life.renewableFrom()).plusMillis(halfMs + random.nextLong(halfMs));
        return due.compareTo(MAX_WAIT) < 0 ? due : MAX_WAIT;
    }
}
