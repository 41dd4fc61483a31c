package io.aiwm.controller.api;

import io.aiwm.inference.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;

/** What the answers of {@code /v1/files} and {@code /v1/batches} have in common. */
final class BatchAnswers {
    private BatchAnswers() {}

    static Future<Void> send(HttpServerRequest request, JsonObject body) {
        if (!request.isEnded()) {
            request.resume();
        }
        if (request.response().closed()) {
            return Future.succeededFuture();
        }
        request.response().headers().set(HttpHeaders.CONTENT_TYPE, "application/json");
        return request.response().end(body.toBuffer());
    }

    /** Takes a small body. Fails with {@link GatewayError.Refused} 413 past so many bytes. */
    static Future<Buffer> body(HttpServerRequest request, int most) {
        Promise<Buffer> whole = Promise.promise();
        Buffer all = Buffer.buffer();
        request.exceptionHandler(whole::tryFail);
        request.endHandler(end -> whole.tryComplete(all));
        request.handler(piece -> {
            if (all.length() + piece.length() <= most) {
                all.appendBuffer(piece);
            } else {
                whole.tryFail(GatewayError.of(413, "request_too_large", "the body has more than " + most + " bytes")
                        .refused());
            }
        });
        request.resume();
        return whole.future();
    }

    /** The number of a page's items. Fails with {@link GatewayError.Refused} 400. */
    static int limit(HttpServerRequest request, int usual, int most) {
        String said = request.getParam("limit");
        if (said == null) {
            return usual;
        }
        if (!said.matches("\\d{1,6}") || Integer.parseInt(said) < 1 || Integer.parseInt(said) > most) {
            throw GatewayError.invalid("limit", "limit must be a number from 1 to " + most)
                    .refused();
        }
        return Integer.parseInt(said);
    }

    /** Seconds for which something is kept after it was made. Fails with {@link GatewayError.Refused} 400. */
    static Long keptSeconds(String name, Object anchor, Object seconds) {
        if (anchor == null && seconds == null) {
            return null;
        }
        if (!"created_at".equals(anchor)) {
            throw GatewayError.invalid(name + "[anchor]", "the anchor must be created_at")
                    .refused();
        }
        String number = String.valueOf(seconds);
        if (!number.matches("\\d{4,7}") || Long.parseLong(number) < 3_600 || Long.parseLong(number) > 2_592_000) {
            throw GatewayError.invalid(name + "[seconds]", "the seconds must be a number from 3600 to 2592000")
                    .refused();
        }
        return Long.parseLong(number);
    }
}
