package io.aiwm.boot;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Joins a cluster as our processes do, with nothing behind it: what a stolen cluster key alone is good for. */
public final class MemberForTests {
    private MemberForTests() {}

    /** @param key as {@code aiwm cluster key} prints it */
    public static Vertx join(String cluster, int port, List<String> members, String key) {
        var settings = ConfigClusterBuilder.builder()
                .enabled(true)
                .name(cluster)
                .host("127.0.0.1")
                .port(port)
                .ports(10)
                .busPort(0)
                .members(members)
                .allowPublicAddress(false)
                .build();
        try {
            Vertx joined = Cluster.start(settings, ClusterKey.parse(key), new VertxOptions())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS);
            // what it may send is for others to refuse
            joined.eventBus().serializableChecker(name -> true);
            return joined;
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException cause) {
            throw new AssertionError(cause);
        }
    }
}
