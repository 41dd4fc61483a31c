package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.event.Events;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Lets browsers hear the event bus, and of it only what is published under {@code aiwm.page.} and {@code aiwm.events.}, and what
 * {@link BridgeFeed}s tell; they can send nothing. Opened by a one-time ticket, from our own page or a named origin, and closed
 * when the token behind it expires, is ended, or has another role. A browser that takes nothing is spared messages, which it
 * sees by their numbers, and is let go after a while. Over WebSocket only: the raw one at {@code /eventbus/websocket}, or
 * SockJS's framing of it.
 */
public final class EventBridge {
    private static final String PATH = "/eventbus";
    private static final String SOCKET = "/websocket";
    /** What SockJS clients ask first; it opens nothing. */
    private static final String INFO = PATH + "/info";

    private static final String PRINCIPAL = "aiwm.principal";
    /** Gives back the share of a request that was admitted and did not become a socket. */
    private static final String UPGRADE_TIMER = "aiwm.upgradeTimer";

    private static final long UPGRADE_MILLIS = 10_000;
    /** Longer than the minute to which browsers slow the timers of a page that nobody sees. */
    private static final long PING_MILLIS = 150_000;

    /** With what the check itself may be behind, a socket outlives its token by less than five seconds. */
    static final long RECHECK_MILLIS = 2_000;
    /** Close code: sign in again. */
    static final short SIGNED_OUT = 4401;
    /** Close code: it takes messages too slowly. */
    static final short SLOW = 4429;

    /** Close code: it has not pinged. */
    static final short SILENT = 4408;

    static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final Tickets tickets;
    private final TokenCheck tokens;
    private final Cors cors;
    private final Shares shares;
    private final InstantSource clock;
    private final Context context;
    private final BridgeAddresses addresses;
    private final BridgeReadings readings;
    private final Set<BridgeSocket> open = new HashSet<>();

    /** Call on the event loop that serves it. */
    private EventBridge(ServerLoop loop, TicketSockets.Door door, List<BridgeFeed> feeds) {
        this.vertx = loop.vertx();
        this.context = loop.context();
        this.tickets = door.tickets();
        this.tokens = door.tokens();
        this.cors = new Cors(door.config().corsOrigins());
        this.shares = loop.shares();
        this.clock = door.clock();
        this.readings = new BridgeReadings(context, feeds);
        this.addresses = new BridgeAddresses(vertx, context);
        vertx.setPeriodic(Events.INTEREST_MILLIS, tick -> {
            if (!open.isEmpty()) {
                Events.declareInterest(vertx);
            }
        });
        vertx.setPeriodic(RECHECK_MILLIS, tick -> {
            List.copyOf(open).forEach(this::recheck);
            readings.look();
        });
    }

    /** Everything at and below {@code /eventbus}, by one bridge per event loop. */
    public static List<Mount> mounts(TicketSockets.Door door, List<BridgeFeed> feeds) {
        var bridges = new ConcurrentHashMap<ServerLoop, Handler<HttpServerRequest>>();
        Function<ServerLoop, Handler<HttpServerRequest>> bridge =
                loop -> bridges.computeIfAbsent(loop, made -> new EventBridge(made, door, feeds).router());
        return List.of(Mount.socket(PATH, bridge), Mount.socket(PATH + "/", bridge));
    }

    private Router router() {
        var options = new SockJSHandlerOptions()
                .setHeartbeatInterval(25_000)
                .setRegisterWriteHandler(false)
                .addDisabledTransport("EVENT_SOURCE")
                .addDisabledTransport("HTML_FILE")
                .addDisabledTransport("JSON_P")
                .addDisabledTransport("XHR");
        Router router = Router.router(vertx);
        router.route(PATH + "/*").handler(this::admit);
        router.route(PATH + "/*").subRouter(SockJSHandler.create(vertx, options).socketHandler(this::opened));
        // without it Vert.x answers in HTML
        router.route().handler(at -> notHere(at.request()));
        return router;
    }

    private static void notHere(HttpServerRequest request) {
        Problem.answer(
                request, Headers.requestId(request), ProblemType.NOT_FOUND, "listen at " + PATH + SOCKET + "?ticket=");
    }

