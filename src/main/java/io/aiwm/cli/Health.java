package io.aiwm.cli;

import io.aiwm.boot.Config;
import io.aiwm.boot.StartFailure;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URI;

/** Asks the controller on this machine whether it is alive. Run by the health check of the container image. */
final class Health {
    private static final int LIMIT_MS = 4_000;

    private Health() {}

    /** Returns {@code UP}. Throws {@link StartFailure} if there is no answer, or one with another status than 200. */
    static String ask(Config.Http http) {
        try {
            InetAddress address = InetAddress.getByName(http.host());
            String host = address.isAnyLocalAddress()
                    ? InetAddress.getLoopbackAddress().getHostAddress()
                    : address.getHostAddress();
            URI live = URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + http.port()
                    + "/api/health/live");
            var request = (HttpURLConnection) live.toURL().openConnection();
            request.setConnectTimeout(LIMIT_MS);
            request.setReadTimeout(LIMIT_MS);
            int status = request.getResponseCode();
            if (status != HttpURLConnection.HTTP_OK) {
                throw new StartFailure("the controller on port " + http.port() + " answers " + status);
            }
            return "UP";
        } catch (IOException noAnswer) {
            throw new StartFailure("no controller answers on port " + http.port());
        }
    }
}
