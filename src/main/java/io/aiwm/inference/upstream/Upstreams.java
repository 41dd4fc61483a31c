package io.aiwm.inference.upstream;

import io.aiwm.inference.GatewaySettings;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;

/** The connections of one event loop. */
public final class Upstreams {
    private static final int MOST_CONNECTIONS = 8_192;
    private static final int MOST_WAITING = 1_024;
    private static final int HEADER_BYTES = 32 * 1024;
    private static final int CHUNK_BYTES = 64 * 1024;
    /** Shorter than engines keep a silent connection, which is 5 seconds with most: one that they close loses a call. */
    private static final int KEEP_ALIVE_SECONDS = 4;

    private final HttpClient client;
    private final AddressGuard guard;

    public Upstreams(Vertx vertx, GatewaySettings settings) {
        this.client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setConnectTimeout((int) settings.connect().toMillis())
                        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                        .setMaxHeaderSize(HEADER_BYTES)
                        .setMaxChunkSize(CHUNK_BYTES),
                new PoolOptions().setHttp1MaxSize(MOST_CONNECTIONS).setMaxWaitQueueSize(MOST_WAITING));
        this.guard = new AddressGuard(vertx);
    }

    /**
     * A request that is not sent yet. Redirects are never followed.
     *
     * @param headers all but Host and Authorization
     */
    public Future<HttpClientRequest> request(UpstreamAddress where, HttpMethod method, String path, MultiMap headers) {
        if (where.authorization() != null) {
            headers.set("Authorization", where.authorization());
        }
        var options = new RequestOptions()
                .setMethod(method)
                .setHost(where.host())
                .setPort(where.port())
                .setURI(where.base().isEmpty() ? path : where.base() + path)
                .setFollowRedirects(false)
                .setHeaders(headers);
        if (where.tls()) {
            options.setSsl(true);
        }
        if (!where.guarded()) {
            return client.request(options);
        }
        return guard.resolve(where.host())
                .compose(address -> client.request(
                        options.setServer(SocketAddress.inetSocketAddress(where.port(), address.getHostAddress()))));
    }
}
