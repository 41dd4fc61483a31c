package io.aiwm.controller.proxy;

import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.protocol.ProxyState;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a controller knows of a proxy.
 *
 * @param serves what it said last that was known here; null: nothing yet
 * @param sent digest of what it was sent last; null: nothing
 * @param sentAt when
 * @param sending whether that is not over
 */
record KnownProxy(
        ProxyState state, Instant heardAt, GatewayConfig serves, String sent, Instant sentAt, boolean sending) {
    /** @param known what it says that it serves; null: another than the newest */
    KnownProxy heard(ProxyState now, Instant at, GatewayConfig known) {
        return new KnownProxy(now, at, known == null ? serves : known, sent, sentAt, sending);
    }

    KnownProxy sending(String digest, Instant at) {
        return new KnownProxy(state, heardAt, serves, digest, at, true);
    }

    KnownProxy done() {
        return new KnownProxy(state, heardAt, serves, sent, sentAt, false);
    }

    /** Which of these replicas it calls. */
    Set<String> calls(Set<String> replicaIds) {
        return serves == null
                ? Set.of()
                : serves.deployments().stream()
                        .flatMap(each -> each.replicas().stream())
                        .map(GatewayConfig.Replica::id)
                        .filter(replicaIds::contains)
                        .collect(Collectors.toSet());
    }
}
