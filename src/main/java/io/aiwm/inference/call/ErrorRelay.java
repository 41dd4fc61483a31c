package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.body.TokenUsage;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;

/** An answer that is an error: passed on in the caller's dialect, with what the upstream says. */
final class ErrorRelay extends Relay {
    private static final int MOST_BYTES = 64 * 1024;

    private final Buffer body = Buffer.buffer();

    ErrorRelay(Call call, Attempts attempts, HttpClientResponse from) {
        super(call, attempts, from);
    }

    @Override
    TokenUsage used() {
        return null;
    }

    @Override
    boolean keepsLength() {
        return false;
    }

    @Override
    void piece(Buffer piece) {
        if (body.length() + piece.length() <= MOST_BYTES) {
            body.appendBuffer(piece);
        }
    }

    @Override
    void end() {
        call.failed(error());
    }

    @Override
    void broken(GatewayError error) {
        call.failed(error);
    }

    private GatewayError error() {
        return UpstreamErrors.of(from.statusCode(), body, from.getHeader(HttpHeaders.RETRY_AFTER));
    }
}
