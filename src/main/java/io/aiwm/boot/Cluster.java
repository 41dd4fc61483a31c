package io.aiwm.boot;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.InterfacesConfig;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.SocketInterceptorConfig;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the Vert.x instance of this process, clustered or not. Hazelcast is told whom to join, finds nobody by itself, and
 * binds to one private address only. Its open-source edition has neither login nor encryption: the first is added by
 * {@link MemberHandshake}, and what members say to each other travels over the event bus with {@link BusTls}.
 */
public final class Cluster {
    private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);

    private Cluster() {}

    /**
     * Creates a Vert.x instance that has joined the cluster, or a local one. Blocks while it joins. Fails with {@link StartFailure}.
     *
     * @param key null where no cluster is joined
     */
    static Future<Vertx> start(Config.Cluster settings, ClusterKey key, VertxOptions options) {
        if (!settings.enabled()) {
            return Future.succeededFuture(Vertx.builder()
                    .with(options)
                    .withTransport(new ObservedTransport())
                    .build());
        }
        InetAddress address;
        try {
            address = ClusterRules.privateAddress(settings);
        } catch (StartFailure refused) {
            return Future.failedFuture(refused);
        }
        String host = address.getHostAddress();
        var bus = new EventBusOptions().setHost(host).setPort(settings.busPort());
        BusTls.secure(bus, key);
        options.setEventBusOptions(bus);
        HazelcastInstance member;
        try {
            member = ClusterMember.start(hazelcast(settings, address), new MemberHandshake(key));
        } catch (RuntimeException cause) {
            return Future.failedFuture(cannotJoin(settings, host, cause));
        }
        return Vertx.builder()
                .with(options)
                .withTransport(new ObservedTransport())
                .withClusterManager(new ClusterMember.Manager(member))
                .buildClustered()
                .onSuccess(vertx -> {
                    vertx.exceptionHandler(UncaughtExceptions::log);
                    // what we say is JSON and bytes: no class is made of what a member sends
                    vertx.eventBus().serializableChecker(name -> false).clusterSerializableChecker(name -> false);
                })
                .recover(cause -> {
                    member.shutdown();
                    return Future.failedFuture(cannotJoin(settings, host, cause));
                });
    }

    private static StartFailure cannotJoin(Config.Cluster settings, String host, Throwable cause) {
        return new StartFailure("cannot join the cluster on " + host + ":" + settings.port() + " to "
                + (settings.port() + settings.ports() - 1) + ": " + cause.getMessage());
    }

    static com.hazelcast.config.Config hazelcast(Config.Cluster settings, InetAddress address) {
        var config = new com.hazelcast.config.Config();
        config.setClusterName(settings.name());
        property(config, "hazelcast.logging.type", "slf4j");
        property(config, "hazelcast.phone.home.enabled", "false");
        property(config, "hazelcast.shutdownhook.enabled", "false");
        property(config, "hazelcast.socket.bind.any", "false");
        property(config, "hazelcast.logging.emoji.enabled", "false");
        property(config, "hazelcast.logging.details.enabled", "false");
        property(config, "hazelcast.wait.seconds.before.join", "0");
        // a hung member is noticed in about 6 s instead of 60, an expelled one is back in about 10 s instead of 300
        property(config, "hazelcast.heartbeat.interval.seconds", "1");
        property(config, "hazelcast.max.no.heartbeat.seconds", "5");
        property(config, "hazelcast.merge.first.run.delay.seconds", "10");
        property(config, "hazelcast.merge.next.run.delay.seconds", "10");
        // the bus keeps a few small maps here: a handful of threads serves them, and starts sooner
        property(config, "hazelcast.operation.generic.thread.count", "2");
        property(config, "hazelcast.operation.thread.count", "2");
        property(config, "hazelcast.io.thread.count", "1");
        if (address instanceof Inet6Address) {
            property(config, "hazelcast.prefer.ipv4.stack", "false");
        }
        // a member can make Hazelcast read Java objects: only those of the JDK, its own and those of the event bus
        var readable = new JavaSerializationFilterConfig();
        readable.getWhitelist().addPrefixes("io.vertx.");
        config.getSerializationConfig().setJavaSerializationFilterConfig(readable);
        // nobody reads its metrics, and collecting them complains when a stop interrupts it
        config.getMetricsConfig().setEnabled(false);
        config.addListenerConfig(new ListenerConfig(new Comings()));
        // by which Vert.x names the members of a cluster; it sets it itself only where it starts Hazelcast
        config.getMemberAttributeConfig()
                .setAttribute("__vertx.nodeId", UUID.randomUUID().toString());
        config.setNetworkConfig(network(settings, address.getHostAddress()));
        config.addMultiMapConfig(new MultiMapConfig("__vertx.subs")
                .setBackupCount(1)
                .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET));
        config.addMapConfig(new MapConfig("__vertx.haInfo").setBackupCount(1));
        config.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(1));
        return config;
    }

    private static NetworkConfig network(Config.Cluster settings, String host) {
        var join = new JoinConfig();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(members(settings, host));
        return new NetworkConfig()
                .setPort(settings.port())
                .setPortAutoIncrement(true)
                .setPortCount(settings.ports())
                // read by Hazelcast only to know that there is one: see Members
                .setSocketInterceptorConfig(
                        new SocketInterceptorConfig().setEnabled(true).setClassName(MemberHandshake.class.getName()))
                .setInterfaces(new InterfacesConfig().setEnabled(true).addInterface(host))
                .setJoin(join);
    }

    private static List<String> members(Config.Cluster settings, String host) {
        if (!settings.members().isEmpty()) {
            return settings.members();
        }
        String bracketed = host.contains(":") ? "[" + host + "]" : host;
        return IntStream.range(settings.port(), settings.port() + settings.ports())
                .mapToObj(port -> bracketed + ":" + port)
                .toList();
    }

    private static void property(com.hazelcast.config.Config config, String name, String value) {
        config.setProperty(name, value);
    }

    /** Logs members that join and leave. Hazelcast's own messages about it are many and look like faults. */
    private static final class Comings implements MembershipListener {
        @Override
        public void memberAdded(MembershipEvent event) {
            log("joined", event);
        }

        @Override
        public void memberRemoved(MembershipEvent event) {
            log("left", event);
        }

        private static void log(String what, MembershipEvent event) {
            if (event.getMember().localMember()) {
                return;
            }
            LOG.info(
                    "{} {} the cluster; members now: {}",
                    event.getMember().getAddress(),
                    what,
                    event.getMembers().size());
        }
    }
}
