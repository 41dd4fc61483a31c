package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.util.List;

/** {@code agents.*}: what agents may reach. */
final class AgentSettings {
    private AgentSettings() {}

    static final Setting<List<String>> AGENTS_INTERNAL_HOSTS = setting(
            "agents.internalHosts",
            SettingType.list(),
            "",
            "internal hosts (private, loopback, link-local) that tools of agents may call");

    static Config.Agents agents(Values v) {
        return new Config.Agents(v.get(AGENTS_INTERNAL_HOSTS));
    }
}
