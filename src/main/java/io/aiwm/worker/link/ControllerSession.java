package io.aiwm.worker.link;

import io.aiwm.boot.Config;
import io.aiwm.common.Json;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.Goodbye;
import io.aiwm.protocol.Heartbeat;
import io.aiwm.protocol.HeartbeatAck;
import io.aiwm.protocol.HeartbeatBuilder;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeModels;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** One session from the first try to its end: carries its id in every message, and beats as the controller paces. */
final class ControllerSession implements Transport.Listener, ControllerMessages.Session {
    /** Heartbeats without an answer after which the controller is taken as lost. */
    private static final int MISSED_LIMIT = 3;

    private final Vertx vertx;
    private final ControllerMessages inbox;
    private final Supplier<SystemInfo> lastSample;
    private final Supplier<Map<String, Long>> activeCommands;
    private final BiConsumer<ControllerSession, LinkEnding> onEnd;
    private Transport.Channel channel;
    private String sessionId;
    /** As the controller was told last. */
    private List<NodeModel> models = List.of();

    private long intervalMs;
    private long sequence;
    private long heardAt;
    private long timer = -1;
    private boolean over;

    ControllerSession(
            Vertx vertx,
            Config.Worker config,
            ControllerMessages inbox,
            Supplier<SystemInfo> lastSample,
            Supplier<Map<String, Long>> activeCommands,
            BiConsumer<ControllerSession, LinkEnding> onEnd) {
        this.vertx = vertx;
        this.intervalMs = config.heartbeatInterval().toMillis();
        this.inbox = inbox;
        this.lastSample = lastSample;
        this.activeCommands = activeCommands;
        this.onEnd = onEnd;
    }

    void opened(Transport.Channel channel) {
        this.channel = channel;
    }

    Future<RegisterAck> register(NodeRegister registration) {
        models = registration.models();
        return channel.register(registration);
    }

    void begin(RegisterAck ack) {
        sessionId = ack.sessionId();
        heardAt = System.nanoTime();
        pace(ack.heartbeatIntervalMs());
        beatLater();
    }

    /** Tells the controller what models there are, unless it knows. Before {@link #begin} nothing is said. */
    void models(List<NodeModel> now) {
        if (sessionId != null && !over && !now.equals(models)) {
            models = now;
            send(NodeModels.TYPE, Json.toObject(new NodeModels(null, now)), null);
        }
    }

    /** Drops the message while there is no session id, because no controller could attribute it. */
    void send(String type, JsonObject data, String commandId) {
        if (sessionId == null || over) {
            return;
        }
        var signed = new JsonObject(new LinkedHashMap<>(data.getMap())).put("sessionId", sessionId);
        var metadata = commandId == null ? null : new JsonObject().put("commandId", commandId);
        channel.send(Envelope.command(type, signed, metadata));
    }

    /** Ends the session; the listener is not called. */
    Future<Void> end() {
        over = true;
        vertx.cancelTimer(timer);
        return channel == null ? Future.succeededFuture() : channel.close();
    }

    void lost(LinkEnding ending) {
        if (!over) {
            end();
            onEnd.accept(this, ending);
        }
    }

    @Override
    public void message(Envelope message) {
        if (!over) {
            inbox.take(message, this);
        }
    }

    @Override
    public void ended(LinkEnding ending) {
        lost(ending);
    }

    @Override
    public void heartbeatAcknowledged(HeartbeatAck ack) {
        heardAt = System.nanoTime();
        pace(ack.nextHeartbeatMs());
    }

    @Override
    public void goodbye(Goodbye goodbye) {
        lost(new LinkEnding(LinkEnding.Kind.MOVED, "the controller says goodbye: " + goodbye.reason()));
    }

    @Override
    public void reply(Envelope message) {
        channel.send(message);
    }

    private void pace(long milliseconds) {
        if (milliseconds > 0) {
            intervalMs = milliseconds;
        }
    }

    private void beatLater() {
        timer = vertx.setTimer(intervalMs, ignored -> beat());
    }

    private void beat() {
        if (over) {
            return;
        }
        long silentMs = Duration.ofNanos(System.nanoTime() - heardAt).toMillis();
        if (silentMs > MISSED_LIMIT * intervalMs) {
            lost(new LinkEnding(LinkEnding.Kind.LOST, "no heartbeat.ack for " + silentMs + " ms"));
            return;
        }
        send(Heartbeat.TYPE, Json.toObject(heartbeat()), null);
        beatLater();
    }

    private Heartbeat heartbeat() {
        Map<String, Long> leftMs = activeCommands.get();
        List<String> active = List.copyOf(leftMs.keySet());
        SystemInfo seen = lastSample.get();
        boolean blind = seen == null;
        return HeartbeatBuilder.builder()
                .sequence(++sequence)
                .status(active.isEmpty() ? "IDLE" : "BUSY")
                .activeCommands(active)
                .leftMs(leftMs)
                .cpuUsage(blind || seen.cpu() == null ? null : seen.cpu().usage())
                .memoryUsedBytes(
                        blind || seen.memory() == null ? null : seen.memory().usedBytes())
                .gpus(
                        blind || seen.gpus() == null
                                ? List.of()
                                : seen.gpus().stream()
                                        .map(gpu -> new Heartbeat.GpuUse(
                                                gpu.index(), gpu.utilization(), gpu.memoryUsedBytes()))
                                        .toList())
                .build();
    }
}
