package io.aiwm.boot;

import static io.aiwm.boot.Settings.*;

import io.aiwm.boot.Config.Mode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Builds {@link Config}: defaults, then the YAML file, then the environment, then flags. Every mistake is reported at
 * once, each with its key and where it stands.
 */
public final class ConfigLoader {
    private static final String WHAT = "the configuration";
    private static final int MOST_PORT = 65_535;
    /** Longer than the way from an image that was found to the container that is made of it. */
    private static final Duration SHORTEST_IMAGE_RETENTION = Duration.ofHours(1);

    private ConfigLoader() {}

    /**
     * @param file the YAML file named by the operator; null: {@code AIWM_CONFIG}, or {@code conf/aiwm.yaml} in the
     *     working directory when it is there
     * @param flags value by flag, dashes included: {@code --http-port}
     * @param unknownFlags what stood on the command line and is no flag; reported with the other mistakes
     */
    public record Sources(
            Path file, Map<String, String> environment, Map<String, String> flags, List<String> unknownFlags) {}

    /** The settings of this process and, for {@code config print}, where each comes from. */
    public record Loaded(Config config, List<String> changed, List<String> effective) {}

    /** Throws {@link StartFailure} naming everything that is wrong. */
    public static Loaded load(Mode mode, Sources sources) {
        var mistakes = new ConfigErrors();
        // what follows an unknown option is most likely its value, and no mistake of its own
        List<String> unknown = sources.unknownFlags();
        unknown.stream()
                .filter(word -> word.startsWith("-") || word.equals(unknown.get(0)))
                .forEach(word -> mistakes.addUsage(
                        "unknown option " + word + ConfigErrors.nearest(word.replaceFirst("=.*", ""), flags())));
        var read = new ConfigSources(mistakes);
        Path file = file(sources);
        if (file != null) {
            read.readFile(file);
        }
        read.readEnvironment(sources.environment());
        read.readFlags(sources.flags());
        var values = new Values(mode, read.found(), mistakes);
        Config config = build(values);
        check(values, config);
        mistakes.throwIfAny(WHAT);
        return new Loaded(config, values.lines(false), values.lines(true));
    }

    /** Defaults with a few keys changed ({@code "http.port" -> "0"}); neither file nor environment is read. */
    public static Config of(Mode mode, Map<String, String> settings) {
        Map<String, String> flags = settings.entrySet().stream()
                .collect(Collectors.toMap(
                        entry -> "--" + Setting.snake(entry.getKey()).replace('_', '-'), Map.Entry::getValue));
        List<String> unknown =
                flags.keySet().stream().filter(flag -> !flags().contains(flag)).toList();
        var mistakes = new ConfigErrors();
        unknown.forEach(flag -> mistakes.add(flag + " is no setting" + ConfigErrors.nearest(flag, flags())));
        var read = new ConfigSources(mistakes);
        read.readFlags(flags);
        var values = new Values(mode, read.found(), mistakes);
        Config config = build(values);
        check(values, config);
        mistakes.throwIfAny(WHAT);
        return config;
    }

    /**
     * One flag of the command line.
     *
     * @param form what its value looks like, in words
     */
    public record Flag(String name, String form, String about, String fallback, boolean isSwitch) {
        private static final Pattern CONTROLLER = Pattern.compile(
                "--(accept|http|retention|storage|object-storage|redis|auth|fleet|executions|jobs|scheduler)-.*");

        /** Whether a process of this mode reads it. */
        public boolean concerns(Mode mode) {
            return switch (mode) {
                case STANDALONE -> true;
                case CONTROLLER -> !name.startsWith("--worker-") && !name.startsWith("--controller-");
                case WORKER -> !CONTROLLER.matcher(name).matches();
            };
        }

        public String describe() {
            return about + (fallback == null || fallback.isEmpty() ? "" : " (default: " + fallback + ")");
        }
    }

    /** Every setting as a flag; a secret also as {@code name-file}, which keeps it out of the process list. */
    public static Stream<Flag> describeFlags() {
        return Settings.ALL.stream().flatMap(ConfigLoader::describe);
    }

    private static Stream<Flag> describe(Setting<?> setting) {
        boolean isSwitch = setting.kind().what().equals(SettingType.flag().what());
        var flag = new Flag(setting.flag(), setting.kind().what(), setting.about(), setting.fallback(), isSwitch);
        var file = new Flag(setting.flag() + "-file", "file", "the same, read from a file", null, false);
        return setting.secret() ? Stream.of(flag, file) : Stream.of(flag);
    }

