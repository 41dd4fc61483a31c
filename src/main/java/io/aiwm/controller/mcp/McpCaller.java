package io.aiwm.controller.mcp;

import io.aiwm.controller.auth.Principal;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whose request it is.
 *
 * @param authorization the header that it came with
 * @param requestId what the request is named in logs
 */
public record McpCaller(Principal principal, String authorization, String requestId) {
    /** What is sent along with a call that is made in the caller's name. */
    Map<String, String> headers() {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Authorization", authorization);
        headers.put("X-Request-Id", requestId);
        headers.put("Accept", "application/json, text/plain;q=0.9, */*;q=0.1");
        return headers;
    }

    @Override
    public String toString() {
        return "Caller[" + principal.name() + "]";
    }
}
