package io.aiwm.protocol;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Worker of role proxy to controller: what it has used of limits, and what it needs. Answered with {@link ProxyLeased}, or with an
 * error; an exchange without an answer may be repeated.
 *
 * @param askId chosen by the worker; the answer repeats it
 * @param holder of this process alone
 * @param reports one for each limit of a key, a team or a user, at most {@value #MOST_REPORTS}
 */
public record ProxyLease(String sessionId, long askId, String holder, List<JsonObject> reports) {
    public static final String TYPE = "proxy.lease";
    public static final int MOST_REPORTS = 1_000;

    public ProxyLease {
        reports = reports == null ? List.of() : reports;
    }
}