    private static List<String> flags() {
        return Stream.concat(describeFlags().map(Flag::name), Stream.of("--port", "--config", "--verticles"))
                .toList();
    }

    private static Path file(Sources sources) {
        if (sources.file() != null) {
            return sources.file();
        }
        String named = sources.environment().getOrDefault("AIWM_CONFIG", "");
        if (!named.isBlank()) {
            return Path.of(named);
        }
        Path usual = Path.of("conf", "aiwm.yaml");
        return Files.isRegularFile(usual) ? usual : null;
    }

    private static Config build(Values v) {
        return new Config(
                v.mode(),
                v.get(DATA_DIR),
                new Config.Http(
                        v.get(HTTP_HOST),
                        v.get(HTTP_PORT),
                        v.get(HTTP_CORS_ORIGINS),
                        v.get(HTTP_TRUSTED_PROXIES),
                        v.get(HTTP_MAX_BODY_BYTES),
                        v.get(HTTP_REQUEST_TIMEOUT),
                        v.get(HTTP_IDLE_TIMEOUT)),
                new Config.Cluster(
                        v.get(CLUSTER_ENABLED),
                        v.get(CLUSTER_NAME),
                        v.get(CLUSTER_HOST),
                        v.get(CLUSTER_PORT),
                        v.get(CLUSTER_PORTS),
                        v.get(CLUSTER_BUS_PORT),
                        v.get(CLUSTER_MEMBERS),
                        v.get(CLUSTER_ALLOW_PUBLIC_ADDRESS),
                        v.get(CLUSTER_KEY)),
                new Config.Storage(v.get(STORAGE_MONGO_URI), v.get(STORAGE_SYNC), v.get(ACCEPT_EMPTY)),
                new Config.ObjectStorage(
                        v.get(OBJECT_STORAGE_ENDPOINT),
                        v.get(OBJECT_STORAGE_FOLDER),
                        v.get(OBJECT_STORAGE_PORT),
                        v.get(OBJECT_STORAGE_USE_SSL),
                        v.get(OBJECT_STORAGE_ACCESS_KEY),
                        v.get(OBJECT_STORAGE_SECRET_KEY),
                        v.get(OBJECT_STORAGE_BUCKET)),
                new Config.Redis(v.get(REDIS_HOST), v.get(REDIS_PORT), v.get(REDIS_PASSWORD)),
                new Config.Auth(
                        v.get(AUTH_ADMIN_PASSWORD),
                        v.get(AUTH_JWT_KEY),
                        v.get(AUTH_SIGNING_KEY),
                        v.get(AUTH_TOKEN_LIFETIME),
                        v.get(AUTH_NODE_TOKEN_LIFETIME)),
                new Config.Fleet(
                        v.get(FLEET_HEARTBEAT_INTERVAL),
                        v.get(FLEET_METRICS_INTERVAL),
                        v.get(FLEET_UNHEALTHY_AFTER),
                        v.get(FLEET_OFFLINE_AFTER),
                        v.get(FLEET_OPEN_REGISTRATION),
                        v.get(FLEET_STORM_SHARE),
                        v.get(FLEET_STORM_MIN_NODES)),
                new Config.Executions(
                        v.get(EXECUTIONS_MAX_STEPS),
                        v.get(EXECUTIONS_MAX_OPEN),
                        v.get(EXECUTIONS_DEFAULT_TIMEOUT),
                        v.get(EXECUTIONS_TICK),
                        v.get(EXECUTIONS_RETRY_BACKOFF),
                        v.get(EXECUTIONS_RETRY_BACKOFF_MAX),
                        v.get(EXECUTIONS_RESEND_AFTER)),
                new Config.Jobs(
                        v.get(JOBS_CPU),
                        v.get(JOBS_MEMORY_BYTES),
                        v.get(JOBS_TIMEOUT),
                        v.get(JOBS_MAX_INPUT_BYTES),
                        v.get(JOBS_MAX_OUTPUT_BYTES),
                        v.get(JOBS_MAX_LOG_BYTES)),
                new Config.Retention(
                        v.get(RETENTION_EXECUTIONS_AGE),
                        v.get(RETENTION_EXECUTIONS_COUNT),
                        v.get(RETENTION_FILES_AGE),
                        v.get(RETENTION_FILES_COUNT)),
                scheduler(v),
                worker(v),
                new Config.Log(v.get(LOG_LEVEL), v.get(LOG_FORMAT)),
                v.get(SHUTDOWN_TIMEOUT));
    }

