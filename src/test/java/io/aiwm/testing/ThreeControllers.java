package io.aiwm.testing;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Controllers that share one cluster and one MongoDB (its in-memory stand-in, in this JVM), each a JVM of its own, under a
 * cluster name of their own; members are named one by one. They can be killed, stopped, suspended and started again.
 */
public final class ThreeControllers implements AutoCloseable {
    public static final int COUNT = 3;
    private static final String PASSWORD = "a password for tests 1";
    private static final String KEY = "one key for all controllers, 32 bytes or more";

    /** How soon silence is noticed. */
    public record Pace(Duration heartbeat, Duration unhealthyAfter, Duration offlineAfter) {
        public static Pace ofSeconds(int heartbeat, int unhealthyAfter, int offlineAfter) {
            return new Pace(
                    Duration.ofSeconds(heartbeat),
                    Duration.ofSeconds(unhealthyAfter),
                    Duration.ofSeconds(offlineAfter));
        }
    }

    public final List<AiwmProcess> all;
    /** Over each controller, in the same order. */
    public final List<AiwmClient> over;

    public final Places places;
    public final Pace pace;
    private final String cluster = "test-" + Long.toString(System.nanoTime(), 36);
    private final MongoServer mongo = new MongoServer(new MemoryBackend());
    private final int clusterPort = AiwmProcess.freePorts();
    private final Thread atEnd = new Thread(this::end);

    /** Starts everything and waits until each says that it is ready. */
    public ThreeControllers(Path folder, Places places, Pace pace) {
        this.places = places;
        this.pace = pace;
        mongo.bind(new InetSocketAddress(places.home(), 0));
        all = IntStream.range(0, COUNT)
                .mapToObj(each -> controller(folder.resolve("controller-" + each), each))
                .toList();
        over = IntStream.range(0, COUNT)
                .mapToObj(each ->
                        new AiwmClient(places.address(each), all.get(each).port(), PASSWORD))
                .toList();
        Runtime.getRuntime().addShutdownHook(atEnd);
        try {
            // the first makes the user and the indices
            all.get(0).startAndWait();
            all.stream().skip(1).forEach(AiwmProcess::start);
            all.stream().skip(1).forEach(AiwmProcess::awaitReady);
        } catch (RuntimeException | Error cause) {
            close();
            throw cause;
        }
    }

    private AiwmProcess controller(Path folder, int number) {
        var members = IntStream.range(0, COUNT)
                .mapToObj(each -> places.busAddress(each) + ":" + (clusterPort + each))
                .toList();
        return AiwmProcess.of("controller", folder)
                .by(places.entrance(number))
                .with("AIWM_HTTP_HOST", places.address(number))
                .with("PORT", AiwmProcess.freePort())
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_JWT_KEY", KEY)
                .with(
                        "MONGODB_URI",
                        "mongodb://" + places.home() + ":"
                                + mongo.getLocalAddress().getPort() + "/aiwm")
                .with("AIWM_CLUSTER_NAME", cluster)
                .with("AIWM_CLUSTER_HOST", places.busAddress(number))
                .with("AIWM_CLUSTER_PORT", clusterPort + number)
                .with("AIWM_CLUSTER_MEMBERS", String.join(",", members))
                .with("AIWM_FLEET_HEARTBEAT_INTERVAL", millis(pace.heartbeat()))
                .with("AIWM_FLEET_UNHEALTHY_AFTER", millis(pace.unhealthyAfter()))
                .with("AIWM_FLEET_OFFLINE_AFTER", millis(pace.offlineAfter()));
    }

    private static String millis(Duration time) {
        return time.toMillis() + "ms";
    }

    /** Where its nodes connect. */
    public String nodesAt(int controller) {
        return "ws://" + places.address(controller) + ":" + all.get(controller).port() + "/ws/node";
    }

    private void end() {
        all.forEach(AiwmProcess::close);
        mongo.shutdownNow();
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atEnd);
        end();
    }
}
