package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.time.Duration;

/** {@code auth.*}: the keys and tokens of a controller, and its first password. */
final class AuthSettings {
    private AuthSettings() {}

    static final Setting<String> AUTH_ADMIN_PASSWORD = setting(
                    "auth.adminPassword",
                    SettingType.text(),
                    null,
                    "password of the user admin; none: generated into dataDir/admin-password")
            .also("AIWM_ADMIN_PASSWORD")
            .masked();
    static final Setting<String> AUTH_JWT_KEY = setting(
                    "auth.jwtKey",
                    SettingType.text(),
                    null,
                    "signs tokens, at least 32 bytes; none: generated into dataDir/jwt.key")
            .also("AIWM_JWT_KEY")
            .masked();
    static final Setting<String> AUTH_SIGNING_KEY = setting(
                    "auth.signingKey",
                    SettingType.text(),
                    null,
                    "private key in PEM that signs the tokens of users in place of auth.jwtKey, so that others can check"
                            + " them: RSA of 2048 to 4096 bits (RS256) or P-256 (ES256)")
            .masked();
    static final Setting<Duration> AUTH_TOKEN_LIFETIME =
            setting("auth.tokenLifetime", SettingType.duration("1s", "30d"), "8h", "how long a login lasts");
    static final Setting<Duration> AUTH_NODE_TOKEN_LIFETIME = setting(
            "auth.nodeTokenLifetime",
            SettingType.duration("1s", "3650d"),
            "365d",
            "how long a node token lasts by default");
    static final Setting<Integer> AUTH_PASSWORD_ITERATIONS = setting(
            "auth.passwordIterations",
            SettingType.integer(10_000, 10_000_000),
            "210000",
            "rounds of the hash of a password (PBKDF2 with HMAC-SHA-512) that is set from now on; fewer than the default,"
                    + " which OWASP recommends, make a stolen hash easier to guess");

    static Config.Auth auth(Values v) {
        return new Config.Auth(
                v.get(AUTH_ADMIN_PASSWORD),
                v.get(AUTH_JWT_KEY),
                v.get(AUTH_SIGNING_KEY),
                v.get(AUTH_TOKEN_LIFETIME),
                v.get(AUTH_NODE_TOKEN_LIFETIME),
                v.get(AUTH_PASSWORD_ITERATIONS));
    }
}