    private static Config.Scheduler scheduler(Values v) {
        return new Config.Scheduler(
                v.get(SCHEDULER_POLICY),
                v.get(SCHEDULER_RESERVED_CPU),
                v.get(SCHEDULER_RESERVED_MEMORY),
                new Config.Weights(
                        v.get(SCHEDULER_WEIGHT_FIT),
                        v.get(SCHEDULER_WEIGHT_SPREAD),
                        v.get(SCHEDULER_WEIGHT_ZONE),
                        v.get(SCHEDULER_WEIGHT_LOCALITY),
                        v.get(SCHEDULER_WEIGHT_GPU_RESERVE)),
                v.get(SCHEDULER_AGEING),
                v.get(SCHEDULER_RESERVE_AFTER),
                v.get(SCHEDULER_PREEMPTION),
                v.get(SCHEDULER_COOLDOWN_AFTER),
                v.get(SCHEDULER_COOLDOWN),
                v.get(SCHEDULER_COOLDOWN_MAX));
    }

    private static Config.Worker worker(Values v) {
        return new Config.Worker(
                v.get(WORKER_CONTROLLER_URL),
                v.get(WORKER_CONTROLLER_CA),
                v.get(WORKER_NODE_TOKEN),
                v.get(WORKER_NODE_ID),
                v.get(WORKER_NODE_NAME),
                v.get(WORKER_HOSTNAME),
                v.get(WORKER_ROLE),
                v.get(WORKER_ZONE),
                v.get(WORKER_LABELS),
                v.get(WORKER_HEARTBEAT_INTERVAL),
                v.get(WORKER_METRICS_INTERVAL),
                v.get(WORKER_RESOURCE_INTERVAL),
                v.get(WORKER_JOB_POLL_INTERVAL),
                v.get(WORKER_MAX_PARALLEL),
                v.get(WORKER_STOP_CONTAINERS_ON_EXIT),
                new Config.Docker(
                        v.get(WORKER_DOCKER_ENABLED),
                        v.get(WORKER_DOCKER_SOCKET),
                        v.get(WORKER_DOCKER_TIMEOUT),
                        v.get(WORKER_DOCKER_MEMORY_LIMIT_BYTES),
                        v.get(WORKER_DOCKER_CPU_LIMIT),
                        v.get(WORKER_DOCKER_BIND_ADDRESS)),
                new Config.ImageRetention(v.get(WORKER_DOCKER_IMAGE_RETENTION), v.get(WORKER_DOCKER_PINNED_IMAGES)),
                new Config.Processes(v.get(WORKER_PROCESS_ENABLED)),
                new Config.Gpu(
                        v.get(WORKER_GPU_NVIDIA_SMI_PATH), v.get(WORKER_GPU_MOCK_MODE), v.get(WORKER_GPU_TIMEOUT)),
                new Config.Policy(
                        v.get(WORKER_POLICY_ALLOW_PRIVILEGED),
                        v.get(WORKER_POLICY_ALLOW_HOST_NETWORK),
                        v.get(WORKER_POLICY_ALLOW_HOST_PID),
                        v.get(WORKER_POLICY_ALLOW_HOST_IPC),
                        v.get(WORKER_POLICY_ALLOWED_HOST_MOUNTS),
                        v.get(WORKER_POLICY_ALLOWED_CAPABILITIES),
                        v.get(WORKER_POLICY_ALLOWED_DEVICES),
                        v.get(WORKER_POLICY_ALLOWED_IMAGES),
                        v.get(WORKER_POLICY_ALLOWED_DOWNLOAD_HOSTS)),
                new Config.Models(
                        v.get(WORKER_MODEL_CACHE_BYTES),
                        v.get(WORKER_MODEL_SERVE_PEERS),
                        v.get(WORKER_MODEL_PEER_ADDRESS),
                        v.get(WORKER_MODEL_PEER_PORT),
                        v.get(WORKER_MODEL_PEER_STREAMS)));
    }

