package io.aiwm.inference.call;

import io.aiwm.inference.GatewaySettings;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Passes the body of a request below {@code /proxy} on as it comes, and counts its time. */
final class ProxyBody {
    private ProxyBody() {}

    /** @param request paused until now */
    static void pass(HttpServerRequest request, HttpClientRequest upstream, ProxyTime time, GatewaySettings settings) {
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        if (request.headers().contains(HttpHeaders.TRANSFER_ENCODING)) {
            upstream.setChunked(true);
        } else if (!request.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
            request.resume();
            upstream.end();
            return;
        }
        time.bodyBegins(settings.receive());
        Pump.of(request, upstream, piece -> time.bodyMoves(piece.length()));
        request.endHandler(whole -> {
            time.bodyEnds(settings.firstByte());
            upstream.end();
        });
        request.resume();
    }
}
