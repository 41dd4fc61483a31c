package io.aiwm.testing;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * What any local user can start: Vert.x with its stock cluster manager, told the cluster's name and where its members are,
 * without the cluster key. It listens on everything it has heard of and keeps what it hears.
 */
public final class RogueMember implements AutoCloseable {
    private final HazelcastInstance hazelcast;
    private final Vertx vertx;
    public final int busPort = AiwmProcess.freePort();
    public final Queue<String> heard = new ConcurrentLinkedQueue<>();

    public RogueMember(String cluster, int ownPort, List<String> members, List<String> addresses) {
        var config = new Config(cluster + "-rogue-" + ownPort).setClusterName(cluster);
        config.setProperty("hazelcast.logging.type", "slf4j")
                .setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.socket.bind.any", "false")
                // it gives up soon, and is a cluster of its own then
                .setProperty("hazelcast.max.join.seconds", "2")
                .setProperty("hazelcast.wait.seconds.before.join", "0");
        config.getMemberAttributeConfig()
                .setAttribute("__vertx.nodeId", UUID.randomUUID().toString());
        config.getNetworkConfig().setPort(ownPort);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true).setMembers(members);
        HazelcastInstance started;
        try {
            started = Hazelcast.newHazelcastInstance(config);
        } catch (IllegalStateException joinedNobody) {
            started = null;
        }
        hazelcast = started;
        if (hazelcast == null) {
            vertx = null;
            return;
        }
        try {
            vertx = Vertx.builder()
                    .with(new VertxOptions()
                            .setEventBusOptions(
                                    new EventBusOptions().setHost("127.0.0.1").setPort(busPort)))
                    .withClusterManager(new HazelcastClusterManager(hazelcast))
                    .buildClustered()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);
        } catch (Exception cause) {
            hazelcast.shutdown();
            throw new AssertionError(cause);
        }
        addresses.forEach(address ->
                vertx.eventBus().consumer(address).handler(message -> heard.add(address + " " + message.body())));
    }

    /** Whether it is in a cluster at all; it gives up where members are and none takes it in. */
    public boolean isUp() {
        return hazelcast != null;
    }

    /** Addresses of all that it is in a cluster with, itself included. */
    public List<String> members() {
        return hazelcast.getCluster().getMembers().stream()
                .map(member -> member.getAddress().toString())
                .toList();
    }

    /** What it can read of who listens where. */
    public List<String> subscriptions() {
        return new ArrayList<>(
                hazelcast.<String, Object>getMultiMap("__vertx.subs").keySet());
    }

    public Vertx vertx() {
        return vertx;
    }

    /** @return why a Hazelcast client without the key gets no connection; null: it got one */
    public static String client(String cluster, String address) {
        var config = new ClientConfig().setClusterName(cluster);
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.getNetworkConfig().addAddress(address);
        config.getConnectionStrategyConfig().getConnectionRetryConfig().setClusterConnectTimeoutMillis(1_500);
        HazelcastInstance client;
        try {
            client = HazelcastClient.newHazelcastClient(config);
        } catch (IllegalStateException refused) {
            return refused.getMessage();
        }
        client.shutdown();
        return null;
    }

    @Override
    public void close() {
        if (!isUp()) {
            return;
        }
        vertx.close().toCompletionStage().toCompletableFuture().join();
        hazelcast.shutdown();
    }
}
