package io.aiwm.worker.hollow;

import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A node without a machine: speaks the protocol over a real WebSocket and says that every command succeeded. A job whose
 * command is {@code ["sleep", "N"]} takes N seconds, so that tests can hold nodes busy. Keeps nothing on disk; a result is
 * offered until it is acknowledged, and a command id that was settled starts nothing again. It can be cut off, as if its
 * cable were pulled, and works on meanwhile. Lives on one event loop.
 */
final class HollowNode {
    private static final long OFFER_AGAIN_MS = 5_000;
    private static final int MAX_PARALLEL = 10_000;
    private static final int MAX_SETTLED = 10_000;
    /** Heartbeats in a row without an answer, after which it connects anew. */
    private static final int UNANSWERED = 3;

    private static final class Unacknowledged {
        final boolean cancelled;
        final boolean job;
        long offeredAt = System.nanoTime();

        Unacknowledged(boolean cancelled, boolean job) {
            this.cancelled = cancelled;
            this.job = job;
        }
    }

    private final Vertx vertx;
    private final WebSocketClient client;
    private final HollowMessages messages;
    private final WebSocketConnectOptions options;
    private final String nodeId;
    private final long delayMs;
    private final Runnable onRegistered;
    private final HollowEvents events;
    private final Map<String, Long> atWork = new HashMap<>();
    private final Map<String, Unacknowledged> results = new HashMap<>();
    private final Set<String> settled = Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MAX_SETTLED;
        }
    });
    /** The connection, or the one that is being made. */
    private ClientWebSocket socket;
    /** The same from when it stands on. One that does not stand yet throws at whatever it is asked. */
    private ClientWebSocket open;

    private String sessionId;
    private long sequence;
    private long heartbeat = -1;
    private int failures;
    private int unanswered;
    private boolean stopped;
    private boolean cutOff;
    /** A connection that was given up while cut off; it is closed when that is over. Mostly null. */
    private ClientWebSocket abandoned;

    /**
     * What the nodes of one process share.
     *
     * @param delayMs how long a command takes that says nothing of it
     */
    record Shared(Vertx vertx, WebSocketClient client, HollowMessages messages, long delayMs, HollowEvents events) {}

    HollowNode(Shared shared, WebSocketConnectOptions options, String nodeId, Runnable onRegistered) {
        this.vertx = shared.vertx();
        this.client = shared.client();
        this.messages = shared.messages();
        this.delayMs = shared.delayMs();
        this.events = shared.events();
        this.options = options;
        this.nodeId = nodeId;
        this.onRegistered = onRegistered;
        vertx.setPeriodic(OFFER_AGAIN_MS, ignored -> offerAgain(OFFER_AGAIN_MS));
    }

    String id() {
        return nodeId;
    }

    void connect() {
        if (socket != null || stopped || cutOff) {
            return;
        }
        var next = client.webSocket();
        next.textMessageHandler(message -> take(next, message));
        next.closeHandler(ignored -> disconnected(next));
        socket = next;
        next.connect(options).onSuccess(up -> connected(next)).onFailure(cause -> disconnected(next));
    }

    private void connected(ClientWebSocket which) {
        if (socket == which && !stopped) {
            open = which;
        } else {
            which.close();
        }
    }

    void stop() {
        stopped = true;
        if (open != null) {
            open.close();
        }
    }

    /** From now on no message comes in or goes out, and the connection is not closed. */
    void cutOff() {
        cutOff = true;
        events.gone(nodeId);
    }

    /** Ends {@link #cutOff}. A connection goes on if it was for no longer than any worker keeps one without an answer. */
    void restore() {
        cutOff = false;
        if (abandoned != null) {
            abandoned.close();
            abandoned = null;
        }
        failures = 0;
        unanswered = 0;
        connect();
    }

    /** Ends its connection and makes another, at once. */
    void reconnect() {
        failures = 0;
        dropConnection();
    }

    private void dropConnection() {
        var dropped = open;
        if (socket != null) {
            disconnected(socket);
        }
        if (dropped != null) {
            if (cutOff) {
                abandoned = dropped;
            } else {
                dropped.close();
            }
        }
    }

    private void disconnected(ClientWebSocket which) {
        if (socket != which) {
            return;
        }
        socket = null;
        open = null;
        vertx.cancelTimer(heartbeat);
        sessionId = null;
        unanswered = 0;
        events.gone(nodeId);
        if (!stopped) {
            long ceiling = Math.min(10_000, 200L << Math.min(failures++, 6));
            vertx.setTimer(1 + ThreadLocalRandom.current().nextLong(ceiling), ignored -> connect());
        }
    }

    private void take(ClientWebSocket from, String message) {
        if (cutOff || from != socket) {
            return;
        }
        open = from; // the first message may come before it is told that the connection stands
        switch (HollowMessages.type(message)) {
            case "connection.ack" -> say(messages.register(nodeId, MAX_PARALLEL, results.keySet()));
            case "register.ack" -> registered(new JsonObject(message).getJsonObject("data"));
            case "heartbeat.ack" -> {
                unanswered = 0;
                events.heard(nodeId);
                beatLater(new JsonObject(message).getJsonObject("data").getLong("nextHeartbeatMs"));
            }
            case "result.ack" -> settled(HollowMessages.commandId(message));
            case "command.cancel" -> cancel(HollowMessages.commandId(message));
            case "error", "goodbye", "logs.follow", "logs.stop", "shell.open", "shell.input", "shell.close" -> {
                // nothing to do about it
            }
            case "job.run" -> job(HollowMessages.commandId(message), new JsonObject(message));
            default -> command(HollowMessages.commandId(message), delayMs, false);
        }
    }

    private void registered(JsonObject ack) {
        if (!ack.getBoolean("accepted")) {
            System.err.println(nodeId + " refused: " + ack.getString("reason"));
            open.close();
            return;
        }
        failures = 0;
        sessionId = ack.getString("sessionId");
        events.registered(nodeId);
        beatLater(ack.getLong("heartbeatIntervalMs"));
        for (Object command : ack.getJsonArray("forget")) {
            settled((String) command);
        }
        offerAgain(0);
        onRegistered.run();
    }

    private void settled(String id) {
        results.remove(id);
        settled.add(id);
    }

    private void beatLater(long milliseconds) {
        vertx.cancelTimer(heartbeat);
        heartbeat = vertx.setTimer(Math.max(1, milliseconds), ignored -> {
            if (unanswered++ == UNANSWERED) {
                dropConnection();
            } else if (sessionId != null) {
                say(messages.heartbeat(nodeId, sessionId, ++sequence, atWork.size()));
                // if this one is not answered, the next still goes out
                beatLater(milliseconds);
            }
        });
    }

    private void job(String id, JsonObject message) {
        var words = message.getJsonObject("data", new JsonObject()).getJsonArray("command");
        boolean sleeps = words != null
                && words.size() == 2
                && "sleep".equals(words.getValue(0))
                && String.valueOf(words.getValue(1)).matches("\\d{1,6}(\\.\\d{1,3})?");
        long takesMs = sleeps ? (long) (Double.parseDouble(String.valueOf(words.getValue(1))) * 1_000) : delayMs;
        command(id, takesMs, true);
    }

    private void command(String id, long takesMs, boolean job) {
        if (id == null || sessionId == null) {
            return;
        }
        say(messages.ack(sessionId, id));
        if (atWork.containsKey(id) || results.containsKey(id) || settled.contains(id)) {
            return;
        }
        events.began(nodeId, id);
        if (takesMs == 0) {
            // in the same turn of the event loop, so that both leave in one write
            finish(id, false, job);
        } else {
            atWork.put(id, vertx.setTimer(takesMs, ignored -> finish(id, false, job)));
        }
    }

    private void cancel(String id) {
        Long timer = atWork.get(id);
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
        Unacknowledged known = results.get(id);
        finish(id, known == null || known.cancelled, known != null && known.job);
    }

    private void finish(String id, boolean cancelled, boolean job) {
        atWork.remove(id);
        events.ended(nodeId, id);
        results.put(id, new Unacknowledged(cancelled, job));
        if (sessionId != null) {
            say(messages.result(sessionId, id, cancelled, job));
        }
    }

    private void offerAgain(long afterMs) {
        if (sessionId == null) {
            return;
        }
        long now = System.nanoTime();
        results.forEach((id, result) -> {
            if (now - result.offeredAt >= afterMs * 1_000_000) {
                result.offeredAt = now;
                say(messages.result(sessionId, id, result.cancelled, result.job));
            }
        });
    }

    private void say(String message) {
        if (open != null && !open.isClosed() && !cutOff) {
            open.writeTextMessage(message);
        }
    }
}
