package io.aiwm.boot;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** What the operator reads when the process is ready: where it is, who may sign in, where the password stands. */
public final class Banner {
    private Banner() {}

    /** What a worker says until a controller has registered it. */
    public static String waiting(Config config) {
        return "AIWM worker has started and looks for its controller " + controller(config);
    }

    private static String controller(Config config) {
        return config.worker().controllerUrl() == null
                ? "on the cluster " + config.cluster().name()
                : config.worker().controllerUrl().toString();
    }

    /** @param secrets null in mode worker */
    public static String of(Config config, Secrets secrets) {
        var lines = new StringBuilder();
        lines.append("AIWM ")
                .append(config.mode().name().toLowerCase(Locale.ROOT))
                .append(" is ready")
                .append(sinceStart());
        if (config.mode().hasController()) {
            lines.append("\n  page      http://")
                    .append(reachable(config.http().host()))
                    .append(':')
                    .append(config.http().port())
                    .append("\n  user      admin\n  password  ")
                    .append(secrets.passwordFile() == null ? "as configured" : "in " + secrets.passwordFile());
        } else {
            lines.append("\n  controller  ").append(controller(config));
        }
        return lines.append("\n  data      ").append(config.dataDir()).toString();
    }

    private static String sinceStart() {
        return ProcessHandle.current()
                .info()
                .startInstant()
                .map(start -> Duration.between(start, Instant.now()))
                .map(age -> String.format(Locale.ROOT, " after %.1f s", age.toMillis() / 1_000.0))
                .orElse("");
    }

    private static String reachable(String host) {
        try {
            return InetAddress.getByName(host).isAnyLocalAddress()
                    ? "localhost"
                    : host.contains(":") ? "[" + host + "]" : host;
        } catch (UnknownHostException unknown) {
            return host;
        }
    }
}
