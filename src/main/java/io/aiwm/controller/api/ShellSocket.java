package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.http.Mount;
import io.aiwm.controller.http.TicketSockets;
import io.aiwm.controller.shell.Shell;
import io.aiwm.controller.shell.ShellSessions;
import io.aiwm.protocol.ShellInput;
import io.aiwm.protocol.ShellOpen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Function;

/**
 * A shell in the container of a replica, over a WebSocket: binary messages are what is typed and printed, text messages are JSON that
 * says what happens to it.
 */
public final class ShellSocket implements Shell.Client {
    private static final String PATH = "/api/deployments/*/replicas/*/shell";
    private static final int ID_PART = 3;
    private static final int INDEX_PART = 5;
    /** Close code of a shell that ended otherwise than by its exit; of one that was not opened, with the status of HTTP added. */
    private static final short BROKEN = 4000;

    private static final int REFUSED = 4000;

    private static final short TOO_MUCH = 1009;
    private static final short MALFORMED = 1007;
    /** Of a text message. */
    private static final int MOST_SAID = 200;

    private static final int MOST_WORDS = 100;
    private static final int MOST_CHARACTERS = 4_000;
    private static final long LOOK_MILLIS = 10_000;
    /** So many looks in a row without an answer: the client is gone. */
    private static final int MOST_SILENT = 6;

    private static final int COLUMNS = 80;
    private static final int ROWS = 24;

    private final ServerWebSocket socket;
    private final ShellAudit.Entry audit;
    private Shell shell;
    private boolean held;
    private int silent;

    private ShellSocket(ServerWebSocket socket, ShellAudit.Entry audit) {
        this.socket = socket;
        this.audit = audit;
    }

    /**
     * Callers who may not open any are refused over HTTP. Everyone else is told in the socket why none is opened, because a page
     * does not get to see how the request for a socket was answered.
     *
     * @param shells null: they are switched off
     */
    public static Mount mount(
            ShellSessions shells, Deployments deployments, ShellAudit audit, TicketSockets.Door door) {
        return TicketSockets.mount(PATH, door, caller -> {
            if (!caller.principal().role().includes(Role.OPERATOR)) {
                var refusal = new Failure(Failure.Kind.FORBIDDEN, "a shell needs the role operator");
                audit.refused(caller, refusal);
                throw refusal;
            }
            return Future.succeededFuture()
                    .compose(go -> place(shells, deployments, caller.request()))
                    .compose(place -> opening(shells, place, audit, caller))
                    .recover(cause -> {
                        Failure why = Failure.of(cause);
                        audit.refused(caller, why);
                        return Future.succeededFuture(socket -> refuse(socket, why));
                    });
        });
    }

    private static Runnable refuse(ServerWebSocket socket, Failure why) {
        socket.writeTextMessage(new JsonObject()
                .put("event", "ended")
                .put("status", why.kind.code)
                .put("error", why.getMessage())
                .encode());
        socket.close((short) (REFUSED + why.kind.code), "refused");
        return () -> {};
    }

    private static Future<ShellSessions.Place> place(
            ShellSessions shells, Deployments deployments, HttpServerRequest request) {
        if (shells == null) {
            throw new Failure(Failure.Kind.FORBIDDEN, "shells are switched off (deployments.shells.enabled)");
        }
        String[] parts = request.path().split("/");
        String id = parts[ID_PART];
        int index = number(parts[INDEX_PART], "path:index", 0, Integer.MAX_VALUE);
        List<String> command = request.params().getAll("command");
        if (command.size() > MOST_WORDS
                || command.stream().mapToInt(String::length).sum() > MOST_CHARACTERS) {
            throw Failure.invalid(
                    "query:command", "has at most " + MOST_WORDS + " words of " + MOST_CHARACTERS + " characters");
        }
        int columns = number(request.getParam("columns", "" + COLUMNS), "query:columns", 1, ShellOpen.MOST_CELLS);
        int rows = number(request.getParam("rows", "" + ROWS), "query:rows", 1, ShellOpen.MOST_CELLS);
        return deployments.get(id).map(found -> {
            Replica replica = found.instances().stream()
                    .filter(one -> one.index() == index)
                    .findFirst()
                    .orElseThrow(() -> Failure.notFound("replica", index + " of deployment " + id));
            if (replica.container() == null) {
                throw Failure.busy("replica " + index + " has no container: it is " + replica.state());
            }
            return new ShellSessions.Place(
                    replica.nodeId(), id, index, command.isEmpty() ? null : command, columns, rows);
        });
    }

