package io.aiwm.boot;

import static io.aiwm.boot.Setting.derived;
import static io.aiwm.boot.Setting.setting;

import java.time.Duration;

/** {@code fleet.*}: how a controller watches its nodes. */
final class FleetSettings {
    private FleetSettings() {}

    static final Setting<Duration> FLEET_HEARTBEAT_INTERVAL = setting(
                    "fleet.heartbeatInterval", SettingType.duration("100ms", "1h"), "30s", "heartbeat workers are told")
            .also("HEARTBEAT_INTERVAL");
    static final Setting<Duration> FLEET_METRICS_INTERVAL = setting(
                    "fleet.metricsInterval",
                    SettingType.duration("100ms", "1h"),
                    "10s",
                    "metrics interval workers are told")
            .also("METRICS_INTERVAL");
    static final Setting<Duration> FLEET_UNHEALTHY_AFTER = derived(
            "fleet.unhealthyAfter",
            SettingType.duration("100ms", "24h"),
            "3 heartbeats",
            values -> values.get(FLEET_HEARTBEAT_INTERVAL).multipliedBy(3),
            "silence after which a node gets no new work");
    static final Setting<Duration> FLEET_OFFLINE_AFTER = derived(
            "fleet.offlineAfter",
            SettingType.duration("100ms", "24h"),
            "6 heartbeats",
            values -> values.get(FLEET_HEARTBEAT_INTERVAL).multipliedBy(6),
            "silence after which a node's work is taken as lost");
    static final Setting<Boolean> FLEET_OPEN_REGISTRATION = setting(
            "fleet.openRegistration",
            SettingType.flag(),
            "false",
            "a cluster member without a node token may register an unused node id");
    static final Setting<Double> FLEET_STORM_SHARE = setting(
            "fleet.stormShare",
            SettingType.decimal(0),
            "0.5",
            "when more than this share of the nodes vanish together, their work is held; 0 or 1: never");
    static final Setting<Integer> FLEET_STORM_MIN_NODES = setting(
            "fleet.stormMinNodes",
            SettingType.integer(1, 1_000_000),
            "3",
            "fewer vanished nodes than this are no storm");

    static Config.Fleet fleet(Values v) {
        return new Config.Fleet(
                v.get(FLEET_HEARTBEAT_INTERVAL),
                v.get(FLEET_METRICS_INTERVAL),
                v.get(FLEET_UNHEALTHY_AFTER),
                v.get(FLEET_OFFLINE_AFTER),
                v.get(FLEET_OPEN_REGISTRATION),
                v.get(FLEET_STORM_SHARE),
                v.get(FLEET_STORM_MIN_NODES));
    }
}
