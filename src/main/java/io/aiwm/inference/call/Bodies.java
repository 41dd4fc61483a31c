package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.body.CallBody;
import io.aiwm.inference.body.JsonBody;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;

/** Which reader a body has. */
final class Bodies {
    private Bodies() {}

    /** Fails with {@link GatewayError.Refused} if the body cannot be read. */
    static CallBody read(Call call, Buffer bytes) {
        String type = call.request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (type != null && !type.regionMatches(true, 0, "application/json", 0, 16)) {
            throw GatewayError.of(415, "unsupported_media_type", "Content-Type must be application/json")
                    .refused();
        }
        return JsonBody.read(bytes);
    }
}
