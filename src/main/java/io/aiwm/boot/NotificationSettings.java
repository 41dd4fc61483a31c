package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.nio.file.Path;
import java.util.List;

/** {@code redis.*}, {@code smtp.*} and {@code notifications.*}: where notifications may go. */
final class NotificationSettings {
    private NotificationSettings() {}

    static final Setting<String> REDIS_HOST = setting(
                    "redis.host",
                    SettingType.text(),
                    null,
                    "Redis for the queue of notifications; none: they wait in the store")
            .also("REDIS_HOST");
    static final Setting<Integer> REDIS_PORT = setting(
                    "redis.port", SettingType.integer(1, 65_535), "6379", "port of Redis")
            .also("REDIS_PORT");
    static final Setting<String> REDIS_USER =
            setting("redis.user", SettingType.text(), null, "user of Redis").also("REDIS_USER", "REDIS_USERNAME");
    static final Setting<String> REDIS_PASSWORD = setting(
                    "redis.password", SettingType.text(), null, "password of Redis")
            .also("REDIS_PASSWORD")
            .masked();
    static final Setting<Integer> REDIS_DATABASE = setting(
                    "redis.database", SettingType.integer(0, 1_000_000), "0", "database of Redis")
            .also("REDIS_DB");
    static final Setting<Boolean> REDIS_USE_SSL = setting(
                    "redis.useSsl", SettingType.flag(), "false", "speak TLS to Redis")
            .also("REDIS_TLS");
    static final Setting<Path> REDIS_CA = setting(
            "redis.ca",
            SettingType.path(),
            null,
            "PEM file of the authorities that the certificate of Redis may come from; none: those that the JVM trusts");
    static final Setting<String> SMTP_HOST = setting(
                    "smtp.host", SettingType.text(), null, "server for e-mails of notifications; none: there are none")
            .also("SMTP_HOST");
    static final Setting<Integer> SMTP_PORT = setting(
                    "smtp.port", SettingType.integer(1, 65_535), "587", "port of the server for e-mails")
            .also("SMTP_PORT");
    static final Setting<Config.Smtp.Security> SMTP_SECURITY = setting(
            "smtp.security",
            SettingType.choice(Config.Smtp.Security.class),
            "starttls",
            "starttls: TLS after the greeting, or nothing is sent; tls: from the beginning; none: readable on the way");
    static final Setting<String> SMTP_USER = setting(
                    "smtp.user", SettingType.text(), null, "user of the server for e-mails")
            .also("SMTP_USER");
    static final Setting<String> SMTP_PASSWORD = setting(
                    "smtp.password", SettingType.text(), null, "password of the server for e-mails")
            .also("SMTP_PASSWORD")
            .masked();
    static final Setting<String> SMTP_FROM = setting(
                    "smtp.from", SettingType.text(), "aiwm@localhost", "sender of e-mails")
            .also("SMTP_FROM");
    static final Setting<List<String>> NOTIFICATIONS_INTERNAL_HOSTS = setting(
            "notifications.internalHosts",
            SettingType.list(),
            "",
            "internal hosts (private, loopback, link-local) that webhooks may reach");

    static Config.Redis redis(Values v) {
        return ConfigRedisBuilder.builder()
                .host(v.get(REDIS_HOST))
                .port(v.get(REDIS_PORT))
                .user(v.get(REDIS_USER))
                .password(v.get(REDIS_PASSWORD))
                .database(v.get(REDIS_DATABASE))
                .tls(new Config.ServerTls(v.get(REDIS_USE_SSL), v.get(REDIS_CA)))
                .build();
    }

    static Config.Smtp smtp(Values v) {
        return new Config.Smtp(
                v.get(SMTP_HOST),
                v.get(SMTP_PORT),
                v.get(SMTP_SECURITY),
                v.get(SMTP_USER),
                v.get(SMTP_PASSWORD),
                v.get(SMTP_FROM));
    }

    static Config.Notifications notifications(Values v) {
        return new Config.Notifications(v.get(NOTIFICATIONS_INTERNAL_HOSTS));
    }
}
