package io.aiwm.boot;

import static io.aiwm.boot.Setting.derived;
import static io.aiwm.boot.Setting.setting;

import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Every setting, in the order {@code config print} and docs/configuration.md list them. */
final class Settings {
    /** Begins the description of a setting that is read and checked, and that nothing uses yet. */
    static final String NOT_YET = "not used yet: ";

    private Settings() {}

    static final Setting<Path> DATA_DIR =
            setting("dataDir", SettingType.path(), "data", "where state, secrets and the worker's journal live");

    static final Setting<String> HTTP_HOST =
            setting("http.host", SettingType.text(), "127.0.0.1", "address the HTTP server listens on");
    static final Setting<Integer> HTTP_PORT = setting(
                    "http.port", SettingType.integer(0, 65_535), "3003", "port of the HTTP server")
            .also("PORT");
    static final Setting<List<String>> HTTP_CORS_ORIGINS =
            setting("http.corsOrigins", SettingType.list(), "", "origins whose pages may call the API");
    static final Setting<List<Network>> HTTP_TRUSTED_PROXIES = setting(
            "http.trustedProxies",
            SettingType.networks(),
            "",
            "addresses (10.0.0.1) or networks (10.0.0.0/24) of reverse proxies whose X-Forwarded-For is believed");
    static final Setting<Long> HTTP_MAX_BODY_BYTES =
            setting("http.maxBodyBytes", SettingType.bytes("1KiB", "1GiB"), "1MiB", "larger requests are refused");
    static final Setting<Duration> HTTP_REQUEST_TIMEOUT = setting(
            "http.requestTimeout",
            SettingType.duration("100ms", "1h"),
            "30s",
            "an answer that takes longer becomes 504");
    static final Setting<Duration> HTTP_IDLE_TIMEOUT =
            setting("http.idleTimeout", SettingType.duration("1s", "24h"), "75s", "silent connections are closed");

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

    static final Setting<String> STORAGE_MONGO_URI = setting(
                    "storage.mongoUri",
                    SettingType.text(),
                    null,
                    "MongoDB to keep state in; none: SQLite under dataDir")
            .also("MONGODB_URI")
            .masked();
    static final Setting<Config.Storage.Sync> STORAGE_SYNC = setting(
            "storage.sync",
            SettingType.choice(Config.Storage.Sync.class),
            "full",
            "full: survives power loss; normal: survives kill -9");

    static final Setting<Boolean> ACCEPT_EMPTY = setting(
            "acceptEmpty",
            SettingType.flag(),
            "false",
            "for one start: begin without any record where the SQLite file is lost, which is otherwise refused");

    static final Setting<String> OBJECT_STORAGE_ENDPOINT = setting(
                    "objectStorage.endpoint", SettingType.text(), null, "host of an S3 server; none: files in a folder")
            .also("MINIO_ENDPOINT");
    static final Setting<Path> OBJECT_STORAGE_FOLDER = derived(
            "objectStorage.folder",
            SettingType.path(),
            "objects under dataDir",
            values -> values.get(DATA_DIR).resolve("objects"),
            "where files are kept without an S3 server; several controllers may share it");
    static final Setting<Integer> OBJECT_STORAGE_PORT = setting(
                    "objectStorage.port", SettingType.integer(1, 65_535), "9000", "port of the S3 server")
            .also("MINIO_PORT");
    static final Setting<Boolean> OBJECT_STORAGE_USE_SSL = setting(
                    "objectStorage.useSsl", SettingType.flag(), "false", "speak TLS to the S3 server")
            .also("MINIO_USE_SSL");
    static final Setting<String> OBJECT_STORAGE_ACCESS_KEY = setting(
                    "objectStorage.accessKey", SettingType.text(), null, "access key of the S3 server")
            .also("MINIO_ACCESS_KEY")
            .masked();
    static final Setting<String> OBJECT_STORAGE_SECRET_KEY = setting(
                    "objectStorage.secretKey", SettingType.text(), null, "secret key of the S3 server")
            .also("MINIO_SECRET_KEY")
            .masked();
    static final Setting<String> OBJECT_STORAGE_BUCKET = setting(
                    "objectStorage.bucket", SettingType.text(), "aiwm-models", "bucket for models and results")
            .also("MINIO_BUCKET");

