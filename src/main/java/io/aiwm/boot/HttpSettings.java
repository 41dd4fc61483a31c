package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.time.Duration;
import java.util.List;

/** {@code http.*}: the HTTP server of a controller. */
final class HttpSettings {
    private HttpSettings() {}

    static final Setting<String> HTTP_HOST =
            setting("http.host", SettingType.text(), "127.0.0.1", "address the HTTP server listens on");
    static final Setting<Integer> HTTP_PORT = setting(
                    "http.port", SettingType.integer(0, 65_535), "3003", "port of the HTTP server")
            .also("PORT");
    static final Setting<List<String>> HTTP_CORS_ORIGINS =
            setting("http.corsOrigins", SettingType.list(), "", "origins whose pages may call the API");
    static final Setting<List<Network>> HTTP_TRUSTED_PROXIES = setting(
            "http.trustedProxies",
            SettingType.networks(),
            "",
            "addresses (10.0.0.1) or networks (10.0.0.0/24) of reverse proxies whose X-Forwarded-For is believed");
    static final Setting<Long> HTTP_MAX_BODY_BYTES =
            setting("http.maxBodyBytes", SettingType.bytes("1KiB", "1GiB"), "1MiB", "larger requests are refused");
    static final Setting<Duration> HTTP_REQUEST_TIMEOUT = setting(
            "http.requestTimeout",
            SettingType.duration("100ms", "1h"),
            "30s",
            "an answer that takes longer becomes 504, a body of a request that does so 408");
    static final Setting<Duration> HTTP_IDLE_TIMEOUT =
            setting("http.idleTimeout", SettingType.duration("1s", "24h"), "75s", "silent connections are closed");

    static Config.Http http(Values v) {
        return new Config.Http(
                v.get(HTTP_HOST),
                v.get(HTTP_PORT),
                v.get(HTTP_CORS_ORIGINS),
                v.get(HTTP_TRUSTED_PROXIES),
                v.get(HTTP_MAX_BODY_BYTES),
                v.get(HTTP_REQUEST_TIMEOUT),
                v.get(HTTP_IDLE_TIMEOUT));
    }
}
