package io.aiwm.worker.proxy;

import io.aiwm.boot.Config;
import io.aiwm.gateway.GatewaySetup;
import io.aiwm.inference.CallerSource;
import io.aiwm.inference.Gateway;
import io.aiwm.inference.balance.Waker;
import io.aiwm.inference.dialect.Dialects;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.usage.UsageSink;
import io.aiwm.protocol.ProxyState;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;

/** The gateway of this process. */
public final class ProxyGateway implements ServedGateway {
    private final Vertx vertx;
    private final Gateway gateway;

    public ProxyGateway(
            Vertx vertx, Config.Inference settings, CallerSource callers, Limiter limiter, UsageSink usage) {
        this.vertx = vertx;
        this.gateway = new Gateway(new Gateway.Parts(
                GatewaySetup.settings(settings),
                callers,
                limiter,
                usage,
                Dialects.all(Clock.systemUTC()),
                Gateway.balancers(vertx, Waker.NONE, settings.queue()),
                Clock.systemUTC()));
    }

    @Override
    public void configure(GatewayConfig config) {
        gateway.configure(config);
    }

    @Override
    public Handler<HttpServerRequest> handler() {
        return gateway.handler(vertx);
    }

    @Override
    public List<ProxyState.Load> load() {
        return gateway.load().entrySet().stream()
                .filter(each ->
                        each.getValue().inFlight() > 0 || each.getValue().waiting() > 0)
                .map(each -> new ProxyState.Load(
                        each.getKey(),
                        each.getValue().inFlight(),
                        each.getValue().waiting()))
                .sorted(Comparator.comparing(ProxyState.Load::deploymentId))
                .toList();
    }
}
