package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.nio.file.Path;

/** The settings of a worker of role proxy. */
final class ProxySettings {
    private ProxySettings() {}

    static final Setting<String> WORKER_PROXY_HOST = setting(
            "worker.proxy.host",
            SettingType.text(),
            "127.0.0.1",
            "where a worker of role proxy serves /v1 and /proxy; 0.0.0.0: on every address");
    static final Setting<Integer> WORKER_PROXY_PORT =
            setting("worker.proxy.port", SettingType.integer(0, 65_535), "3006", "port for that; 0: any free one");
    static final Setting<String> WORKER_PROXY_URL = setting(
            "worker.proxy.url",
            SettingType.text(),
            null,
            "where callers reach this proxy, for people to see; none: as it listens");
    static final Setting<Path> WORKER_PROXY_CERTIFICATE = setting(
            "worker.proxy.certificate",
            SettingType.path(),
            null,
            "PEM file of this proxy's certificate with its chain, read again when it changes; none: no TLS");
    static final Setting<Path> WORKER_PROXY_KEY = setting(
            "worker.proxy.key", SettingType.path(), null, "PEM file of the private key of that certificate (PKCS #8)");

    static Config.Proxy proxy(Values v) {
        return new Config.Proxy(
                v.get(WORKER_PROXY_HOST),
                v.get(WORKER_PROXY_PORT),
                v.get(WORKER_PROXY_URL),
                v.get(WORKER_PROXY_CERTIFICATE),
                v.get(WORKER_PROXY_KEY));
    }
}
