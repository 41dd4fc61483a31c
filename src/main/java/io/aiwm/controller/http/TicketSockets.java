package io.aiwm.controller.http;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Plain WebSockets: opened by a one-time ticket in the query, or a token in the Authorization header, from our
 * own page or a named origin; closed when the token ends or its role changes. Of one event loop.
 */
public final class TicketSockets {
    private static final String BEARER = "Bearer ";
    private static final long MOST_HOURS = 24;
    private static final short TOO_LARGE = 1009;

    private final Vertx vertx;
    private final Context context;
    private final Tickets tickets;
    private final TokenCheck tokens;
    private final Cors cors;
    private final Shares shares;
    private final InstantSource clock;
    private final Function<Caller, Future<Function<ServerWebSocket, Runnable>>> opening;
    private final TrustedProxies proxies;
    private final Map<ServerWebSocket, Principal> open = new HashMap<>();

    /** How callers get in. */
    public record Door(Tickets tickets, TokenCheck tokens, Config.Http config, InstantSource clock) {}

    /**
     * Who asks for a socket, and how.
     *
     * @param address of the client, behind proxies that are trusted
     */
    public record Caller(HttpServerRequest request, Principal principal, String requestId, String address) {}

    private TicketSockets(
            ServerLoop loop, Door door, Function<Caller, Future<Function<ServerWebSocket, Runnable>>> opening) {
        this.vertx = loop.vertx();
        this.context = loop.context();
        this.shares = loop.shares();
        this.tickets = door.tickets();
        this.tokens = door.tokens();
        this.cors = new Cors(door.config().corsOrigins());
        this.clock = door.clock();
        this.proxies = new TrustedProxies(door.config().trustedProxies());
        this.opening = opening;
        vertx.setPeriodic(EventBridge.RECHECK_MILLIS, tick -> Map.copyOf(open).forEach(this::recheck));
    }

    /**
     * Returns the sockets at this path, as a {@link Mount} takes it.
     *
     * @param opening checks a request before it becomes a socket, and returns what uses the socket; this returns what is run when
     *     the socket is closed
     */
    public static Mount mount(
            String path, Door door, Function<Caller, Future<Function<ServerWebSocket, Runnable>>> opening) {
        var made = new ConcurrentHashMap<ServerLoop, Handler<HttpServerRequest>>();
        return Mount.socket(
                path, loop -> made.computeIfAbsent(loop, each -> new TicketSockets(each, door, opening)::handle));
    }

    private void handle(HttpServerRequest request) {
        String requestId = Headers.requestId(request);
        if (!"websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
            refuse(request, requestId, Failure.invalid("this is a WebSocket"));
            return;
        }
        if (!cors.mayConnect(request)) {
            refuse(
                    request,
                    requestId,
                    new Failure(Failure.Kind.FORBIDDEN, "pages of this origin may not connect here"));
            return;
        }
        request.pause();
        // composed: what throws must not leave its caller without an answer
        Future.succeededFuture(request)
                .compose(this::caller)
                .onComplete(known -> context.runOnContext(go -> {
                    if (known.failed()) {
                        refuse(request, requestId, known.cause());
                    } else {
                        admit(request, requestId, known.result());
                    }
                }));
    }

    private Future<Principal> caller(HttpServerRequest request) {
        String header = request.getHeader("Authorization");
        Future<Principal> known = header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? tokens.verify(header.substring(BEARER.length()).strip())
                // the ticket may be older than what has ended its owner's token
                : tickets.redeem(request.getParam("ticket")).compose(tokens::recheck);
        return known.map(who -> {
            if (!who.role().includes(Role.VIEWER)) {
                throw new Failure(Failure.Kind.FORBIDDEN, "this is for users, not for nodes");
            }
            return who;
        });
    }

    private void admit(HttpServerRequest request, String requestId, Principal who) {
        try {
            shares.take(Shares.Kind.SOCKETS, who.name());
        } catch (Failure full) {
            refuse(request, requestId, full);
            return;
        }
        Future.succeededFuture()
                .compose(go -> opening.apply(new Caller(request, who, requestId, proxies.clientOf(request))))
                .compose(use -> request.toWebSocket().onSuccess(socket -> opened(socket, who, use)))
                .onFailure(cause -> context.runOnContext(go -> {
                    shares.giveBack(Shares.Kind.SOCKETS, who.name());
                    refuse(request, requestId, cause);
                }));
    }

    private void opened(ServerWebSocket socket, Principal who, Function<ServerWebSocket, Runnable> use) {
        long left = who.expiresAt() == null
                ? Duration.ofHours(MOST_HOURS).toMillis()
                : Math.max(1, Duration.between(clock.instant(), who.expiresAt()).toMillis());
        long timer = vertx.setTimer(left, due -> socket.close(EventBridge.SIGNED_OUT, "sign in again"));
        open.put(socket, who);
        // a message that is too large in many frames is dropped, and the socket goes on: nobody would know that it is
        // missing
        socket.exceptionHandler(broken -> socket.close(TOO_LARGE, "a message is too large, or malformed"));
        Runnable closing = use.apply(socket);
        socket.closeHandler(closed -> {
            vertx.cancelTimer(timer);
            open.remove(socket);
            shares.giveBack(Shares.Kind.SOCKETS, who.name());
            closing.run();
        });
    }

    private void recheck(ServerWebSocket socket, Principal who) {
        tokens.recheck(who)
                .onComplete(now -> context.runOnContext(go -> {
                    // without the store nobody is told to sign in again
                    boolean ended = now.failed()
                            ? Failure.of(now.cause()).kind == Failure.Kind.UNAUTHENTICATED
                            : now.result().role() != who.role();
                    if (ended && open.containsKey(socket)) {
                        socket.close(EventBridge.SIGNED_OUT, "sign in again");
                    }
                }));
    }

    private static void refuse(HttpServerRequest request, String requestId, Throwable cause) {
        if (!request.response().ended() && !request.response().closed()) {
            request.resume();
            Problem.answer(request, requestId, cause);
        }
    }
}
