package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Mode;
import io.aiwm.worker.WorkerSettings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> flags = new HashMap<>();

    @Test
    void with_nothing_set_it_listens_on_loopback_and_keeps_state_in_data() {
        Config config = load(Mode.STANDALONE).config();

        assertThat(config.dataDir()).isEqualTo(Path.of("data").toAbsolutePath());
        assertThat(config.http().host()).isEqualTo("127.0.0.1");
        assertThat(config.http().port()).isEqualTo(3003);
        assertThat(config.http().maxBodyBytes()).isEqualTo(1 << 20);
        assertThat(config.cluster().enabled()).isFalse();
        assertThat(config.cluster().host()).isEqualTo("127.0.0.1");
        assertThat(config.storage()).isEqualTo(new Config.Storage(null, Config.Storage.Sync.FULL, false));
        assertThat(config.fleet().heartbeatInterval()).isEqualTo(Duration.ofSeconds(30));
        // the history has slots of 10 s
        assertThat(config.fleet().metricsInterval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.fleet().unhealthyAfter()).isEqualTo(Duration.ofSeconds(90));
        assertThat(config.fleet().offlineAfter()).isEqualTo(Duration.ofMinutes(3));
        assertThat(config.executions().maxSteps()).isEqualTo(1000);
        assertThat(config.executions().maxOpen()).isEqualTo(20_000);
        assertThat(config.worker().policy()).isEqualTo(WorkerSettings.policy());
        assertThat(config.worker().maxParallel()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void each_source_overrules_the_one_before() throws Exception {
        Path file = yaml("http:\n  port: 4001\n  host: 10.0.0.1\n  max_body_bytes: 2MiB\n");
        environment.put("AIWM_HTTP_PORT", "4002");
        environment.put("AIWM_HTTP_HOST", "10.0.0.2");
        flags.put("--http-port", "4003");

        Config.Http http = load(Mode.CONTROLLER, file).config().http();

        assertThat(http.port()).isEqualTo(4003);
        assertThat(http.host()).isEqualTo("10.0.0.2");
        assertThat(http.maxBodyBytes()).isEqualTo(2 << 20);
    }

    @Test
    void every_setting_can_be_given_in_every_spelling() {
        for (Setting<?> setting : Settings.ALL) {
            String value = sampleOf(setting);
            for (String variable : setting.variables()) {
                var sources = new ConfigSources(new ConfigErrors());
                sources.readEnvironment(Map.of(variable, value));
                assertThat(sources.found()).as(variable).containsKey(setting);
            }
            var sources = new ConfigSources(new ConfigErrors());
            sources.readFlags(Map.of(setting.flag(), value));
            assertThat(sources.found()).as(setting.flag()).containsOnlyKeys(setting);
        }
    }

    @Test
    void a_yaml_file_can_hold_every_setting() throws Exception {
        var text = new StringBuilder();
        Settings.ALL.forEach(setting -> text.append('"')
                .append(setting.key())
                .append("\": \"")
                .append(sampleOf(setting))
                .append("\"\n"));
        var mistakes = new ConfigErrors();
        var sources = new ConfigSources(mistakes);

        sources.readFile(yaml(text.toString()));

        mistakes.throwIfAny("the file");
        assertThat(sources.found()).hasSameSizeAs(Settings.ALL);
    }

    @Test
    void the_names_of_the_programs_it_came_from_still_work() {
        environment.putAll(Map.ofEntries(
                Map.entry("PORT", "8080"),
                Map.entry("HEARTBEAT_INTERVAL", "2000"),
                Map.entry("METRICS_INTERVAL", "5000"),
                Map.entry("RESOURCE_CHECK_INTERVAL", "700"),
                Map.entry("NODE_TOKEN", "a.b.c"),
                Map.entry("NODE_ID", "n-1"),
                Map.entry("NODE_NAME", "one"),
                Map.entry("NODE_HOSTNAME", "one.example"),
                Map.entry("DOCKER_SOCKET", "/tmp/d.sock"),
                Map.entry("DOCKER_TIMEOUT", "9000"),
                Map.entry("DOCKER_MEMORY_LIMIT", "512m"),
                Map.entry("DOCKER_CPU_LIMIT", "1.5"),
                Map.entry("ENABLE_DOCKER", "false"),
                Map.entry("NVIDIA_SMI_PATH", "/opt/smi"),
                Map.entry("GPU_MOCK_MODE", "true"),
                Map.entry("MINIO_ENDPOINT", "s3.example"),
                Map.entry("MINIO_PORT", "9900"),
                Map.entry("MINIO_USE_SSL", "true"),
                Map.entry("MINIO_ACCESS_KEY", "ak"),
                Map.entry("MINIO_SECRET_KEY", "sk"),
                Map.entry("MINIO_BUCKET", "b"),
                Map.entry("REDIS_HOST", "redis.example"),
                Map.entry("REDIS_PORT", "6380"),
                Map.entry("MONGODB_URI", "mongodb://m/aiwm"),
                Map.entry("LOG_LEVEL", "DEBUG"),
                Map.entry("MAX_PARALLEL_JOBS", "3"),
                Map.entry("JOB_POLL_INTERVAL", "1500")));

        Config config = load(Mode.WORKER).config();

        assertThat(config.http().port()).isEqualTo(8080);
        assertThat(config.fleet().heartbeatInterval()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.fleet().offlineAfter()).isEqualTo(Duration.ofSeconds(12));
        assertThat(config.storage().mongoUri()).isEqualTo("mongodb://m/aiwm");
        assertThat(config.objectStorage())
                .isEqualTo(new Config.ObjectStorage(
                        "s3.example",
                        Path.of("data/objects").toAbsolutePath(),
                        9900,
                        new Config.ServerTls(true, null),
                        new Config.S3Keys("ak", "sk"),
                        "b",
                        null));
        assertThat(config.redis())
                .isEqualTo(new Config.Redis("redis.example", 6380, null, null, 0, new Config.ServerTls(false, null)));
        assertThat(config.log().level()).isEqualTo("debug");
        Config.Worker worker = config.worker();
        assertThat(worker.heartbeatInterval()).isEqualTo(Duration.ofSeconds(2));
        assertThat(worker.metricsInterval()).isEqualTo(Duration.ofSeconds(5));
        assertThat(worker.resourceInterval()).isEqualTo(Duration.ofMillis(700));
        assertThat(worker.jobPollInterval()).isEqualTo(Duration.ofMillis(1500));
        assertThat(List.of(worker.nodeToken(), worker.nodeId(), worker.nodeName(), worker.hostname()))
                .containsExactly("a.b.c", "n-1", "one", "one.example");
        assertThat(worker.maxParallel()).isEqualTo(3);
        assertThat(worker.docker())
                .isEqualTo(new Config.Docker(false, "/tmp/d.sock", Duration.ofSeconds(9), 512L << 20, 1.5, null, null));
        assertThat(worker.gpu()).isEqualTo(new Config.Gpu("/opt/smi", true, Duration.ofSeconds(5)));
    }

    @Test
    void an_image_is_kept_long_enough_for_a_container_to_be_made_of_it() {
        assertThat(load(Mode.WORKER).config().worker().images())
                .isEqualTo(new Config.ImageRetention(Duration.ofDays(7), List.of()));
        environment.put("AIWM_WORKER_DOCKER_IMAGE_RETENTION", "0");
        environment.put("AIWM_WORKER_DOCKER_PINNED_IMAGES", "nginx:1.27, base");
        assertThat(load(Mode.WORKER).config().worker().images())
                .isEqualTo(new Config.ImageRetention(Duration.ZERO, List.of("nginx:1.27", "base")));
        environment.put("AIWM_WORKER_DOCKER_IMAGE_RETENTION", "59m");
        assertThatThrownBy(() -> load(Mode.WORKER))
                .hasMessageContaining("worker.docker.imageRetention ")
                .hasMessageContaining("must be 0s or at least 1h");
        environment.put("AIWM_WORKER_DOCKER_IMAGE_RETENTION", "1h");
        environment.put("AIWM_WORKER_DOCKER_PINNED_IMAGES", "nginx:*");
        assertThatThrownBy(() -> load(Mode.WORKER))
                .hasMessageContaining("must hold exact names of images, not 'nginx:*'");
    }

    @Test
    void a_controllers_address_means_its_websocket_and_no_cluster() {
        environment.put("CONTROLLER_URL", "https://aiwm.example:3003/");

        Config config = load(Mode.WORKER).config();

        assertThat(config.worker().controllerUrl()).isEqualTo(URI.create("wss://aiwm.example:3003/ws/node"));
        assertThat(config.cluster().enabled()).isFalse();
        environment.put("CONTROLLER_WS_URL", "wss://other:1/own/path");
        assertThat(load(Mode.WORKER).config().worker().controllerUrl()).isEqualTo(URI.create("wss://other:1/own/path"));
        environment.put("AIWM_CLUSTER_ENABLED", "true");
        assertThat(load(Mode.WORKER).config().cluster().enabled()).isTrue();
    }

    @Test
    void a_worker_reaches_another_machine_without_tls_only_where_that_is_allowed() {
        for (String url : List.of("ws://192.0.2.7:3003", "http://[2001:db8::7]:3003", "ws://nobody.invalid/ws/node")) {
            environment.put("CONTROLLER_URL", url);
            environment.remove("AIWM_CONTROLLER_ALLOW_INSECURE");
            assertThatThrownBy(() -> load(Mode.WORKER))
                    .as(url)
                    .hasMessageContainingAll(
                            "worker.controllerUrl (environment CONTROLLER_URL) must begin with wss:// or https://",
                            "without TLS the node token, and commands with their secrets, can be read and changed",
                            "controller.allowInsecure");
            environment.put("AIWM_CONTROLLER_ALLOW_INSECURE", "true");
            assertThat(load(Mode.WORKER).config().worker().controllerUrl().getScheme())
                    .isEqualTo("ws");
        }
        environment.remove("AIWM_CONTROLLER_ALLOW_INSECURE");
        for (String url :
                List.of("ws://127.0.0.1:3003", "http://localhost:3003", "ws://[::1]:3003", "https://192.0.2.7")) {
            environment.put("CONTROLLER_URL", url);
            assertThat(load(Mode.WORKER).changed()).as(url).hasSize(1);
        }
        environment.put("CONTROLLER_URL", "ws://192.0.2.7:3003");
        assertThat(load(Mode.CONTROLLER).changed())
                .as("one file may serve both sides")
                .hasSize(1);
    }

    @Test
    void a_controller_or_standalone_joins_a_cluster_when_anything_is_said_about_one() {
        assertThat(load(Mode.CONTROLLER).config().cluster().enabled()).isFalse();
        assertThat(load(Mode.WORKER).config().cluster().enabled()).isTrue();
        for (var said : Map.of(
                        "--cluster-enabled", "true",
                        "--cluster-port", "6701",
                        "--cluster-members", "127.0.0.1:5701",
                        "--storage-mongo-uri", "mongodb://m/aiwm")
                .entrySet()) {
            flags.clear();
            assertThat(load(Mode.STANDALONE).config().cluster().enabled()).isFalse();
            flags.put(said.getKey(), said.getValue());
            for (Mode mode : new Mode[] {Mode.CONTROLLER, Mode.STANDALONE}) {
                assertThat(load(mode).config().cluster().enabled())
                        .as(mode + " " + said.getKey())
                        .isTrue();
            }
        }
        flags.put("--cluster-enabled", "false");
        assertThat(load(Mode.STANDALONE).config().cluster().enabled()).isFalse();
    }

    @Test
    void addresses_to_listen_on_are_looked_at_with_everything_else() {
        flags.put("--cluster-host", "8.8.8.8");
        flags.put("--http-host", "not a host");
        flags.put("--http-port", "70000");

        assertThatThrownBy(() -> load(Mode.STANDALONE))
                .hasMessageContainingAll(
                        "3 mistakes",
                        "cluster.host (flag --cluster-host) 8.8.8.8 is a public address",
                        "http.host (flag --http-host) is not a known address: 'not a host'",
                        "http.port (flag --http-port) must be from 0 to 65535");
        // a worker that serves no HTTP and joins no cluster listens on neither
        flags.remove("--http-port");
        environment.put("CONTROLLER_WS_URL", "wss://controller:3003/ws/node");
        assertThat(load(Mode.WORKER).config().cluster().enabled()).isFalse();
    }

    @Test
    void every_mistake_is_reported_at_once_with_its_key_and_its_place() throws Exception {
        Path file = yaml("http:\n  prt: 1\n  host: [a, b]\nworker: 3\nlog.level: loud\n");
        environment.put("AIWM_HTP_PORT", "3");
        environment.put("PORT", "70000");
        environment.put("HEARTBEAT_INTERVAL", "soon");
        environment.put("CONTROLLER_URL", "ftp://x");
        environment.put("AIWM_ADMIN_PASSWORD", "changeme");
        flags.put("--auth-jwt-key", "short");
        flags.put("--cluster-members", "10.0.0.1");

        assertThatThrownBy(() -> ConfigLoader.load(
                        Mode.WORKER, new ConfigLoader.Sources(file, environment, flags, List.of("--htp-port", "7"))))
                .isInstanceOf(StartFailure.class)
                .satisfies(
                        failure -> assertThat(((StartFailure) failure).exitCode).isEqualTo(StartFailure.USAGE))
                .hasMessageContainingAll(
                        "unknown option --htp-port; did you mean --http-port?",
                        "http.prt is no setting; did you mean http.port?",
                        "http.host (" + file + ") must be a single value",
                        "worker must be a mapping",
                        "log.level (" + file + ") must be one of trace, debug, info, warn, error, not 'loud'",
                        "AIWM_HTP_PORT is no setting; did you mean AIWM_HTTP_PORT?",
                        "http.port (environment PORT) must be from 0 to 65535, not 70000",
                        "fleet.heartbeatInterval (environment HEARTBEAT_INTERVAL) must be a duration",
                        "worker.controllerUrl (environment CONTROLLER_URL) must be a URL",
                        "auth.adminPassword (environment AIWM_ADMIN_PASSWORD) is too weak",
                        "auth.jwtKey (flag --auth-jwt-key) is too weak: it has 5 bytes",
                        "cluster.members (flag --cluster-members) must hold host:port")
                .message()
                .doesNotContain("changeme")
                .doesNotContain("option 7");
    }

    @Test
    void secrets_can_stand_in_files_and_are_never_printed() throws Exception {
        String key = "0123456789abcdef0123456789abcdef";
        Path secret = Files.writeString(folder.resolve("key"), key + "\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        environment.put("AIWM_JWT_KEY_FILE", secret.toString());
        environment.put("AIWM_ADMIN_PASSWORD", "correct horse battery");

        ConfigLoader.Loaded loaded = load(Mode.CONTROLLER);

        assertThat(loaded.config().auth().jwtKey()).isEqualTo(key);
        assertThat(loaded.changed())
                .containsExactly(
                        "auth.adminPassword: ********  # environment AIWM_ADMIN_PASSWORD",
                        "auth.jwtKey: ********  # environment AIWM_JWT_KEY_FILE");
        assertThat(loaded.effective()).hasSameSizeAs(Settings.ALL).contains("http.port: 3003  # default");
        assertThat(loaded.config().toString()).doesNotContain(key).doesNotContain("correct horse");
    }

    @Test
    void a_file_with_a_secret_that_others_can_read_is_refused() throws Exception {
        Path secret = Files.writeString(folder.resolve("key"), "0123456789abcdef0123456789abcdef\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
        environment.put("AIWM_JWT_KEY_FILE", secret.toString());
        assertThatThrownBy(() -> load(Mode.CONTROLLER))
                .hasMessageContaining("auth.jwtKey (environment AIWM_JWT_KEY_FILE) is in " + secret
                        + ", which other users can read: run chmod 600 on it");
    }

    @Test
    void what_is_printed_in_place_of_a_secret_is_no_secret() {
        environment.put("AIWM_ADMIN_PASSWORD", "********");
        assertThatThrownBy(() -> load(Mode.CONTROLLER))
                .hasMessageContaining(
                        "auth.adminPassword (environment AIWM_ADMIN_PASSWORD) is what 'config print' shows");
    }

    @Test
    void a_file_that_is_not_yaml_is_named_with_its_line() throws Exception {
        Path file = yaml("http:\n  port: [1\n");
        assertThatThrownBy(() -> load(Mode.CONTROLLER, file)).hasMessageContaining(file + " line 2 is not YAML");
        assertThatThrownBy(() -> load(Mode.CONTROLLER, folder.resolve("absent.yaml")))
                .hasMessageContaining("cannot read");
        assertThat(load(Mode.CONTROLLER, yaml("# only a comment\n")).changed()).isEmpty();
    }

    @Test
    void times_that_contradict_each_other_are_refused() {
        flags.put("--fleet-heartbeat-interval", "60s");
        flags.put("--fleet-unhealthy-after", "30s");
        assertThatThrownBy(() -> load(Mode.CONTROLLER))
                .hasMessageContaining("fleet.unhealthyAfter (flag --fleet-unhealthy-after) must be longer than"
                        + " fleet.heartbeatInterval");
    }

    private ConfigLoader.Loaded load(Mode mode) {
        return load(mode, null);
    }

    private ConfigLoader.Loaded load(Mode mode, Path file) {
        return ConfigLoader.load(mode, new ConfigLoader.Sources(file, environment, flags, List.of()));
    }

    private Path yaml(String text) throws Exception {
        return Files.writeString(folder.resolve("aiwm.yaml"), text);
    }

    private static String sampleOf(Setting<?> setting) {
        return setting.fallback() == null || setting.fallback().isEmpty() ? "x" : setting.fallback();
    }
}
