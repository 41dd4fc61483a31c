package io.aiwm.controller.http;

import io.aiwm.boot.Config;
import io.aiwm.boot.StartFailure;
import io.aiwm.common.Monotonic;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.regex.Pattern;

/**
 * The controller's HTTP port: the API as the contract says, the event bridge, worker sockets, documentation and the page.
 * Several instances share the port, each on its own event loop.
 */
public final class HttpApiVerticle extends VerticleBase {
    private static final int HEADER_BYTES = 16 * 1024;
    private static final int LINE_BYTES = 8 * 1024;
    private static final int WEBSOCKET_MESSAGE_BYTES = 1024 * 1024 + 64 * 1024;
    private static final int COMPRESS_FROM_BYTES = 2_048;
    /** Everything that decodes a path or a query fails on these, each in its own way. */
    private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    private final Setup setup;
    private ApiHandler api;
    private Router bridge;
    private Connections connections;

    /**
     * What all instances share; made once, by hand, in ControllerApp.
     *
     * @param nodeSocket takes {@code /ws/node}, the upgrade included
     * @param listening hears the port that was really opened
     */
    public record Setup(
            Config.Http config,
            Contract contract,
            List<Resource> resources,
            TokenCheck tokens,
            Tickets tickets,
            Handler<HttpServerRequest> nodeSocket,
            InstantSource clock,
            IntConsumer listening,
            Shared shared) {

        /** Loads the contract of these resources: call it off the event loop. Fails when handlers and contract disagree. */
        public static Setup of(
                Config.Http config,
                List<Resource> resources,
                TokenCheck tokens,
                Tickets tickets,
                Handler<HttpServerRequest> nodeSocket,
                InstantSource clock,
                IntConsumer listening) {
            Contract contract =
                    Contract.load(resources.stream().map(Resource::fragment).toList());
            var shared = new Shared(Api.routes(contract, resources), new Pages(contract), new Shares());
            return new Setup(config, contract, resources, tokens, tickets, nodeSocket, clock, listening, shared);
        }
    }

    record Shared(PathTree routes, Pages pages, Shares shares) {}

    public HttpApiVerticle(Setup setup) {
        this.setup = setup;
    }

    @Override
    public Future<?> start() {
        connections = new Connections(setup.config().idleTimeout().toMillis());
        var inFlight = new InFlight(
                setup.config().requestTimeout().toMillis(),
                connections,
                setup.shared().shares());
        vertx.setPeriodic(Duration.ofSeconds(1).toMillis(), tick -> {
            inFlight.sweep(Monotonic.millis());
            connections.sweep(Monotonic.millis());
        });
        vertx.setPeriodic(EventBridge.RECHECK_MILLIS, tick -> inFlight.recheck(setup.tokens()));
        api = new ApiHandler(setup.shared().routes(), setup.tokens(), setup.config(), inFlight, context);
        bridge = new EventBridge(
                        vertx,
                        setup.tickets(),
                        setup.tokens(),
                        new Cors(setup.config().corsOrigins()),
                        setup.shared().shares(),
                        setup.clock())
                .router();
        HttpServer server = vertx.createHttpServer(options());
        return server.connectionHandler(open -> connections.opened(open, Monotonic.millis()))
                .requestHandler(this::route)
                .listen(setup.config().port(), setup.config().host())
                .recover(cause -> Future.failedFuture(cannotListen(setup.config(), cause)))
                .onSuccess(open -> {
                    setup.listening().accept(open.actualPort());
                    vertx.executeBlocking(() -> {
                        setup.contract().compileAll();
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
        if (path == null || !path.startsWith("/")) {
            refuse(request, "the target must be a path");
        } else if (!Framing.isClear(request)) {
            connections.last(request);
            refuse(request, "the only Transfer-Encoding here is chunked");
        } else if (request.uri().indexOf('%') >= 0
                && BROKEN_ESCAPE.matcher(request.uri()).find()) {
            refuse(request, "the path or the query has a '%' without two hexadecimal digits behind it");
        } else if (path.equals("/ws/node")) {
            connections.exempt(request);
            setup.nodeSocket().handle(request);
        } else if (path.startsWith("/api/")) {
            api.handle(request);
        } else if (EventBridge.serves(request)) {
            connections.exempt(request);
            bridge.handle(request);
        } else if (!setup.shared().pages().serve(request)) {
            api.handle(request);
        }
    }

    /** Answers a request that another took from this port with the problem document that all the others get. */
    public static void refuse(HttpServerRequest request, Throwable cause) {
        Problem.answer(request, ApiHandler.requestId(request), cause);
    }

    private static void refuse(HttpServerRequest request, String why) {
        Exchange.expectNoBody(request);
        Problem.answer(request, ApiHandler.requestId(request), ProblemType.INVALID_REQUEST, why);
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
