package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.time.Duration;

/** {@code events.*} and {@code audit.*}: how much is kept of what happened, and of who changed what. */
final class EventSettings {
    private EventSettings() {}

    static final Setting<Integer> EVENTS_KEPT = setting(
            "events.kept",
            SettingType.integer(1_000, 100_000_000),
            "200000",
            "how many events of the whole cluster are kept, at least");
    static final Setting<Duration> EVENTS_AGE =
            setting("events.age", SettingType.duration("1m", "3650d"), "7d", "after which time an event is forgotten");
    static final Setting<Integer> EVENTS_ROUTINE_PER_SECOND = setting(
            "events.routinePerSecond",
            SettingType.integer(0, 1_000_000),
            "50",
            "how many routine events of executions, steps, jobs and audit a second are told one by one; of more, how"
                    + " many there were");

    static final Setting<Duration> AUDIT_AGE = setting(
            "audit.age",
            SettingType.duration("1d", "36500d"),
            "400d",
            "after which time the record of who changed what is forgotten");

    static Config.Audit audit(Values v) {
        return new Config.Audit(v.get(AUDIT_AGE));
    }

    static Config.Events events(Values v) {
        return new Config.Events(v.get(EVENTS_KEPT), v.get(EVENTS_AGE), v.get(EVENTS_ROUTINE_PER_SECOND));
    }
}