    static final Setting<String> REDIS_HOST = setting(
                    "redis.host",
                    SettingType.text(),
                    null,
                    NOT_YET + "Redis for notifications; none: they stay in this process")
            .also("REDIS_HOST");
    static final Setting<Integer> REDIS_PORT = setting(
                    "redis.port", SettingType.integer(1, 65_535), "6379", NOT_YET + "port of Redis")
            .also("REDIS_PORT");
    static final Setting<String> REDIS_PASSWORD = setting(
                    "redis.password", SettingType.text(), null, NOT_YET + "password of Redis")
            .also("REDIS_PASSWORD")
            .masked();

    static final Setting<String> AUTH_ADMIN_PASSWORD = setting(
                    "auth.adminPassword",
                    SettingType.text(),
                    null,
                    "password of the user admin; none: generated into dataDir/admin-password")
            .also("AIWM_ADMIN_PASSWORD")
            .masked();
    static final Setting<String> AUTH_JWT_KEY = setting(
                    "auth.jwtKey",
                    SettingType.text(),
                    null,
                    "signs tokens, at least 32 bytes; none: generated into dataDir/jwt.key")
            .also("AIWM_JWT_KEY")
            .masked();
    static final Setting<String> AUTH_SIGNING_KEY = setting(
                    "auth.signingKey",
                    SettingType.text(),
                    null,
                    "private key in PEM that signs the tokens of users in place of auth.jwtKey, so that others can check"
                            + " them: RSA of 2048 to 4096 bits (RS256) or P-256 (ES256)")
            .masked();
    static final Setting<Duration> AUTH_TOKEN_LIFETIME =
            setting("auth.tokenLifetime", SettingType.duration("1s", "30d"), "8h", "how long a login lasts");
    static final Setting<Duration> AUTH_NODE_TOKEN_LIFETIME = setting(
            "auth.nodeTokenLifetime",
            SettingType.duration("1s", "3650d"),
            "365d",
            "how long a node token lasts by default");

