package io.aiwm.boot;

import static io.aiwm.boot.Setting.derived;
import static io.aiwm.boot.Setting.setting;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** {@code worker.*} except the sections of {@link SandboxSettings}: which node this worker is, and how it reaches its controller. */
final class WorkerSettings {
    private WorkerSettings() {}

    static final Setting<URI> WORKER_CONTROLLER_URL = setting(
                    "worker.controllerUrl",
                    SettingType.controllerUrl(),
                    null,
                    "controller to reach over WebSocket; none: join the cluster")
            .also("CONTROLLER_WS_URL", "CONTROLLER_URL");
    static final Setting<Boolean> CONTROLLER_ALLOW_INSECURE = setting(
            "controller.allowInsecure",
            SettingType.flag(),
            "false",
            "a worker may reach a controller on another machine over ws://, without TLS: node token and commands"
                    + " can then be read and changed on the way");
    static final Setting<Path> WORKER_CONTROLLER_CA = setting(
            "worker.controllerCa",
            SettingType.path(),
            null,
            "PEM file of the authorities that the certificate of a wss controller may come from; none: those that the"
                    + " JVM trusts");
    static final Setting<String> WORKER_NODE_TOKEN = setting(
                    "worker.nodeToken",
                    SettingType.text(),
                    null,
                    "token this node was given; needed once, then kept on disk")
            .also("NODE_TOKEN")
            .masked();
    static final Setting<String> WORKER_NODE_ID = setting(
                    "worker.nodeId", SettingType.text(), null, "id of this node; none: kept from the first start")
            .also("NODE_ID", "WORKER_ID");
    static final Setting<String> WORKER_HOSTNAME = derived(
                    "worker.hostname",
                    SettingType.text(),
                    "the machine's name",
                    values -> hostname(),
                    "host name to report")
            .also("NODE_HOSTNAME");
    static final Setting<String> WORKER_NODE_NAME = setting(
                    "worker.nodeName",
                    SettingType.text(),
                    null,
                    "name people see; none: the one it was given, or its id")
            .also("NODE_NAME");
    static final Setting<String> WORKER_ROLE = setting(
            "worker.role",
            SettingType.word("cpu", "gpu", "proxy"),
            null,
            "cpu, gpu or proxy; none: gpu where one is found");
    static final Setting<String> WORKER_ZONE = setting(
                    "worker.zone", SettingType.text(), null, "where this node stands")
            .also("WORKER_ZONE");
    static final Setting<Map<String, String>> WORKER_LABELS =
            setting("worker.labels", SettingType.labels(), "", "labels of this node");
    static final Setting<Duration> WORKER_HEARTBEAT_INTERVAL = setting(
                    "worker.heartbeatInterval",
                    SettingType.duration("100ms", "1h"),
                    "30s",
                    "until the controller says otherwise")
            .also("HEARTBEAT_INTERVAL");
    static final Setting<Duration> WORKER_METRICS_INTERVAL = setting(
                    "worker.metricsInterval",
                    SettingType.duration("100ms", "1h"),
                    "60s",
                    "until the controller says otherwise")
            .also("METRICS_INTERVAL");
    static final Setting<Duration> WORKER_RESOURCE_INTERVAL = setting(
                    "worker.resourceInterval",
                    SettingType.duration("100ms", "1h"),
                    "5s",
                    "how often the probes look for a move of more than 5 %")
            .also("RESOURCE_CHECK_INTERVAL");
    static final Setting<Duration> WORKER_REPLICA_INTERVAL = setting(
            "worker.replicaInterval",
            SettingType.duration("100ms", "1h"),
            "10s",
            "how often it is measured what the containers of deployments use");
    static final Setting<Duration> WORKER_JOB_POLL_INTERVAL = setting(
                    "worker.jobPollInterval",
                    SettingType.duration("100ms", "1h"),
                    "5s",
                    Settings.NOT_YET + "pause between two asks of a worker on the HTTP transport")
            .also("JOB_POLL_INTERVAL");
    static final Setting<Integer> WORKER_MAX_PARALLEL = derived(
                    "worker.maxParallel",
                    SettingType.integer(1, 10_000),
                    "number of cores, at least 4",
                    values -> Math.max(4, Runtime.getRuntime().availableProcessors()),
                    "commands at once")
            .also("MAX_PARALLEL_JOBS");
    static final Setting<Boolean> WORKER_STOP_CONTAINERS_ON_EXIT = setting(
            "worker.stopContainersOnExit", SettingType.flag(), "false", "stop this node's containers on a clean stop");

    static Config.Worker worker(Values v) {
        return ConfigWorkerBuilder.builder()
                .controllerUrl(v.get(WORKER_CONTROLLER_URL))
                .controllerCa(v.get(WORKER_CONTROLLER_CA))
                .nodeToken(v.get(WORKER_NODE_TOKEN))
                .nodeId(v.get(WORKER_NODE_ID))
                .nodeName(v.get(WORKER_NODE_NAME))
                .hostname(v.get(WORKER_HOSTNAME))
                .role(v.get(WORKER_ROLE))
                .zone(v.get(WORKER_ZONE))
                .labels(v.get(WORKER_LABELS))
                .heartbeatInterval(v.get(WORKER_HEARTBEAT_INTERVAL))
                .metricsInterval(v.get(WORKER_METRICS_INTERVAL))
                .resourceInterval(v.get(WORKER_RESOURCE_INTERVAL))
                .replicaInterval(v.get(WORKER_REPLICA_INTERVAL))
                .jobPollInterval(v.get(WORKER_JOB_POLL_INTERVAL))
                .maxParallel(v.get(WORKER_MAX_PARALLEL))
                .stopContainersOnExit(v.get(WORKER_STOP_CONTAINERS_ON_EXIT))
                .docker(SandboxSettings.docker(v))
                .images(SandboxSettings.imageRetention(v))
                .process(SandboxSettings.processes(v))
                .gpu(SandboxSettings.gpu(v))
                .policy(SandboxSettings.policy(v))
                .modelCache(ModelCacheSettings.cache(v))
                .proxy(ProxySettings.proxy(v))
                .build();
    }

    private static String hostname() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException noName) {
            return "localhost";
        }
    }
}
