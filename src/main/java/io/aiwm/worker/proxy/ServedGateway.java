package io.aiwm.worker.proxy;

import io.aiwm.inference.CallerSource;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.usage.UsageSink;
import io.aiwm.protocol.ProxyState;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/** The gateway as a proxy uses it. Safe to use from any thread. */
public interface ServedGateway {
    /** Serves this from now on. */
    void configure(GatewayConfig config);

    /** A handler of {@code /v1} and {@code /proxy} for the event loop that it is called on. */
    Handler<HttpServerRequest> handler();

    /** Calls under way, of deployments that have any. */
    List<ProxyState.Load> load();

    /** Makes one. */
    @FunctionalInterface
    interface Maker {
        ServedGateway make(Vertx vertx, CallerSource callers, Limiter limiter, UsageSink usage);
    }
}
