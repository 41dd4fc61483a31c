package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.time.Duration;

/** {@code log.*} and {@code shutdownTimeout}: what a process prints, and how it stops. */
final class ProcessSettings {
    private ProcessSettings() {}

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

    static Config.Log log(Values v) {
        return new Config.Log(v.get(LOG_LEVEL), v.get(LOG_FORMAT));
    }
}
