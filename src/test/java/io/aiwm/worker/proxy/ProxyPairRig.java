package io.aiwm.worker.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.proxy.Proxies;
import io.aiwm.controller.proxy.ProxyCounting;
import io.aiwm.inference.CallerSource;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.limit.MemoryAllowances;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.UsageSink;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.ProxyConfig;
import io.aiwm.protocol.ProxyLease;
import io.aiwm.protocol.ProxyLeased;
import io.aiwm.protocol.ProxyState;
import io.aiwm.protocol.ProxyUsage;
import io.aiwm.protocol.ProxyUsageAck;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The controller's and the worker's side of a proxy, with a link between them that the test cuts. */
@Timeout(60)
abstract class ProxyPairRig {
    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    final List<String> counted = new CopyOnWriteArrayList<>();
    final List<Long> sequences = new CopyOnWriteArrayList<>();
    volatile boolean proxyRole = true;
    volatile boolean onController = true;
    volatile boolean connected = true;
    volatile boolean losesAcks;
    volatile ProxyNode node;
    volatile Plugged gateway;
    final Proxies proxies = new Proxies(
            vertx,
            (nodeId, message) -> down(message),
            nodeId -> proxyRole,
            nodeId -> onController,
            new ProxyCounting(this::count, new MemoryAllowances(Clock.systemUTC()), () -> 2),
            Clock.systemUTC());

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    void start() throws Exception {
        node = ProxyNode.open(new ProxyNode.Parts(
                        vertx,
                        new Config.Proxy("127.0.0.1", 0, null, null, null),
                        folder,
                        Clock.systemUTC(),
                        (type, data, command) -> up(Envelope.of(type, data)),
                        (on, callers, limiter, usage) -> gateway = new Plugged(callers, limiter, usage)))
                .await(10, TimeUnit.SECONDS);
        vertx.deployVerticle(node.verticle()).await(10, TimeUnit.SECONDS);
        node.start();
        node.sessionBegan();
    }

    void restart() throws Exception {
        node.close().await(10, TimeUnit.SECONDS);
        start();
    }

    void up(Envelope message) {
        if (!connected) {
            return;
        }
        Envelope said = Envelope.decode(message.encode());
        try {
            if (said.type().equals(ProxyState.TYPE)) {
                proxies.state("node-1", said.as(ProxyState.class));
            } else if (said.type().equals(ProxyLease.TYPE)) {
                proxies.lease("node-1", said.as(ProxyLease.class))
                        .onSuccess(leased -> node.leased(Envelope.decode(
                                        Envelope.of(ProxyLeased.TYPE, leased).encode())
                                .as(ProxyLeased.class)));
            } else {
                proxies.usage("node-1", said.as(ProxyUsage.class)).onSuccess(this::acknowledge);
            }
        } catch (Failure refused) {
            return;
        }
    }

    void acknowledge(ProxyUsageAck ack) {
        if (!losesAcks) {
            node.counted(ack);
        }
    }

    Future<Void> down(Envelope message) {
        assertThat(message.encode().length()).isLessThan(Envelope.MAX_BYTES);
        if (connected) {
            node.configured(Envelope.decode(message.encode()).as(ProxyConfig.class));
        }
        return Future.succeededFuture();
    }

    synchronized Future<Void> count(String from, long sequence, List<CallUsage> calls) {
        boolean known = sequences.contains(sequence);
        sequences.add(sequence);
        if (!known) {
            calls.forEach(call -> counted.add(call.id()));
        }
        return Future.succeededFuture();
    }

    /** Serves nothing, and shows what it was given. */
    final class Plugged implements ServedGateway {
        final CallerSource callers;
        final Limiter limiter;
        final UsageSink usage;
        volatile GatewayConfig config = GatewayConfig.EMPTY;
        volatile List<ProxyState.Load> load = List.of();

        Plugged(CallerSource callers, Limiter limiter, UsageSink usage) {
            this.callers = callers;
            this.limiter = limiter;
            this.usage = usage;
        }

        @Override
        public void configure(GatewayConfig next) {
            config = next;
        }

        @Override
        public io.vertx.core.Handler<io.vertx.core.http.HttpServerRequest> handler() {
            return request -> request.response().end(new JsonObject().encode());
        }

        @Override
        public List<ProxyState.Load> load() {
            return load;
        }

        int port() {
            return URI.create(node.url()).getPort();
        }
    }
}