    /** What no single setting can know: how values fit together, and secrets too weak to start with. */
    private static void check(Values v, Config config) {
        Duration heartbeat = config.fleet().heartbeatInterval();
        if (config.fleet().unhealthyAfter().compareTo(heartbeat) <= 0) {
            v.refuse(FLEET_UNHEALTHY_AFTER, "must be longer than fleet.heartbeatInterval");
        }
        if (config.fleet().offlineAfter().compareTo(config.fleet().unhealthyAfter()) < 0) {
            v.refuse(FLEET_OFFLINE_AFTER, "must not be shorter than fleet.unhealthyAfter");
        }
        if (config.scheduler().reservedCpu() >= 1) {
            v.refuse(SCHEDULER_RESERVED_CPU, "must be less than 1, or no work would ever fit");
        }
        if (config.scheduler().reservedMemory() >= 1) {
            v.refuse(SCHEDULER_RESERVED_MEMORY, "must be less than 1, or no work would ever fit");
        }
        if (config.scheduler().cooldownMax().compareTo(config.scheduler().cooldown()) < 0) {
            v.refuse(SCHEDULER_COOLDOWN_MAX, "must not be shorter than scheduler.cooldown");
        }
        Duration images = config.worker().images().after();
        if (!images.isZero() && images.compareTo(SHORTEST_IMAGE_RETENTION) < 0) {
            v.refuse(
                    WORKER_DOCKER_IMAGE_RETENTION,
                    "must be 0s or at least 1h, so that no image goes while it is awaited");
        }
        config.worker().images().pinned().stream()
                .filter(name -> name.matches(".*[*?\\s].*"))
                .forEach(name ->
                        v.refuse(WORKER_DOCKER_PINNED_IMAGES, "must hold exact names of images, not '" + name + "'"));
        if (config.fleet().stormShare() > 1) {
            v.refuse(FLEET_STORM_SHARE, "must be from 0 to 1");
        }
        if (config.executions().retryBackoffMax().compareTo(config.executions().retryBackoff()) < 0) {
            v.refuse(EXECUTIONS_RETRY_BACKOFF_MAX, "must not be shorter than executions.retryBackoff");
        }
        if (config.mode().hasController() && v.isSet(WORKER_CONTROLLER_URL) && config.mode() == Mode.STANDALONE) {
            v.refuse(WORKER_CONTROLLER_URL, "has no meaning in mode standalone, whose worker has its own controller");
        }
        if (config.mode() == Mode.WORKER) {
            InsecureController.unfit(config.worker().controllerUrl(), v.get(CONTROLLER_ALLOW_INSECURE))
                    .ifPresent(why -> v.refuse(WORKER_CONTROLLER_URL, why));
        }
        controllerCa(v, config.worker());
        if (config.mode() == Mode.WORKER
                && config.worker().controllerUrl() == null
                && !config.cluster().enabled()) {
            v.refuse(CLUSTER_ENABLED, "must be true for a worker without worker.controllerUrl");
        }
        if (config.cluster().port() + config.cluster().ports() - 1 > MOST_PORT) {
            v.refuse(CLUSTER_PORTS, "must leave the last port at " + MOST_PORT + " or below, from cluster.port on");
        }
        config.cluster().members().stream()
                .filter(member -> !member.matches("\\S+:\\d{1,5}"))
                .forEach(member -> v.refuse(CLUSTER_MEMBERS, "must hold host:port, not '" + member + "'"));
        addresses(v, config);
        ClusterKey.unfit(config.cluster().key()).ifPresent(why -> v.refuse(CLUSTER_KEY, why));
        Secrets.weakKey(config.auth().jwtKey()).ifPresent(why -> v.refuse(AUTH_JWT_KEY, why));
        SigningKey.unfit(config.auth().signingKey()).ifPresent(why -> v.refuse(AUTH_SIGNING_KEY, why));
        Secrets.weakPassword(config.auth().adminPassword()).ifPresent(why -> v.refuse(AUTH_ADMIN_PASSWORD, why));
    }

    private static void controllerCa(Values v, Config.Worker worker) {
        if (worker.controllerCa() == null) {
            return;
        }
        if (worker.controllerUrl() == null
                || !"wss".equals(worker.controllerUrl().getScheme())) {
            v.refuse(WORKER_CONTROLLER_CA, "needs a wss worker.controllerUrl");
        }
        if (!Files.isReadable(worker.controllerCa())) {
            v.refuse(WORKER_CONTROLLER_CA, "is not a file that can be read: " + worker.controllerCa());
        }
    }

    /** Only those this process will listen on. Names are looked up, since at start they would be. */
    private static void addresses(Values v, Config config) {
        if (config.cluster().enabled()) {
            ClusterRules.unfit(config.cluster()).ifPresent(why -> v.refuse(CLUSTER_HOST, why));
        }
        if (config.mode().hasController()) {
            try {
                InetAddress.getByName(config.http().host());
            } catch (UnknownHostException unknown) {
                v.refuse(HTTP_HOST, "is not a known address: '" + config.http().host() + "'");
            }
        }
    }
}
