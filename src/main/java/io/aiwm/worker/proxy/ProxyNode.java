package io.aiwm.worker.proxy;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.common.Monotonic;
import io.aiwm.inference.limit.LocalLimiter;
import io.aiwm.protocol.ProxyConfig;
import io.aiwm.protocol.ProxyLeased;
import io.aiwm.protocol.ProxyState;
import io.aiwm.protocol.ProxyUsageAck;
import io.aiwm.worker.command.Uplink;
import io.aiwm.worker.link.ProxyTraffic;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxy put together: serves what was configured last, tells the controller what that is and how much is under way, and
 * hands over what was used. Safe to use from any thread.
 */
public final class ProxyNode implements ProxyTraffic {
    private static final long TICK_MS = 1_000;
    /** So often the controller is told also what it knows: a message may be lost. */
    private static final long TELL_MS = 10_000;

    private static final Logger log = LoggerFactory.getLogger(ProxyNode.class);

    private final Vertx vertx;
    private final KeptConfig disk;
    private final WorkerExecutor worker;
    private final UsageJournal journal;
    private final UsageReplay replay;
    private final Uplink uplink;
    private final ConfiguredCallers callers;
    private final LinkAllowances allowances;
    private final LocalLimiter limiter;
    private final ServedGateway gateway;
    private final ProxyServer server;
    private final ConfigPieces pieces = new ConfigPieces();
    private volatile KeptConfig.Kept serving = KeptConfig.Kept.NONE;
    private List<ProxyState.Load> told = List.of();
    private long toldAt;
    private long timer;
    private long limitTimer;

    private ProxyNode(Parts parts, KeptConfig disk, UsageJournal journal, WorkerExecutor worker) throws IOException {
        this.vertx = parts.vertx;
        this.disk = disk;
        this.worker = worker;
        this.journal = journal;
        this.uplink = parts.uplink;
        this.replay = new UsageReplay(journal, uplink);
        this.callers = new ConfiguredCallers(parts.clock);
        this.allowances = new LinkAllowances(uplink);
        String holder = Ids.next("gw");
        ProxyLeases leases = ProxyLeases.open(worker, parts.folder.resolve("leases"), holder, allowances);
        this.limiter = new LocalLimiter(holder, leases, parts.clock, allowances::gateways, leases);
        this.gateway = parts.gateway.make(vertx, callers, limiter, journal);
        this.server = new ProxyServer(vertx, parts.settings, gateway, this::health);
    }

    /** @param folder of this proxy alone */
    public record Parts(
            Vertx vertx,
            Config.Proxy settings,
            Path folder,
            InstantSource clock,
            Uplink uplink,
            ServedGateway.Maker gateway) {}

    /** Reads the last configuration and the usage that is not counted yet. Fails where the disk does not let it. */
    public static Future<ProxyNode> open(Parts parts) {
        WorkerExecutor worker =
                parts.vertx.createSharedWorkerExecutor("aiwm-proxy-" + parts.folder.toAbsolutePath(), 1);
        return UsageJournal.open(parts.vertx, parts.folder.resolve("usage"), UsageJournal.MOST_BYTES)
                .compose(journal -> worker.executeBlocking(() -> {
                    var disk = new KeptConfig(parts.folder);
                    var node = new ProxyNode(parts, disk, journal, worker);
                    node.serve(disk.load());
                    return node;
                }));
    }

    /** Serves on the event loop that it is deployed to; may be several. */
    public Deployable verticle() {
        return new ProxyVerticle(server);
    }

    /** Begins to tell the controller. */
    public void start() {
        limitTimer = vertx.setPeriodic(LocalLimiter.TICK_MILLIS, tick -> limiter.tick());
        timer = vertx.setPeriodic(TICK_MS, tick -> {
            replay.tick();
            tell(false);
        });
    }

    private void serve(KeptConfig.Kept kept) {
        gateway.configure(kept.config());
        serving = kept;
        if (kept.sha256() != null) {
            callers.configure(kept.config());
            log.info("the proxy serves configuration {}", kept.config().revision());
        }
    }

    @Override
    public void sessionBegan() {
        tell(true);
        replay.sessionBegan();
    }

    @Override
    public void configured(ProxyConfig piece) {
        ConfigPieces.Zipped whole;
        synchronized (pieces) {
            whole = pieces.add(piece);
        }
        if (whole == null) {
            return;
        }
        worker.executeBlocking(() -> {
                    take(whole);
                    return null;
                })
                .onSuccess(taken -> tell(true))
                .onFailure(cause -> log.error("a configuration cannot be used: {}", why(cause)));
    }

    private void take(ConfigPieces.Zipped whole) throws IOException {
        if (whole.sha256().equals(serving.sha256())) {
            return;
        }
        byte[] text = whole.text();
        KeptConfig.Kept next = KeptConfig.read(text);
        try {
            disk.save(text);
        } catch (IOException cause) {
            log.error("the configuration cannot be kept on disk: {}", cause.toString());
        }
        serve(next);
    }

    /** The words of a parser quote what it has read, which may be secret. */
    private static String why(Throwable cause) {
        return cause instanceof Failure ? "it is malformed" : cause.toString();
    }

    @Override
    public void counted(ProxyUsageAck ack) {
        replay.counted(ack);
    }

    @Override
    public void leased(ProxyLeased leased) {
        allowances.leased(leased);
    }

    private synchronized void tell(boolean now) {
        List<ProxyState.Load> load = gateway.load();
        if (!now && load.equals(told) && Monotonic.millis() - toldAt < TELL_MS) {
            return;
        }
        told = load;
        toldAt = Monotonic.millis();
        KeptConfig.Kept kept = serving;
        var state = new ProxyState(
                null,
                journal.gatewayId(),
                kept.sha256() == null ? null : kept.config().revision(),
                kept.sha256(),
                server.url(),
                load.size() > ProxyState.MOST_LOADS ? load.subList(0, ProxyState.MOST_LOADS) : load);
        uplink.send(ProxyState.TYPE, Json.toObject(state), null);
    }

    /** Where callers reach it. */
    public String url() {
        return server.url();
    }

    /** Which configuration it serves, for people. */
    public JsonObject serving() {
        return new JsonObject().put("revision", health()).put("url", url());
    }

    /** Null: it has no configuration yet. */
    private Long health() {
        KeptConfig.Kept kept = serving;
        return kept.sha256() == null ? null : kept.config().revision();
    }

    /** Writes what is left to be written. */
    public Future<Void> close() {
        vertx.cancelTimer(timer);
        vertx.cancelTimer(limitTimer);
        return server.close().eventually(journal::close).eventually(worker::close);
    }
}
