package io.aiwm.boot;

import static io.aiwm.boot.Setting.derived;
import static io.aiwm.boot.Setting.setting;

import java.util.List;

/** {@code cluster.*}: the cluster that carries the event bus. */
final class ClusterSettings {
    private ClusterSettings() {}

    static final Setting<Boolean> CLUSTER_ENABLED = derived(
            "cluster.enabled",
            SettingType.flag(),
            "false; true for a worker without controllerUrl, and for a controller or standalone with another cluster"
                    + " setting or a mongoUri",
            ClusterRules::joins,
            "whether this process joins the clustered event bus");
    static final Setting<String> CLUSTER_NAME =
            setting("cluster.name", SettingType.text(), "aiwm", "members with another name are not joined");
    static final Setting<String> CLUSTER_HOST = setting(
            "cluster.host",
            SettingType.text(),
            "127.0.0.1",
            "private address of this member; what Hazelcast says on the cluster port is not encrypted");
    static final Setting<Integer> CLUSTER_PORT =
            setting("cluster.port", SettingType.integer(1, 65_535), "5701", "first port tried for this member");
    static final Setting<Integer> CLUSTER_PORTS = setting(
            "cluster.ports",
            SettingType.integer(1, 256),
            "10",
            "how many ports from cluster.port on are tried: as many members fit on one host");
    static final Setting<Integer> CLUSTER_BUS_PORT =
            setting("cluster.busPort", SettingType.integer(0, 65_535), "0", "port of the event bus; 0: any free one");
    static final Setting<List<String>> CLUSTER_MEMBERS = setting(
            "cluster.members",
            SettingType.list(),
            "",
            "host:port of members to join; empty: the cluster.ports of our own host");
    static final Setting<Boolean> CLUSTER_ALLOW_PUBLIC_ADDRESS = setting(
            "cluster.allowPublicAddress",
            SettingType.flag(),
            "false",
            "bind the cluster to a public or wildcard address");
    static final Setting<String> CLUSTER_KEY = setting(
                    "cluster.key",
                    SettingType.text(),
                    null,
                    "what members of the cluster share, as 'aiwm cluster key' prints it; none: cluster.key under"
                            + " dataDir")
            .masked();

    static Config.Cluster cluster(Values v) {
        return ConfigClusterBuilder.builder()
                .enabled(v.get(CLUSTER_ENABLED))
                .name(v.get(CLUSTER_NAME))
                .host(v.get(CLUSTER_HOST))
                .port(v.get(CLUSTER_PORT))
                .ports(v.get(CLUSTER_PORTS))
                .busPort(v.get(CLUSTER_BUS_PORT))
                .members(v.get(CLUSTER_MEMBERS))
                .allowPublicAddress(v.get(CLUSTER_ALLOW_PUBLIC_ADDRESS))
                .key(v.get(CLUSTER_KEY))
                .build();
    }
}