    static final Setting<Duration> FLEET_HEARTBEAT_INTERVAL = setting(
                    "fleet.heartbeatInterval", SettingType.duration("100ms", "1h"), "30s", "heartbeat workers are told")
            .also("HEARTBEAT_INTERVAL");
    static final Setting<Duration> FLEET_METRICS_INTERVAL = setting(
                    "fleet.metricsInterval",
                    SettingType.duration("100ms", "1h"),
                    "60s",
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

    static final Setting<Integer> EXECUTIONS_MAX_STEPS =
            setting("executions.maxSteps", SettingType.integer(1, 100_000), "1000", "steps in one execution");
    static final Setting<Integer> EXECUTIONS_MAX_OPEN =
            setting("executions.maxOpen", SettingType.integer(1, 1_000_000), "20000", "executions not yet finished");
    static final Setting<Duration> EXECUTIONS_DEFAULT_TIMEOUT = setting(
            "executions.defaultTimeout",
            SettingType.duration("1s", "30d"),
            "1h",
            "limit of an execution that names none, and of each attempt of a deployment's steps");
    static final Setting<Duration> EXECUTIONS_TICK = setting(
            "executions.tick",
            SettingType.duration("50ms", "10m"),
            "1s",
            "how often the monitor looks for what stands still");
    static final Setting<Duration> EXECUTIONS_RETRY_BACKOFF = setting(
            "executions.retryBackoff",
            SettingType.duration("1ms", "1h"),
            "1s",
            "wait before the second attempt, doubling");
    static final Setting<Duration> EXECUTIONS_RETRY_BACKOFF_MAX = setting(
            "executions.retryBackoffMax",
            SettingType.duration("1ms", "24h"),
            "5m",
            "longest wait between two attempts");
    static final Setting<Duration> EXECUTIONS_RESEND_AFTER = setting(
            "executions.resendAfter", SettingType.duration("50ms", "10m"), "5s", "a command without ack is sent again");

    static final Setting<Double> JOBS_CPU = setting(
                    "jobs.cpu", SettingType.decimal(0), "1", "cores of a job that names none; 0: no claim and no limit")
            .also("DOCKER_CPU_LIMIT");
    static final Setting<String> WORKER_DOCKER_BIND_ADDRESS = setting(
            "worker.docker.bindAddress",
            SettingType.addressOr(Config.Docker.ALL_ADDRESSES),
            null,
            "where ports of deployments are published that name no hostIp, which may only narrow it to loopback; none:"
                    + " 127.0.0.1 in standalone, else the address by which this node reaches its controller");
    static final Setting<Long> JOBS_MEMORY_BYTES = setting(
                    "jobs.memoryBytes",
                    SettingType.bytes("0", "1048576g"),
                    "512MiB",
                    "memory of a job that names none; 0: no claim and no limit")
            .also("DOCKER_MEMORY_LIMIT");
    static final Setting<Duration> JOBS_TIMEOUT = setting(
            "jobs.timeout", SettingType.duration("1s", "365d"), "1h", "limit of one attempt of a job that names none");
    static final Setting<Long> JOBS_MAX_INPUT_BYTES =
            setting("jobs.maxInputBytes", SettingType.bytes("1", "1048576g"), "1g", "largest upload for a job");
    static final Setting<Long> JOBS_MAX_OUTPUT_BYTES = setting(
            "jobs.maxOutputBytes", SettingType.bytes("1", "1048576g"), "256m", "largest archive of a job's outputs");
    static final Setting<Long> JOBS_MAX_LOG_BYTES =
            setting("jobs.maxLogBytes", SettingType.bytes("1", "1g"), "10m", "how much of a job's log is kept at most");

    static final Setting<Duration> RETENTION_EXECUTIONS_AGE = setting(
            "retention.executionsAge",
            SettingType.duration("0s", "36500d"),
            "90d",
            "executions and jobs that ended so long ago are forgotten with their files, unless pinned; 0s: never");
    static final Setting<Integer> RETENTION_EXECUTIONS_COUNT = setting(
            "retention.executionsCount",
            SettingType.integer(0, 1_000_000_000),
            "100000",
            "of more executions and jobs that have ended, those that ended first are forgotten; 0: none");
    static final Setting<Duration> RETENTION_FILES_AGE = setting(
            "retention.filesAge",
            SettingType.duration("0s", "36500d"),
            "90d",
            "inputs, outputs and logs of jobs that have ended are deleted at this age; 0s: only with their jobs");
    static final Setting<Integer> RETENTION_FILES_COUNT = setting(
            "retention.filesCount",
            SettingType.integer(0, 1_000_000_000),
            "100000",
            "of more inputs, outputs and logs of jobs that have ended, the oldest are deleted; 0: none");

    static final Setting<Config.Scheduler.Packing> SCHEDULER_POLICY = setting(
            "scheduler.policy",
            SettingType.choice(Config.Scheduler.Packing.class),
            "binpack",
            "binpack: fill nodes, so that others stay free for large work; spread: share the load");
    static final Setting<Double> SCHEDULER_RESERVED_CPU = setting(
            "scheduler.reservedCpu", SettingType.decimal(0), "0", "share of a node's cores promised to nobody, 0 to 1");
    static final Setting<Double> SCHEDULER_RESERVED_MEMORY = setting(
            "scheduler.reservedMemory",
            SettingType.decimal(0),
            "0.05",
            "share of a node's memory promised to nobody, 0 to 1");
    static final Setting<Double> SCHEDULER_WEIGHT_FIT = setting(
            "scheduler.weights.fit",
            SettingType.decimal(0),
            "1",
            "what filling, or sparing, a node counts in its score");
    static final Setting<Double> SCHEDULER_WEIGHT_SPREAD =
            setting("scheduler.weights.spread", SettingType.decimal(0), "0.2", "what free slots count");
    static final Setting<Double> SCHEDULER_WEIGHT_ZONE =
            setting("scheduler.weights.zone", SettingType.decimal(0), "0.1", "what a less busy zone counts");
    static final Setting<Double> SCHEDULER_WEIGHT_LOCALITY =
            setting("scheduler.weights.locality", SettingType.decimal(0), "2", "what holding the wanted models counts");
    static final Setting<Double> SCHEDULER_WEIGHT_GPU_RESERVE = setting(
            "scheduler.weights.gpuReserve",
            SettingType.decimal(0),
            "1",
            "what keeps work without GPU from nodes with GPUs");
    static final Setting<Duration> SCHEDULER_AGEING = setting(
            "scheduler.ageing", SettingType.duration("1s", "7d"), "10m", "waiting that outweighs one priority class");
    static final Setting<Duration> SCHEDULER_RESERVE_AFTER = setting(
            "scheduler.reserveAfter",
            SettingType.duration("1s", "7d"),
            "30s",
            "when the first in the queue has waited this long, a node is kept free for it");
    static final Setting<Boolean> SCHEDULER_PREEMPTION = setting(
            "scheduler.preemption", SettingType.flag(), "true", "urgent work may take the place of preemptible work");
    static final Setting<Integer> SCHEDULER_COOLDOWN_AFTER = setting(
            "scheduler.cooldownAfter",
            SettingType.integer(1, 1_000),
            "3",
            "failures in a row after which a node rests");
    static final Setting<Duration> SCHEDULER_COOLDOWN = setting(
            "scheduler.cooldown", SettingType.duration("100ms", "1d"), "30s", "how long it rests at first, doubling");
    static final Setting<Duration> SCHEDULER_COOLDOWN_MAX =
            setting("scheduler.cooldownMax", SettingType.duration("100ms", "7d"), "10m", "longest rest of a node");

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
    static final Setting<Duration> WORKER_JOB_POLL_INTERVAL = setting(
                    "worker.jobPollInterval",
                    SettingType.duration("100ms", "1h"),
                    "5s",
                    NOT_YET + "pause between two asks of a worker on the HTTP transport")
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

    static final Setting<Boolean> WORKER_DOCKER_ENABLED = setting(
                    "worker.docker.enabled", SettingType.flag(), "true", "use the container engine when it answers")
            .also("ENABLE_DOCKER");
    static final Setting<String> WORKER_DOCKER_SOCKET = setting(
                    "worker.docker.socket",
                    SettingType.text(),
                    "/var/run/docker.sock",
                    "path or URI of the engine's socket")
            .also("DOCKER_SOCKET", "DOCKER_HOST");
    static final Setting<Duration> WORKER_DOCKER_TIMEOUT = setting(
                    "worker.docker.timeout",
                    SettingType.duration("100ms", "1h"),
                    "60s",
                    "limit of one call to the engine")
            .also("DOCKER_TIMEOUT");
    static final Setting<Long> WORKER_DOCKER_MEMORY_LIMIT_BYTES = setting(
                    "worker.docker.memoryLimitBytes",
                    SettingType.bytes("0", "1048576g"),
                    "0",
                    "for containers that name none; 0: no limit")
            .also("DOCKER_MEMORY_LIMIT");
    static final Setting<Double> WORKER_DOCKER_CPU_LIMIT = setting(
                    "worker.docker.cpuLimit",
                    SettingType.decimal(0),
                    "0",
                    "cores for containers that name none; 0: no limit")
            .also("DOCKER_CPU_LIMIT");
    static final Setting<Duration> WORKER_DOCKER_IMAGE_RETENTION = setting(
            "worker.docker.imageRetention",
            SettingType.duration("0s", "36500d"),
            "7d",
            "images that AIWM pulled are removed when nothing has used them for so long, and volumes whose deployment or"
                    + " job is gone; at least 1h, 0s: never");
    static final Setting<List<String>> WORKER_DOCKER_PINNED_IMAGES = setting(
            "worker.docker.pinnedImages", SettingType.list(), "", "exact names of images that are never removed");
    static final Setting<Boolean> WORKER_PROCESS_ENABLED = setting(
            "worker.process.enabled",
            SettingType.flag(),
            "false",
            "DANGEROUS: lets jobs run as plain processes, with NO isolation: whoever may make a job"
                    + " gets the rights of the worker's user on this machine");

    static final Setting<String> WORKER_GPU_NVIDIA_SMI_PATH = setting(
                    "worker.gpu.nvidiaSmiPath", SettingType.text(), "nvidia-smi", "program that reports the GPUs")
            .also("NVIDIA_SMI_PATH");
    static final Setting<Boolean> WORKER_GPU_MOCK_MODE = setting(
                    "worker.gpu.mockMode", SettingType.flag(), "false", "report invented GPUs, for tests without one")
            .also("GPU_MOCK_MODE");
    static final Setting<Duration> WORKER_GPU_TIMEOUT =
            setting("worker.gpu.timeout", SettingType.duration("100ms", "10m"), "5s", "limit of one nvidia-smi call");

    static final Setting<Boolean> WORKER_POLICY_ALLOW_PRIVILEGED =
            setting("worker.policy.allowPrivileged", SettingType.flag(), "false", "containers may be privileged");
    static final Setting<Boolean> WORKER_POLICY_ALLOW_HOST_NETWORK = setting(
            "worker.policy.allowHostNetwork", SettingType.flag(), "false", "containers may use the host's network");
    static final Setting<Boolean> WORKER_POLICY_ALLOW_HOST_PID = setting(
            "worker.policy.allowHostPid", SettingType.flag(), "false", "containers may see the host's processes");
    static final Setting<Boolean> WORKER_POLICY_ALLOW_HOST_IPC = setting(
            "worker.policy.allowHostIpc",
            SettingType.flag(),
            "false",
            "containers may share the host's memory segments, semaphores and queues");
    static final Setting<List<String>> WORKER_POLICY_ALLOWED_HOST_MOUNTS =
            setting("worker.policy.allowedHostMounts", SettingType.list(), "", "host folders containers may mount");
    static final Setting<List<String>> WORKER_POLICY_ALLOWED_CAPABILITIES = setting(
            "worker.policy.allowedCapabilities", SettingType.list(), "", "Linux capabilities containers may add");
    static final Setting<List<String>> WORKER_POLICY_ALLOWED_DEVICES =
            setting("worker.policy.allowedDevices", SettingType.list(), "", "host devices containers may use");
    static final Setting<List<String>> WORKER_POLICY_ALLOWED_IMAGES =
            setting("worker.policy.allowedImages", SettingType.list(), "", "image prefixes; empty: any image");

    static final Setting<List<String>> WORKER_POLICY_ALLOWED_DOWNLOAD_HOSTS = setting(
            "worker.policy.allowedDownloadHosts", SettingType.list(), "", "internal hosts that models may come from");

    static final Setting<Long> WORKER_MODEL_CACHE_BYTES = setting(
            "worker.model.cacheBytes",
            SettingType.bytes("0", "1048576g"),
            null,
            "how much all models on this node may have together; the one used least recently goes first, never one in use"
                    + " or pinned. none: 80 % of what the disk has left for them; 0: no limit");

    static final Setting<Boolean> WORKER_MODEL_SERVE_PEERS = setting(
            "worker.model.servePeers",
            SettingType.flag(),
            "false",
            "other workers may fetch models from this one, with a short token of the controller: many nodes then cost the"
                    + " object store about one copy");
    static final Setting<String> WORKER_MODEL_PEER_ADDRESS = setting(
            "worker.model.peerAddress",
            SettingType.addressOr("all"),
            null,
            "where this worker serves models, when it does; none: 127.0.0.1 in standalone, else the address by which this"
                    + " node reaches its controller");
    static final Setting<Integer> WORKER_MODEL_PEER_PORT =
            setting("worker.model.peerPort", SettingType.integer(0, 65_535), "3005", "port for that; 0: any free one");
    static final Setting<Integer> WORKER_MODEL_PEER_STREAMS = setting(
            "worker.model.peerStreams", SettingType.integer(1, 1_000), "4", "how many files it gives out at once");

    static final Setting<String> LOG_LEVEL = setting(
                    "log.level",
                    SettingType.word("trace", "debug", "info", "warn", "error"),
                    "info",
                    "least level printed")
            .also("LOG_LEVEL");
    static final Setting<String> LOG_FORMAT =
            setting("log.format", SettingType.word("text", "json"), "text", "one line of text or of JSON per event");
    static final Setting<Duration> SHUTDOWN_TIMEOUT =
            setting("shutdownTimeout", SettingType.duration("1s", "10m"), "20s", "how long a clean stop may take");

    /** In the order of declaration, which reflection keeps; so that no setting can be forgotten here. */
    static final List<Setting<?>> ALL = Arrays.stream(Settings.class.getDeclaredFields())
            .filter(field -> field.getType() == Setting.class)
            .<Setting<?>>map(Settings::valueOf)
            .toList();

    private static Setting<?> valueOf(Field field) {
        try {
            return (Setting<?>) field.get(null);
        } catch (IllegalAccessException cannotBe) {
            throw new IllegalStateException(cannotBe);
        }
    }

    private static String hostname() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException noName) {
            return "localhost";
        }
    }
}
