package io.aiwm.controller.node;

import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of nodes whose last token ends before long: a worker renews its own while it has a session, so what is left is of
 * workers that are away, or of an older version. A sweep, to be run every few seconds: all tokens are read once an hour, and
 * those whose warning falls due before the next reading are looked at in time. A node is named once a day.
 */
public final class TokenExpiryWarnings {
    private static final Logger LOG = LoggerFactory.getLogger(TokenExpiryWarnings.class);
    private static final Duration AGAIN = Duration.ofDays(1).minusMinutes(1);
    private static final Duration EVERY = Duration.ofSeconds(2);
    private static final Duration READ_EVERY = Duration.ofHours(1);
    /** A warning that falls due in less is not left to the next reading, which may be late. */
    private static final Duration AHEAD = READ_EVERY.multipliedBy(2);
    /** Short-lived tokens that are remembered; of more, the next reading warns. */
    private static final int MAX_SHORT = 10_000;
    /** Nodes whose tokens are read in one run, beside the hourly reading. */
    private static final int MAX_LOOKS = 200;

    private final NodeTokens tokens;
    private final InstantSource clock;
    private final Map<String, Instant> warned = new ConcurrentHashMap<>();
    /** Tokens whose warning falls due soon, by their id. */
    private final Map<String, NodeToken> soon = new ConcurrentHashMap<>();

    private Instant nextReading = Instant.MIN;

    public TokenExpiryWarnings(NodeTokens tokens, InstantSource clock) {
        this.tokens = tokens;
        this.clock = clock;
        tokens.onIssued(this::remember);
    }

    /** How often to {@link #run} it: a token of a minute is to be warned of ten seconds before its end. */
    public Duration every() {
        return EVERY;
    }

    public Future<Void> run() {
        Instant now = clock.instant();
        return nextReading.isAfter(now) ? lookAtDue(now) : readAll(now);
    }

    private Future<Void> readAll(Instant now) {
        var last = new HashMap<String, NodeToken>();
        return collect(null, last).map(read -> {
            nextReading = now.plus(READ_EVERY);
            warned.keySet().retainAll(last.keySet());
            last.values().forEach(token -> warn(token, now));
            last.values().forEach(this::remember);
            return null;
        });
    }

    private void remember(NodeToken token) {
        Instant due = token.life().endsSoonFrom();
        Instant now = clock.instant();
        if (due.isAfter(now) && due.isBefore(now.plus(AHEAD)) && soon.size() < MAX_SHORT) {
            soon.put(token.id(), token);
        }
    }

    private Future<Void> lookAtDue(Instant now) {
        var looks = soon.values().stream()
                .filter(token -> token.life().endsSoon(now))
                .limit(MAX_LOOKS)
                .map(token -> look(token, now))
                .toList();
        return Future.join(looks).mapEmpty();
    }

    /** It is read again: another controller may have issued the node a token that is good for longer, or revoked this one. */
    private Future<Void> look(NodeToken due, Instant now) {
        return tokens.last(due.nodeId()).map(last -> {
            soon.remove(due.id());
            if (last != null) {
                warn(last, now);
            }
            return null;
        });
    }

    private Future<Void> collect(String cursor, Map<String, NodeToken> last) {
        return tokens.page(cursor).compose(page -> {
            page.items()
                    .forEach(token -> last.merge(
                            token.nodeId(),
                            token,
                            (one, other) -> one.expiresAt().isBefore(other.expiresAt()) ? other : one));
            return page.nextCursor() == null ? Future.succeededFuture() : collect(page.nextCursor(), last);
        });
    }

    private void warn(NodeToken token, Instant now) {
        boolean over = !token.expiresAt().isAfter(now);
        Instant before = warned.get(token.nodeId());
        boolean quiet = before != null && before.plus(AGAIN).isAfter(now);
        if (!over && !quiet && token.life().endsSoon(now)) {
            warned.put(token.nodeId(), now);
            LOG.warn(
                    "the last token of node {} ends at {}, and its worker has not renewed it: start the worker, or issue"
                            + " another with POST /api/nodes/{}/token",
                    token.nodeId(),
                    token.expiresAt(),
                    token.nodeId());
        }
    }
}
