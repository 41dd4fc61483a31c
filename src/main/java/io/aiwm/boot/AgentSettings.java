package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.util.List;

/** {@code agents.*}: what agents may reach, and how much users may ask of them. */
final class AgentSettings {
    private AgentSettings() {}

    static final Setting<List<String>> AGENTS_INTERNAL_HOSTS = setting(
            "agents.internalHosts",
            SettingType.list(),
            "",
            "internal hosts (private, loopback, link-local) that tools of agents may call");

    static final Setting<Integer> AGENTS_TURNS_AT_ONCE = setting(
            "agents.turnsAtOnce",
            SettingType.integer(1, 9_999),
            "256",
            "how many turns of agents one user may have at once, in all conversations");
    static final Setting<Integer> AGENTS_TURNS_PER_HOUR = setting(
            "agents.turnsPerHour",
            SettingType.integer(0, 1_000_000),
            "0",
            "how many messages to agents one user may send within an hour; 0: any number");

    static Config.Agents agents(Values v) {
        return new Config.Agents(
                v.get(AGENTS_INTERNAL_HOSTS), v.get(AGENTS_TURNS_AT_ONCE), v.get(AGENTS_TURNS_PER_HOUR));
    }
}
