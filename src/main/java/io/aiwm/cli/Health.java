package io.aiwm.cli;

import io.aiwm.boot.Config;
import io.aiwm.boot.StartFailure;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URI;

/** Asks the controller of this machine whether it lives; what a container's health check runs. */
final class Health {
    private static final int LIMIT_MS = 4_000;

    private Health() {}

    /** The answer in words; throws {@link StartFailure} when there is none, or not a good one. */
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
