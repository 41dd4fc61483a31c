package io.aiwm.worker.proxy;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** The proxy's port on one event loop; several instances share it. */
final class ProxyVerticle extends VerticleBase {
    private final ProxyServer server;

    ProxyVerticle(ProxyServer server) {
        this.server = server;
    }

    @Override
    public Future<?> start() {
        return server.listen();
    }
}
