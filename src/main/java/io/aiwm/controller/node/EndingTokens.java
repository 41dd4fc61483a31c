package io.aiwm.controller.node;

import io.aiwm.protocol.TokenLife;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of nodes whose last token ends before long: a worker renews its own while it has a session, so what is left is of
 * workers that are away, or of an older version. A sweep, to be run every hour; a node is named once a day.
 */
public final class EndingTokens {
    private static final Logger LOG = LoggerFactory.getLogger(EndingTokens.class);
    private static final Duration AGAIN = Duration.ofDays(1).minusMinutes(1);

    private final NodeTokens tokens;
    private final InstantSource clock;
    private final Map<String, Instant> warned = new HashMap<>();

    public EndingTokens(NodeTokens tokens, InstantSource clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    public Future<Void> run() {
        var last = new HashMap<String, NodeToken>();
        return collect(null, last).map(read -> {
            Instant now = clock.instant();
            warned.keySet().retainAll(last.keySet());
            last.values().forEach(token -> warn(token, now));
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
        if (!over && !quiet && new TokenLife(token.createdAt(), token.expiresAt()).endsSoon(now)) {
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
