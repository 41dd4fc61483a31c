package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.ContainerHealth;
import io.aiwm.protocol.Probes;
import io.aiwm.protocol.Probes.Exec;
import io.aiwm.protocol.Probes.Probe;
import io.aiwm.protocol.Probes.Tcp;
import io.aiwm.protocol.ProbesProbeBuilder;
import io.aiwm.worker.container.ProbeState.Kind;
import io.aiwm.worker.container.ProbeState.Look;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Looks over real sockets, and commands that never end. */
@Timeout(30)
class ContainerProbesTest {
    private static final ContainerOwner OWNER = new ContainerOwner("cluster", "node");

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger commands = new AtomicInteger();
    private final Engine engine = FakeEngine.of(Map.of("exec", arguments -> {
        commands.incrementAndGet();
        return Promise.promise().future();
    }));

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private static Probe command(long timeoutMs) {
        return ProbesProbeBuilder.builder()
                .exec(new Exec(List.of("sleep", "900")))
                .timeoutMs(timeoutMs)
                .build();
    }

    @Test
    void commands_that_do_not_end_keep_no_connection_from_being_made() {
        int port = vertx.createNetServer()
                .connectHandler(socket -> {})
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
        var probes = new ContainerProbes(vertx, engine, new KeyedQueue(), FakeEngine.CLOCK);
        var context = vertx.getOrCreateContext();
        context.runOnContext(now -> {
            probes.start(id -> {});
            for (int i = 0; i < 40; i++) {
                probes.saw(FakeEngine.container("slow" + i, OWNER, new Probes(null, command(60_000), null)));
            }
        });
        await().untilAsserted(() -> assertThat(commands).hasValue(32));
        var probe = ProbesProbeBuilder.builder().tcp(new Tcp(port)).build();
        context.runOnContext(now -> probes.saw(FakeEngine.container("web", OWNER, new Probes(null, probe, null))));
        await().untilAsserted(() ->
                assertThat(probes.of("web")).extracting(ProbeView::health).isEqualTo(ContainerHealth.HEALTHY));
        assertThat(commands).hasValue(32);
        probes.stop();
    }

    private Look look(Probe probe) throws Exception {
        var looks = new ProbeRunner(vertx, engine);
        return looks.look(Kind.READINESS, probe, FakeEngine.container("c", OWNER, new Probes(null, probe, null)))
                .await(10, TimeUnit.SECONDS);
    }

    @Test
    void a_look_that_takes_its_whole_timeout_is_late_and_one_that_is_refused_is_not() throws Exception {
        var server = vertx.createHttpServer().requestHandler(request -> {});
        int port = server.listen(0, "127.0.0.1").await().actualPort();
        assertThat(look(Probe.http(port, "/").every(1_000, 100, 1)))
                .isEqualTo(new Look("no answer within 100 ms", true));
        assertThat(look(command(100))).isEqualTo(new Look("its command did not end within 100 ms", true));
        server.close().await();
        assertThat(look(Probe.http(port, "/").every(1_000, 5_000, 1)).timedOut())
                .isFalse();
        assertThat(look(ProbesProbeBuilder.builder().tcp(new Tcp(port)).build()).timedOut())
                .isFalse();
    }
}