    private static int number(String text, String pointer, int least, int most) {
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException notOne) {
            // said below
        }
        throw Failure.invalid(pointer, "is a number from " + least + " to " + most);
    }

    private static Future<Function<ServerWebSocket, Runnable>> opening(
            ShellSessions shells, ShellSessions.Place place, ShellAudit audit, TicketSockets.Caller caller) {
        ShellSessions.Kept kept = shells.keep(caller.principal().name(), place.nodeId());
        return audit.asked(caller, place).onFailure(refused -> kept.giveUp()).map(entry -> socket -> {
            var client = new ShellSocket(socket, entry);
            return client.start(shells.open(Vertx.currentContext(), kept, place, client));
        });
    }

    private Runnable start(Shell opened) {
        shell = opened;
        Vertx vertx = Vertx.currentContext().owner();
        long timer = vertx.setPeriodic(LOOK_MILLIS, tick -> look());
        socket.pongHandler(pong -> silent = 0);
        socket.drainHandler(room -> shell.drained());
        socket.binaryMessageHandler(this::typed);
        socket.textMessageHandler(this::said);
        return () -> {
            vertx.cancelTimer(timer);
            shell.close();
        };
    }

    /** Whose machine is gone says nothing, and TCP notices it late; while typing is held back, answers are not read. */
    private void look() {
        if (socket.isClosed()) {
            return;
        }
        silent = held ? 0 : silent + 1;
        if (silent > MOST_SILENT) {
            socket.close(BROKEN, "nobody answers");
        } else {
            socket.writePing(Buffer.buffer("aiwm"));
        }
    }

    private void typed(Buffer bytes) {
        if (bytes.length() > ShellInput.MAX_BYTES || !shell.type(bytes.getBytes())) {
            socket.close(TOO_MUCH, "at most " + ShellInput.MAX_BYTES + " bytes at once, and none before it runs");
        }
    }

    private void said(String text) {
        try {
            var asked = new JsonObject(text.length() > MOST_SAID ? "" : text);
            int columns = asked.getInteger("columns");
            int rows = asked.getInteger("rows");
            if (columns > 0 && rows > 0 && columns <= ShellOpen.MOST_CELLS && rows <= ShellOpen.MOST_CELLS) {
                shell.resize(columns, rows);
                return;
            }
        } catch (DecodeException | ClassCastException | NullPointerException malformed) {
            // said below
        }
        socket.close(MALFORMED, "a text message is {\"columns\": N, \"rows\": N}");
    }

    @Override
    public void begun() {
        tell(new JsonObject().put("event", "begun"));
    }

    @Override
    public void printed(Buffer bytes) {
        if (!socket.isClosed()) {
            socket.writeBinaryMessage(bytes);
        }
    }

    @Override
    public boolean isFull() {
        // a closed one throws, until its end is told
        return socket.isClosed() || socket.writeQueueFull();
    }

    @Override
    public void mayType(boolean may) {
        held = !may;
        if (may) {
            socket.resume();
        } else {
            socket.pause();
        }
    }

    @Override
    public void ended(Integer exitCode, String error) {
        audit.ended(exitCode, error);
        var end = new JsonObject().put("event", "ended");
        tell(error == null ? end.put("exitCode", exitCode) : end.put("error", error));
        if (!socket.isClosed()) {
            socket.resume();
            socket.close(error == null ? 1000 : BROKEN, error == null ? "it has ended" : "it broke off");
        }
    }

    private void tell(JsonObject what) {
        if (!socket.isClosed()) {
            socket.writeTextMessage(what.encode());
        }
    }
}
