package io.aiwm.protocol;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Controller to worker of role proxy: what it may use.
 *
 * @param askId of the {@link ProxyLease}
 * @param gateways how many share the limits, this one included
 * @param told for each report, in order
 */
public record ProxyLeased(long askId, int gateways, List<JsonObject> told) {
    public static final String TYPE = "proxy.leased";

    public ProxyLeased {
        told = told == null ? List.of() : told;
    }
}
