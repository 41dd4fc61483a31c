package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.eventlog.ClusterEvent;
import io.aiwm.controller.eventlog.EventFilter;
import io.aiwm.controller.eventlog.EventReader;
import io.aiwm.controller.eventlog.EventTail;
import io.aiwm.controller.http.Mount;
import io.aiwm.controller.http.TicketSockets;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.time.Instant;
import java.util.function.Function;

/** Events as they come, over a plain WebSocket: each is a text message. */
public final class EventSocket implements EventReader.Client {
    private static final String PATH = "/api/events/ws";
    /** Close code: what it wants to go on from is not kept. */
    private static final short GONE = 4410;
    /** Close code: it takes messages too slowly. */
    private static final short SLOW = 4429;

    private final ServerWebSocket socket;
    private final EventReader reader;

    private EventSocket(ServerWebSocket socket, EventTail tail, EventFilter filter, long after) {
        this.socket = socket;
        this.reader = new EventReader(Vertx.currentContext(), tail, filter, after, this);
    }

    public static Mount mount(EventTail tail, CallerIdentity callers, TicketSockets.Door door) {
        return TicketSockets.mount(
                PATH,
                door,
                caller -> callers.of(caller.principal())
                        .compose(user -> opening(tail, caller.request(), caller.principal(), user.since())));
    }

    private static Future<Function<ServerWebSocket, Runnable>> opening(
            EventTail tail, HttpServerRequest request, Principal who, Instant since) {
        EventFilter filter = EventFilter.of(
                new EventFilter.Wanted(
                        request.params().getAll("type"),
                        request.params().getAll("kind"),
                        request.params().getAll("resource"),
                        request.getParam("severity")),
                who,
                since);
        return place(tail, request.getParam("after"))
                .map(after -> socket -> new EventSocket(socket, tail, filter, after).start());
    }

    private static Future<Long> place(EventTail tail, String after) {
        try {
            return after == null ? tail.range().map(EventTail.Range::newest) : tail.check(Long.parseLong(after));
        } catch (NumberFormatException notOurs) {
            throw Failure.invalid("query:after", "is the revision of an event");
        }
    }

    private Runnable start() {
        socket.drainHandler(room -> reader.pump());
        reader.start();
        return reader::close;
    }

    @Override
    public void send(ClusterEvent event) {
        if (!socket.isClosed()) {
            socket.writeTextMessage(event.text());
        }
    }

    @Override
    public void sendAlive(long position) {
        if (!socket.isClosed()) {
            socket.writePing(Buffer.buffer("aiwm"));
            // a browser's code sees no pings
            socket.writeTextMessage(ClusterEvent.place(position));
        }
    }

    @Override
    public boolean isFull() {
        // a closed one throws, until its end is told
        return socket.isClosed() || socket.writeQueueFull();
    }

    @Override
    public void end(Failure why) {
        boolean gone = why.kind == Failure.Kind.GONE;
        socket.close(gone ? GONE : SLOW, gone ? "gone: read the records again" : "too slow: go on from the last");
    }
}
