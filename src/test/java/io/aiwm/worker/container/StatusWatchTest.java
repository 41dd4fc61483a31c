package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.Probes;
import io.aiwm.protocol.Probes.Tcp;
import io.aiwm.protocol.ProbesProbeBuilder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of containers whose engine says nothing while it is not listened to. */
@Timeout(30)
class StatusWatchTest {
    private static final ContainerOwner OWNER = new ContainerOwner("cluster", "node");

    private final Vertx vertx = Vertx.vertx();
    private final List<Engine.EventListener> streams = new CopyOnWriteArrayList<>();
    private final List<DeploymentStatus> told = new CopyOnWriteArrayList<>();
    private volatile List<EngineContainer> there = List.of();

    private final Engine engine = FakeEngine.of(Map.of(
            "events",
            arguments -> {
                streams.add((Engine.EventListener) arguments[1]);
                return (Engine.Subscription) () -> {};
            },
            "list",
            arguments -> Future.succeededFuture(there),
            "inspect",
            arguments -> Future.succeededFuture(
                    there.stream().filter(one -> one.id().equals(arguments[0])).findFirst()),
            "imageId",
            arguments -> Future.succeededFuture(Optional.of("sha256:1"))));

    @AfterEach
    void close() {
        vertx.close().await();
    }

    /** Which stream of events, counted from 1. */
    private Engine.EventListener stream(int number) {
        await().until(() -> streams.size() >= number);
        return streams.get(number - 1);
    }

    @Test
    void one_whose_probes_are_undecided_and_that_goes_unheard_is_looked_at_no_more_and_told_as_removed() {
        var probes = new ContainerProbes(vertx, engine, new KeyedQueue(), FakeEngine.CLOCK);
        var watch = new StatusWatch(vertx, engine, OWNER, probes, OwnedContainers.COMPARE_EVERY, told::add);
        // its first look is a long way off
        var later = ProbesProbeBuilder.builder()
                .tcp(new Tcp(80))
                .initialDelayMs(86_400_000L)
                .build();
        there = List.of(FakeEngine.container("web", OWNER, new Probes(null, later, null)));
        vertx.getOrCreateContext().runOnContext(now -> watch.start());
        stream(1).began();
        await().untilAsserted(() -> assertThat(probes.of("web")).isNotNull());
        assertThat(told).as("nothing is known yet").isEmpty();
        there = List.of();
        stream(1).ended(null);
        stream(2).began();
        await().untilAsserted(() -> assertThat(probes.of("web")).isNull());
        await().untilAsserted(() -> assertThat(told)
                .extracting(DeploymentStatus::deploymentId, DeploymentStatus::replica, DeploymentStatus::state)
                .containsExactly(tuple("dep_web", 2, DeploymentStatus.REMOVED)));
        watch.stop();
    }
}
