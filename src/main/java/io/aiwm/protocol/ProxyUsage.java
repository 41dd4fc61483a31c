package io.aiwm.protocol;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Worker of role proxy to controller: calls that have ended. One batch at a time, sent again until it is acknowledged with
 * {@link ProxyUsageAck}, always with the same calls.
 *
 * @param gatewayId as in {@link ProxyState}
 * @param sequence of the batch: one more than that of the batch before
 * @param calls at most {@value #MOST_CALLS}
 */
public record ProxyUsage(String sessionId, String gatewayId, long sequence, List<JsonObject> calls) {
    public static final String TYPE = "proxy.usage";
    public static final int MOST_CALLS = 500;

    public ProxyUsage {
        calls = calls == null ? List.of() : calls;
    }
}
