package io.aiwm.controller.http;

import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.event.Events;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.bridge.BridgeEventType;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.sockjs.BridgeEvent;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Lets browsers hear the event bus, and of it only what is published under {@code aiwm.events.}; they can send nothing.
 * Opened by a one-time ticket, from our own page or a named origin, and closed when the token behind it expires. Over
 * WebSocket only: the raw one at {@code /eventbus/websocket}, or SockJS's framing of it.
 */
final class EventBridge {
    private static final String PATH = "/eventbus";
    private static final String PRINCIPAL = "aiwm.principal";
    private static final long PING_MILLIS = 30_000;

    private final Vertx vertx;
    private final Tickets tickets;
    private final Cors cors;
    private final InstantSource clock;
    /** Open sockets with the timer that ends each. */
    private final Map<SockJSSocket, Long> open = new HashMap<>();

    EventBridge(Vertx vertx, Tickets tickets, Cors cors, InstantSource clock) {
        this.vertx = vertx;
        this.tickets = tickets;
        this.cors = cors;
        this.clock = clock;
        vertx.setPeriodic(Events.INTEREST_MILLIS, tick -> {
            if (!open.isEmpty()) {
                Events.declareInterest(vertx);
            }
        });
    }

    static boolean serves(HttpServerRequest request) {
        return request.path().startsWith(PATH + "/") || request.path().equals(PATH);
    }

    Router router() {
        var options = new SockJSHandlerOptions()
                .setHeartbeatInterval(25_000)
                .setRegisterWriteHandler(false)
                .addDisabledTransport("EVENT_SOURCE")
                .addDisabledTransport("HTML_FILE")
                .addDisabledTransport("JSON_P")
                .addDisabledTransport("XHR");
        var bridge = new SockJSBridgeOptions()
                .setPingTimeout(PING_MILLIS)
                .setMaxHandlersPerSocket(16)
                .setMaxAddressLength(100)
                .addOutboundPermitted(new PermittedOptions().setAddressRegex("aiwm\\.events\\.[a-z]+"));
        Router router = Router.router(vertx);
        router.route(PATH + "/*").handler(this::admit);
        router.route(PATH + "/*").subRouter(SockJSHandler.create(vertx, options).bridge(bridge, this::watch));
        // without it Vert.x answers in HTML
        router.route()
                .handler(at -> Problem.answer(
                        at.request(),
                        ApiHandler.requestId(at.request()),
                        ProblemType.NOT_FOUND,
                        "listen at " + PATH + "/websocket?ticket="));
        return router;
    }

    /** Before the upgrade, so that a refusal is an ordinary answer. */
    private void admit(RoutingContext at) {
        HttpServerRequest request = at.request();
        String requestId = ApiHandler.requestId(request);
        if (!cors.mayConnect(request)) {
            Problem.answer(request, requestId, ProblemType.FORBIDDEN, "pages of this origin may not listen here");
            return;
        }
        if (!request.path().endsWith("/websocket")) {
            at.next();
            return;
        }
        Principal principal = tickets.redeem(request.getParam("ticket"));
        if (principal == null) {
            Problem.answer(
                    request,
                    requestId,
                    ProblemType.UNAUTHENTICATED,
                    "open this with ?ticket= and a fresh ticket of POST /api/auth/ticket");
            return;
        }
        at.put(PRINCIPAL, principal);
        at.next();
    }

    private void watch(BridgeEvent event) {
        if (event.type() == BridgeEventType.SOCKET_CREATED) {
            opened(event.socket());
        } else if (event.type() == BridgeEventType.SOCKET_CLOSED || event.type() == BridgeEventType.SOCKET_ERROR) {
            Long timer = open.remove(event.socket());
            if (timer != null) {
                vertx.cancelTimer(timer);
            }
        } else if (event.type() == BridgeEventType.REGISTER) {
            Events.declareInterest(vertx);
        }
        event.complete(true);
    }

    private void opened(SockJSSocket socket) {
        Principal principal = socket.routingContext().get(PRINCIPAL);
        Instant expiry = principal.expiresAt();
        long left = expiry == null
                ? Duration.ofHours(1).toMillis()
                : Math.max(1, Duration.between(clock.instant(), expiry).toMillis());
        open.put(socket, vertx.setTimer(left, due -> socket.close(4401, "token expired")));
    }
}
