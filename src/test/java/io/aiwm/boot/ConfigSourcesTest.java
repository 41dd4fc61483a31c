package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config.Mode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Flags, variables, files and older names: where a setting comes from. */
class ConfigSourcesTest extends ConfigRig {
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

    private static String sampleOf(Setting<?> setting) {
        return setting.fallback() == null || setting.fallback().isEmpty() ? "x" : setting.fallback();
    }
}
