package io.aiwm.boot;

import io.aiwm.boot.Config.Mode;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private ConfigLoader() {}

    /**
     * @param file the YAML file named by the operator; null: {@code AIWM_CONFIG}, or {@code conf/aiwm.yaml} in the
     *     working directory when it is there
     * @param flags value by flag, dashes included: {@code --http-port}
     * @param unknownFlags words on the command line that are not flags; reported with the other mistakes
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
        ConfigRules.check(values, config);
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
        ConfigRules.check(values, config);
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
                "--(accept|http|retention|storage|object-storage|redis|smtp|notifications|auth|fleet|executions|jobs|models|inference|batch|agents|events|audit|deployments|secrets|scheduler)-.*");

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
        return ConfigBuilder.builder()
                .mode(v.mode())
                .dataDir(v.get(Settings.DATA_DIR))
                .http(HttpSettings.http(v))
                .cluster(ClusterSettings.cluster(v))
                .storage(StorageSettings.storage(v))
                .objectStorage(StorageSettings.objectStorage(v))
                .smtp(NotificationSettings.smtp(v))
                .notifications(NotificationSettings.notifications(v))
                .redis(NotificationSettings.redis(v))
                .auth(AuthSettings.auth(v))
                .fleet(FleetSettings.fleet(v))
                .executions(ExecutionSettings.executions(v))
                .jobs(ExecutionSettings.jobs(v))
                .models(ModelSettings.models(v))
                .inference(InferenceSettings.inference(v))
                .batches(BatchSettings.batches(v))
                .agents(AgentSettings.agents(v))
                .events(EventSettings.events(v))
                .audit(EventSettings.audit(v))
                .secrets(StoredSecretSettings.secrets(v))
                .engines(DeploymentSettings.engines(v))
                .shells(DeploymentSettings.shells(v))
                .retention(ExecutionSettings.retention(v))
                .scheduler(SchedulerSettings.scheduler(v))
                .worker(WorkerSettings.worker(v))
                .log(ProcessSettings.log(v))
                .shutdownTimeout(v.get(ProcessSettings.SHUTDOWN_TIMEOUT))
                .build();
    }
}
