package io.aiwm.worker.container;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.NetClient;

/**
 * Clients for looks at containers of this node alone. They check no certificate: nobody signs one for the address of a
 * container, and a probe sends nothing secret.
 */
record ProbeClients(HttpClient http, NetClient net) {
    private static final int MOST_CONNECTIONS = 256;

    /** Each look has a connection of its own. */
    static ProbeClients of(Vertx vertx) {
        return new ProbeClients(
                vertx.httpClientBuilder()
                        .with(new HttpClientOptions()
                                .setKeepAlive(false)
                                .setTrustAll(true)
                                .setVerifyHost(false))
                        .with(new PoolOptions().setHttp1MaxSize(MOST_CONNECTIONS))
                        // the look says it; where nobody listens, each is an error with a stack in the log
                        .withConnectHandler(connection -> connection.exceptionHandler(broken -> {}))
                        .build(),
                vertx.createNetClient());
    }
}
