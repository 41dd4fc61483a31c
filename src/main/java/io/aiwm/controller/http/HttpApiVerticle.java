package io.aiwm.controller.http;

import io.aiwm.boot.Config;
import io.aiwm.boot.StartFailure;
import io.aiwm.common.Failure;
import io.aiwm.common.HostHeader;
import io.aiwm.common.Monotonic;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.regex.Pattern;

/**
 * The controller's HTTP port: hands each request to the {@link Mount} that takes its path, once it is clear where the request
 * ends. Several instances share the port, each on its own event loop.
 */
public final class HttpApiVerticle extends VerticleBase {
    private static final int HEADER_BYTES = 16 * 1024;
    private static final int LINE_BYTES = 8 * 1024;
    private static final int WEBSOCKET_MESSAGE_BYTES = 1024 * 1024 + 64 * 1024;
    private static final int COMPRESS_FROM_BYTES = 2_048;
    /** Everything that decodes a path or a query fails on these, each in its own way. */
    private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    private final Setup setup;
    private final List<Mount> mounts;
    private final List<Handler<HttpServerRequest>> handlers = new ArrayList<>();
    private Connections connections;

    /**
     * What all instances share; made once, by hand, in ControllerApp.
     *
     * @param mounts what is served; one of them must take every path
     * @param tokens asked again every other second for each caller who stays
     * @param listening hears the port that was really opened
     * @param warmUp blocking work that makes the first requests faster, done once the port is open
     */
    public record Setup(
            Config.Http config,
            List<Mount> mounts,
            TokenCheck tokens,
            Shares shares,
            IntConsumer listening,
            Runnable warmUp) {

        public Setup(
                Config.Http config, List<Mount> mounts, TokenCheck tokens, IntConsumer listening, Runnable warmUp) {
            this(config, mounts, tokens, new Shares(), listening, warmUp);
        }
    }

    public HttpApiVerticle(Setup setup) {
        this.setup = setup;
        this.mounts = Mount.inOrder(setup.mounts());
    }

    @Override
    public Future<?> start() {
        connections = new Connections(setup.config().idleTimeout().toMillis());
        var inFlight = new InFlight(setup.config().requestTimeout().toMillis(), connections, setup.shares());
        vertx.setPeriodic(Duration.ofSeconds(1).toMillis(), tick -> {
            inFlight.sweep(Monotonic.millis());
            connections.sweep(Monotonic.millis());
        });
        vertx.setPeriodic(EventBridge.RECHECK_MILLIS, tick -> inFlight.recheck(setup.tokens()));
        var loop = new ServerLoop(vertx, context, inFlight, setup.shares());
        mounts.forEach(mount -> handlers.add(mount.handler().apply(loop)));
        HttpServer server = vertx.createHttpServer(options());
        return server.connectionHandler(open -> connections.opened(open, Monotonic.millis()))
                .requestHandler(this::route)
                .listen(setup.config().port(), setup.config().host())
                .recover(cause -> Future.failedFuture(cannotListen(setup.config(), cause)))
                .onSuccess(open -> {
                    setup.listening().accept(open.actualPort());
                    vertx.executeBlocking(() -> {
                        setup.warmUp().run();
                        return null;
                    });
                });
    }

    private static StartFailure cannotListen(Config.Http config, Throwable cause) {
        return new StartFailure("cannot listen on " + config.host() + " port " + config.port() + ": "
                + cause.getMessage() + "; http.port (PORT, --http-port) names another");
    }

    private void route(HttpServerRequest request) {
        if (connections.isAfterLast(request)) {
            return;
        }
        String path = request.path();
        connections.begin(request);
        int at = path == null ? -1 : mountOf(path);
        if (at < 0) {
            refuse(request, ErrorForm.PROBLEM, "the target must be a path");
            return;
        }
        Mount mount = mounts.get(at);
        if (!Framing.isClear(request)) {
            connections.last(request);
            refuse(request, mount.errors(), "the only Transfer-Encoding here is chunked");
        } else if (!HostHeader.isClear(request)) {
            connections.last(request);
            refuse(request, mount.errors(), "the request must name its host in one header, Host");
        } else if (request.uri().indexOf('%') >= 0
                && BROKEN_ESCAPE.matcher(request.uri()).find()) {
            refuse(request, mount.errors(), "the path or the query has a '%' without two hexadecimal digits behind it");
        } else {
            if (mount.socket()) {
                connections.exempt(request);
            }
            handlers.get(at).handle(request);
        }
    }

    /** Few mounts: looking through them costs less than a tree. @return -1 when none takes the path */
    private int mountOf(String path) {
        for (int i = 0; i < mounts.size(); i++) {
            if (mounts.get(i).takes(path)) {
                return i;
            }
        }
        return -1;
    }

    private static void refuse(HttpServerRequest request, ErrorForm form, String why) {
        Exchange.expectNoBody(request);
        form.answer(request, Failure.invalid(why));
    }

    private HttpServerOptions options() {
        return new HttpServerOptions()
                // with HTTP/2 in clear text Vert.x waits for first bytes before it tells us of a connection
                .setHttp2ClearTextEnabled(false)
                .setMaxHeaderSize(HEADER_BYTES)
                .setMaxInitialLineLength(LINE_BYTES)
                .setMaxWebSocketMessageSize(WEBSOCKET_MESSAGE_BYTES)
                .setMaxWebSocketFrameSize(WEBSOCKET_MESSAGE_BYTES)
                .setCompressionSupported(true)
                .setCompressionContentSizeThreshold(COMPRESS_FROM_BYTES)
                .setTcpNoDelay(true);
    }
}