    /**
     * Before the upgrade, so that a refusal is an ordinary answer. Reads the path as routing does, and lets on only what it
     * knows: what routing would take for a way in by another spelling has no way past.
     */
    private void admit(RoutingContext at) {
        HttpServerRequest request = at.request();
        String requestId = Headers.requestId(request);
        if (!cors.mayConnect(request)) {
            Problem.answer(request, requestId, ProblemType.FORBIDDEN, "pages of this origin may not listen here");
            return;
        }
        String path = at.normalizedPath();
        if (path.equals(INFO)) {
            at.next();
            return;
        }
        if (!opensSocket(path)) {
            notHere(request);
            return;
        }
        // the ticket may be older than what has ended its owner's token
        Future<Principal> known = tickets.redeem(request.getParam("ticket"))
                .compose(tokens::recheck)
                .map(who -> {
                    shares.take(Shares.Kind.SOCKETS, who.name());
                    return who;
                });
        if (known.isComplete()) {
            admit(at, requestId, known);
        } else {
            request.pause();
            known.onComplete(done -> context.runOnContext(go -> {
                request.resume();
                admit(at, requestId, known);
            }));
        }
    }

    /** The raw socket, or SockJS's {@code /eventbus/server/session/websocket}. */
    private static boolean opensSocket(String path) {
        if (!path.startsWith(PATH + "/") || !path.endsWith(SOCKET)) {
            return false;
        }
        int slashes = (int) path.chars().filter(c -> c == '/').count();
        return path.equals(PATH + SOCKET) || slashes == 4;
    }

    /** The share is taken already, so that two who come together do not both get the last one. */
    private void admit(RoutingContext at, String requestId, Future<Principal> known) {
        if (known.failed()) {
            Problem.answer(at.request(), requestId, known.cause());
            return;
        }
        Principal who = known.result();
        at.put(PRINCIPAL, who);
        at.put(UPGRADE_TIMER, vertx.setTimer(UPGRADE_MILLIS, late -> shares.giveBack(Shares.Kind.SOCKETS, who.name())));
        at.next();
    }

    private void recheck(BridgeSocket socket) {
        if (socket.isStuck(PATIENCE)) {
            socket.close(SLOW, "too slow: read the lists again");
            return;
        }
        if (socket.isSilent(PING_MILLIS)) {
            socket.close(SILENT, "no ping for too long");
            return;
        }
        tokens.recheck(socket.principal)
                .onComplete(now -> context.runOnContext(go -> {
                    // without the store nobody is told to sign in again: what a token may is asked anew when it is back
                    boolean ended = now.failed()
                            ? Failure.of(now.cause()).kind == Failure.Kind.UNAUTHENTICATED
                            : now.result().role() != socket.principal.role();
                    if (ended && open.contains(socket)) {
                        socket.close(SIGNED_OUT, "sign in again");
                    }
                }));
    }

    private void opened(SockJSSocket opened) {
        Principal principal = opened.routingContext().get(PRINCIPAL);
        Instant expiry = principal.expiresAt();
        long left = expiry == null
                ? Duration.ofHours(1).toMillis()
                : Math.max(1, Duration.between(clock.instant(), expiry).toMillis());
        long timer = vertx.setTimer(left, due -> opened.close(SIGNED_OUT, "token expired"));
        var socket = new BridgeSocket(vertx, opened, new BridgeSocket.Heard(addresses, readings), principal, timer);
        open.add(socket);
        long upgrade = opened.routingContext().get(UPGRADE_TIMER);
        if (!vertx.cancelTimer(upgrade)) { // it took so long that its share was given back
            shares.add(Shares.Kind.SOCKETS, principal.name());
        }
        // no line in the log: what breaks is the browser's own end. Not every breach closes the socket, such as a
        // message that is
        // too large in many frames; one that is forgotten here must not stay open beyond its token and its share
        opened.exceptionHandler(broken -> {
            opened.close();
            ended(socket);
        });
        opened.endHandler(end -> ended(socket));
        opened.closeHandler(closed -> ended(socket));
        opened.handler(socket::heard);
    }

    private void ended(BridgeSocket socket) {
        if (socket.end()) {
            open.remove(socket);
            vertx.cancelTimer(socket.timer);
            shares.giveBack(Shares.Kind.SOCKETS, socket.principal.name());
        }
    }
}
