package io.aiwm.boot;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** The text printed when the process is ready: its address, who may sign in, and where the password is. */
public final class Banner {
    private static final String HTTP = "HttpApiVerticle";

    private Banner() {}

    /** Printed by a worker until a controller has registered it. */
    public static String waiting(Config config) {
        return "AIWM worker has started and looks for its controller " + controller(config);
    }

    private static String controller(Config config) {
        return config.worker().controllerUrl() == null
                ? "on the cluster " + config.cluster().name()
                : config.worker().controllerUrl().toString();
    }

    /**
     * @param secrets null in mode worker
     * @param missing verticles of this mode that are not deployed
     */
    public static String of(Config config, Secrets secrets, List<String> missing) {
        var lines = new StringBuilder();
        lines.append("AIWM ")
                .append(config.mode().name().toLowerCase(Locale.ROOT))
                .append(missing.isEmpty() ? " is ready" : " has started")
                .append(sinceStart());
        if (!missing.isEmpty()) {
            lines.append("\n  without   ")
                    .append(String.join(", ", missing))
                    .append(", which the verticles file leaves out");
        }
        if (missing.contains(HTTP)) {
            lines.append("\n  page      none, and no API");
        } else if (config.mode().hasController()) {
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
