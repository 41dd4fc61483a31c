package io.aiwm.inference.call;

import io.aiwm.inference.CallerSource;
import io.aiwm.inference.GatewaySettings;
import io.aiwm.inference.dialect.Dialects;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.usage.UsageSink;
import java.time.InstantSource;
import java.util.function.Supplier;

/** What all event loops of a gateway share. */
public record GatewayState(
        GatewaySettings settings,
        CallerSource callers,
        Limiter limiter,
        Told told,
        Dialects dialects,
        Supplier<Routing> routing,
        HeldBodies bodies) {

    /** Who hears of calls that have ended, and the time when they did. */
    public record Told(UsageSink usage, InstantSource clock) {}

    public GatewayState with(CallerSource others) {
        return new GatewayState(settings, others, limiter, told, dialects, routing, bodies);
    }
}
