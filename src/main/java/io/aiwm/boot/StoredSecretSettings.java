package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

/** {@code secrets.*}: what the values of stored secrets are sealed with. */
final class StoredSecretSettings {
    private StoredSecretSettings() {}

    static final Setting<String> SECRETS_KEY = setting(
                    "secrets.key",
                    SettingType.text(),
                    null,
                    "seals the values of stored secrets: 32 bytes in base64, the same at all controllers of one"
                            + " database; none: made at the first start into dataDir/secrets.key, from auth.jwtKey if that is set")
            .masked();
    static final Setting<String> SECRETS_PREVIOUS_KEYS = setting(
                    "secrets.previousKeys",
                    SettingType.text(),
                    null,
                    "further keys, with spaces or commas between, that stored secrets may be sealed with; they are"
                            + " sealed anew with secrets.key")
            .masked();

    static Config.StoredSecrets secrets(Values v) {
        return new Config.StoredSecrets(v.get(SECRETS_KEY), v.get(SECRETS_PREVIOUS_KEYS));
    }
}
