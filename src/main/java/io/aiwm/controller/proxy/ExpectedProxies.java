package io.aiwm.controller.proxy;

import io.aiwm.controller.node.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Which proxies may have calls that they have not told of. Pure. */
public final class ExpectedProxies {
    /** One that is not heard for longer is not counted on: what it serves may be put to sleep under it. */
    static final Duration AWAY = Duration.ofMinutes(10);

    private ExpectedProxies() {}

    /** Returns the ids of those that registered, or were last heard, not longer ago than {@link #AWAY} and were not stopped in order. */
    public static Set<String> of(Collection<Node> nodes, Predicate<Node> isProxy, Instant now) {
        return nodes.stream()
                .filter(isProxy)
                .filter(node -> !node.wasStopped())
                .filter(node -> isRecent(node.status().isUp() ? node.registeredAt() : node.lastSeenAt(), now))
                .map(Node::id)
                .collect(Collectors.toSet());
    }

    private static boolean isRecent(Instant at, Instant now) {
        return at != null && at.plus(AWAY).isAfter(now);
    }
}
