package io.aiwm.worker.proxy;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.inference.Caller;
import io.aiwm.inference.CallerSource;
import io.aiwm.inference.ProxyRight;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** The API keys of the configuration. Signed tokens are not taken: only controllers can check them. */
final class ConfiguredCallers implements CallerSource {
    private static final int MOST_CHARS = 1_000;

    private record Known(Caller caller, Instant expiresAt) {}

    private final InstantSource clock;
    /** Null: there has been no configuration, so that no key can be told from a wrong one. */
    private volatile Map<String, Known> byHash;

    ConfiguredCallers(InstantSource clock) {
        this.clock = clock;
    }

    /** Takes the keys and teams of this configuration in place of those before. */
    void configure(GatewayConfig config) {
        var teams = new HashMap<String, KeyLimits>();
        config.teams().forEach(team -> teams.put(team.name(), orNone(team.limits())));
        var known = new HashMap<String, Known>();
        for (GatewayConfig.Key key : config.keys()) {
            KeyLimits teamLimits = key.team() == null ? KeyLimits.NONE : teams.getOrDefault(key.team(), KeyLimits.NONE);
            known.put(
                    key.hash(),
                    new Known(
                            new Caller(
                                    key.id(),
                                    key.user(),
                                    key.team(),
                                    orNone(key.limits()),
                                    teamLimits,
                                    key.proxyRight() == null ? ProxyRight.NONE : key.proxyRight()),
                            key.expiresAt()));
        }
        byHash = known;
    }

    private static KeyLimits orNone(KeyLimits limits) {
        return limits == null ? KeyLimits.NONE : limits;
    }

    @Override
    public Future<Caller> verify(String credential) {
        if (credential == null || credential.isEmpty() || credential.length() > MOST_CHARS) {
            return refused("an API key is needed");
        }
        Map<String, Known> configured = byHash;
        if (configured == null) {
            return Future.failedFuture(
                    new Failure(Failure.Kind.UNAVAILABLE, "this proxy has no configuration of a controller yet"));
        }
        Known known = configured.get(Sha256.hex(credential));
        if (known == null) {
            return refused("this is no API key that may call here");
        }
        if (known.expiresAt != null && !known.expiresAt.isAfter(clock.instant())) {
            return refused("the API key has expired");
        }
        return Future.succeededFuture(known.caller);
    }

    private static Future<Caller> refused(String why) {
        return Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, why));
    }
}
