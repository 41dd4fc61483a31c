package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The list of all settings. Each section of the configuration has a class of its own, which declares its settings and
 * reads them into its record of {@link Config}.
 */
final class Settings {
    /** Begins the description of a setting that is read and checked, but not used yet. */
    static final String NOT_YET = "not used yet: ";

    static final Setting<Path> DATA_DIR =
            setting("dataDir", SettingType.path(), "data", "where state, secrets and the worker's journal live");

    private static final List<Class<?>> SECTIONS = List.of(
            HttpSettings.class,
            ClusterSettings.class,
            StorageSettings.class,
            AuthSettings.class,
            FleetSettings.class,
            ExecutionSettings.class,
            ModelSettings.class,
            InferenceSettings.class,
            BatchSettings.class,
            AgentSettings.class,
            EventSettings.class,
            NotificationSettings.class,
            StoredSecretSettings.class,
            DeploymentSettings.class,
            SchedulerSettings.class,
            WorkerSettings.class,
            SandboxSettings.class,
            ModelCacheSettings.class,
            ProxySettings.class,
            ProcessSettings.class);

    /** The order in which {@code config print} and docs/configuration.md list them: that of the declarations. */
    static final List<Setting<?>> ALL = Stream.concat(
                    Stream.of(DATA_DIR), SECTIONS.stream().flatMap(Settings::declared))
            .toList();

    private Settings() {}

    private static Stream<Setting<?>> declared(Class<?> section) {
        return Arrays.stream(section.getDeclaredFields())
                .filter(field -> field.getType() == Setting.class)
                .map(Settings::valueOf);
    }

    private static Setting<?> valueOf(Field field) {
        try {
            return (Setting<?>) field.get(null);
        } catch (IllegalAccessException cannotBe) {
            throw new IllegalStateException(cannotBe);
        }
    }
}
