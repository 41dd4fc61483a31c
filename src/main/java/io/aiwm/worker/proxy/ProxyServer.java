package io.aiwm.worker.proxy;

import io.aiwm.boot.Config;
import io.aiwm.boot.StartFailure;
import io.aiwm.common.Json;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP servers of a proxy, one per event loop on one port. */
final class ProxyServer {
    private static final int HEADER_BYTES = 16 * 1024;
    private static final int LINE_BYTES = 8 * 1024;
    /** Longer than a model may take to its first byte: also a call that waits is silent. */
    private static final int SILENCE_S = 660;

    private static final Logger log = LoggerFactory.getLogger(ProxyServer.class);

    private final Vertx vertx;
    private final Config.Proxy settings;
    private final ServedGateway gateway;
    private final Supplier<Long> revision;
    private final ProxyCertificate certificate;
    private final List<HttpServer> servers = new ArrayList<>();
    private int port;
    private long timer = -1;

    /** @param revision of what is served; null: nothing yet */
    ProxyServer(Vertx vertx, Config.Proxy settings, ServedGateway gateway, Supplier<Long> revision) {
        this.vertx = vertx;
        this.settings = settings;
        this.gateway = gateway;
        this.revision = revision;
        this.certificate = settings.certificate() == null ? null : new ProxyCertificate(settings);
        this.port = settings.port();
    }

    /** Listens on the event loop that this is called on. */
    Future<Void> listen() {
        Handler<HttpServerRequest> calls = gateway.handler();
        HttpServer server;
        synchronized (this) {
            server = vertx.createHttpServer(options());
            servers.add(server);
        }
        return server.requestHandler(request -> route(request, calls))
                .listen(settings.port(), settings.host())
                .recover(cause -> Future.failedFuture(new StartFailure("cannot listen on " + settings.host() + " port "
                        + settings.port() + ": " + cause.getMessage() + "; worker.proxy.port names another")))
                .onSuccess(open -> opened(open.actualPort()))
                .mapEmpty();
    }

    private synchronized void opened(int actual) {
        boolean first = timer < 0;
        port = actual;
        if (!first) {
            return;
        }
        log.info("the proxy serves at {}", url());
        timer = 0;
        if (certificate != null) {
            timer = vertx.setPeriodic(ProxyCertificate.LOOK_MS, look -> renew());
        }
    }

    private void renew() {
        vertx.executeBlocking(certificate::changed, false)
                .compose(changed -> {
                    if (!changed) {
                        return Future.succeededFuture();
                    }
                    List<HttpServer> all;
                    synchronized (this) {
                        all = List.copyOf(servers);
                    }
                    return Future.all(all.stream()
                                    .map(each -> each.updateSSLOptions(
                                            new io.vertx.core.net.ServerSSLOptions()
                                                    .setKeyCertOptions(certificate.options()),
                                            true))
                                    .toList())
                            .onSuccess(renewed -> log.info("the proxy has a new certificate"));
                })
                .onFailure(cause -> log.error(
                        "the new certificate of this proxy cannot be used, the one before stays: {}",
                        cause.getMessage()));
    }

    private HttpServerOptions options() {
        var options = new HttpServerOptions()
                .setHttp2ClearTextEnabled(false)
                .setMaxHeaderSize(HEADER_BYTES)
                .setMaxInitialLineLength(LINE_BYTES)
                .setIdleTimeout(SILENCE_S)
                .setTcpNoDelay(true);
        if (certificate != null) {
            options.setSsl(true).setKeyCertOptions(certificate.options());
        }
        return options;
    }

    private void route(HttpServerRequest request, Handler<HttpServerRequest> calls) {
        String path = request.path();
        if (path != null && (path.startsWith("/v1/") || path.startsWith("/proxy/"))) {
            calls.handle(request);
        } else if ("/health".equals(path)) {
            health(request);
        } else {
            var error = new JsonObject()
                    .put("message", "this is a proxy: /v1, /proxy and /health are here")
                    .put("type", "invalid_request_error")
                    .putNull("param")
                    .put("code", "not_found");
            answer(request.response(), 404, new JsonObject().put("error", error));
        }
    }

    private void health(HttpServerRequest request) {
        if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
            request.response()
                    .setStatusCode(405)
                    .putHeader("Allow", "GET, HEAD")
                    .end();
            return;
        }
        Long served = revision.get();
        answer(
                request.response(),
                served == null ? 503 : 200,
                new JsonObject().put("status", served == null ? "DOWN" : "UP").put("revision", served));
    }

    private static void answer(HttpServerResponse response, int status, JsonObject body) {
        response.setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .end(Json.encode(body));
    }

    /** Where callers reach it. */
    synchronized String url() {
        if (settings.url() != null) {
            return settings.url();
        }
        String host = settings.host().indexOf(':') < 0 ? settings.host() : "[" + settings.host() + "]";
        return (certificate == null ? "http://" : "https://") + host + ":" + port;
    }

    Future<Void> close() {
        if (timer > 0) {
            vertx.cancelTimer(timer);
        }
        List<HttpServer> all;
        synchronized (this) {
            all = List.copyOf(servers);
        }
        return Future.join(all.stream().map(HttpServer::close).toList()).mapEmpty();
    }
}
