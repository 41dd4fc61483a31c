package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.body.Tokens;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

/** An answer that is an error: passed on in the caller's dialect, with what the upstream says. */
final class ErrorRelay extends Relay {
    private static final int MOST_BYTES = 64 * 1024;
    private static final int MOST_MESSAGE_CHARS = 2_000;

    private final Buffer body = Buffer.buffer();

    ErrorRelay(Call call, Attempts attempts, HttpClientResponse from) {
        super(call, attempts, from);
    }

    @Override
    Tokens used() {
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
        int status = from.statusCode();
        if (status < 400) {
            return GatewayError.of(502, "upstream_redirects", "the model's server answered " + status);
        }
        if (status == 401 || status == 403) {
            // the caller's own key is good: it is ours that was refused
            return GatewayError.of(502, "upstream_refused", "the model's server answered " + status);
        }
        return new GatewayError(status, code(), message(), param(), retryAfter());
    }

    private JsonObject said() {
        try {
            JsonObject all = body.toJsonObject();
            Object error = all.getValue("error");
            return error instanceof JsonObject object ? object : all;
        } catch (DecodeException | ClassCastException notJson) {
            return new JsonObject();
        }
    }

    private String code() {
        Object code = said().getValue("code");
        if (code instanceof String text && !text.isBlank()) {
            return text;
        }
        return switch (from.statusCode()) {
            case 429 -> "rate_limit_exceeded";
            case 400, 404, 413, 422 -> "invalid_request_error";
            default -> "upstream_error";
        };
    }

    private String message() {
        Object message = said().getValue("message");
        if (message instanceof String text && !text.isBlank()) {
            return text.length() > MOST_MESSAGE_CHARS ? text.substring(0, MOST_MESSAGE_CHARS) : text;
        }
        return "the model's server answered " + from.statusCode();
    }

    private String param() {
        return said().getValue("param") instanceof String text ? text : null;
    }

    private long retryAfter() {
        String said = from.getHeader(HttpHeaders.RETRY_AFTER);
        try {
            return said == null ? 0 : Math.max(0, Long.parseLong(said.strip()));
        } catch (NumberFormatException date) {
            return 1;
        }
    }
}
