package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Mode;
import io.aiwm.worker.WorkerSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What settings mean together, and what is wrong with them. */
class ConfigLoaderTest extends ConfigRig {
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
}
