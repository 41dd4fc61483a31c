package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.event.Events;
import io.aiwm.protocol.Address;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Lets browsers hear the event bus, and of it only what is published under {@code aiwm.page.} and {@code aiwm.events.}, and what
 * {@link BridgeFeed}s tell; they can send nothing. Opened by a one-time ticket, from our own page or a named origin, and closed when the token behind it expires, is
 * ended, or has another role. A browser that takes nothing is spared messages, which it sees by their numbers, and is let go
 * after a while. Over WebSocket only: the raw one at {@code /eventbus/websocket}, or SockJS's framing of it.
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

    private static final String PONG = "{\"type\":\"pong\"}";
    /** With what the check itself may be behind, a socket outlives its token by less than five seconds. */
    static final long RECHECK_MILLIS = 2_000;
    /** Close code: sign in again. */
    static final short SIGNED_OUT = 4401;
    /** Close code: it takes messages too slowly. */
    static final short SLOW = 4429;

    static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final Tickets tickets;
    private final TokenCheck tokens;
    private final Cors cors;
    private final Shares shares;
    private final InstantSource clock;
    private final Context context;
    private final List<BridgeFeed> feeds;
    private final BridgeReadings readings;
    private final Map<SockJSSocket, Open> open = new HashMap<>();

    /** An open socket. */
    private static final class Open {
        private final Principal principal;
        /** Ends the socket with its token. */
        private final long timer;
        /** Since when it takes nothing; 0: it does. */
        private long fullSinceNanos;

        Open(Principal principal, long timer) {
            this.principal = principal;
            this.timer = timer;
        }
    }

    /** Call on the event loop that serves it. */
    private EventBridge(ServerLoop loop, TicketSockets.Door door, List<BridgeFeed> feeds) {
        this.vertx = loop.vertx();
        this.context = loop.context();
        this.tickets = door.tickets();
        this.tokens = door.tokens();
        this.cors = new Cors(door.config().corsOrigins());
        this.shares = loop.shares();
        this.clock = door.clock();
        this.feeds = feeds;
        this.readings = new BridgeReadings(context, feeds, this::hasRoom);
        vertx.setPeriodic(Events.INTEREST_MILLIS, tick -> {
            if (!open.isEmpty()) {
                Events.declareInterest(vertx);
            }
        });
        vertx.setPeriodic(RECHECK_MILLIS, tick -> {
            Map.copyOf(open).forEach(this::recheck);
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
        var bridge = new SockJSBridgeOptions()
                .setPingTimeout(PING_MILLIS)
                .setMaxHandlersPerSocket(BridgeReadings.MOST)
                .setMaxAddressLength(100)
                .addOutboundPermitted(new PermittedOptions().setAddressRegex("aiwm\\.(events|page)\\.[a-z]+"));
        feeds.forEach(feed -> bridge.addOutboundPermitted(new PermittedOptions().setAddressRegex(feed.addresses())));
        Router router = Router.router(vertx);
        router.route(PATH + "/*").handler(this::admit);
        router.route(PATH + "/*").subRouter(SockJSHandler.create(vertx, options).bridge(bridge, this::watch));
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

    private void recheck(SockJSSocket socket, Open who) {
        if (isFull(socket, who) && System.nanoTime() - who.fullSinceNanos >= PATIENCE.toNanos()) {
            socket.close(SLOW, "too slow: read the lists again");
            return;
        }
        tokens.recheck(who.principal)
                .onComplete(now -> context.runOnContext(go -> {
                    // without the store nobody is told to sign in again: what a token may is asked anew when it is back
                    boolean ended = now.failed()
                            ? Failure.of(now.cause()).kind == Failure.Kind.UNAUTHENTICATED
                            : now.result().role() != who.principal.role();
                    if (ended && open.containsKey(socket)) {
                        socket.close(SIGNED_OUT, "sign in again");
                    }
                }));
    }

    private static boolean isFull(SockJSSocket socket, Open who) {
        if (!socket.writeQueueFull()) {
            who.fullSinceNanos = 0;
            return false;
        }
        if (who.fullSinceNanos == 0) {
            who.fullSinceNanos = System.nanoTime();
        }
        return true;
    }

    /** One that takes what it is sent is not slow, although a feed fills its room again at once. */
    private void hasRoom(SockJSSocket socket) {
        Open who = open.get(socket);
        if (who != null) {
            who.fullSinceNanos = 0;
        }
    }

    private boolean mayHear(SockJSSocket socket, JsonObject wanted) {
        Open who = open.get(socket);
        return who != null && who.principal.role().includes(Events.roleFor(wanted.getString("address")));
    }

    private boolean takes(SockJSSocket socket) {
        Open who = open.get(socket);
        return who != null && !isFull(socket, who);
    }

    private void watch(BridgeEvent event) {
        if (event.type() == BridgeEventType.SOCKET_CREATED) {
            opened(event.socket());
        } else if (event.type() == BridgeEventType.SOCKET_CLOSED || event.type() == BridgeEventType.SOCKET_ERROR) {
            readings.closed(event.socket());
            Open ended = open.remove(event.socket());
            if (ended != null) {
                vertx.cancelTimer(ended.timer);
                shares.giveBack(Shares.Kind.SOCKETS, ended.principal.name());
            }
        } else if (event.type() == BridgeEventType.REGISTER) {
            Open who = open.get(event.socket());
            if (who != null && readings.registers(event, who.principal)) {
                return;
            }
            if (!mayHear(event.socket(), event.getRawMessage())) {
                event.complete(false);
                return;
            }
            Events.declareInterest(vertx);
        } else if (event.type() == BridgeEventType.UNREGISTER) {
            readings.unregistered(event.socket(), event.getRawMessage().getString("address"));
        } else if (event.type() == BridgeEventType.SOCKET_PING) {
            // Vert.x takes pings in silence; a page that hears nothing cannot tell a quiet fleet from a dead connection
            event.socket().write(PONG);
        }
        event.complete(
                event.type() != BridgeEventType.RECEIVE || (isOurs(event.getRawMessage()) && takes(event.socket())));
    }

    /** Any member of the cluster can send to an address that browsers hear: only what this process says goes on to them. */
    private static boolean isOurs(JsonObject message) {
        return message.remove("headers") instanceof JsonObject headers
                && Address.PROCESS_MARK.equals(headers.getString(Address.PROCESS_HEADER));
    }

    private void opened(SockJSSocket socket) {
        Principal principal = socket.routingContext().get(PRINCIPAL);
        Instant expiry = principal.expiresAt();
        long left = expiry == null
                ? Duration.ofHours(1).toMillis()
                : Math.max(1, Duration.between(clock.instant(), expiry).toMillis());
        long timer = vertx.setTimer(left, due -> socket.close(SIGNED_OUT, "token expired"));
        open.put(socket, new Open(principal, timer));
        long upgrade = socket.routingContext().get(UPGRADE_TIMER);
        if (!vertx.cancelTimer(upgrade)) { // it took so long that its share was given back
            shares.add(Shares.Kind.SOCKETS, principal.name());
        }
    }
}
