package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Takes the body of a call, up to a limit. */
final class BodyReceiver {
    private final HttpServerRequest request;
    private final int most;
    private final HeldBodies.Share held;
    private final Handler<Buffer> received;
    private final Handler<GatewayError> refused;
    private Buffer body;
    private boolean owned;
    private boolean over;

    private BodyReceiver(
            HttpServerRequest request,
            int most,
            HeldBodies.Share held,
            Handler<Buffer> received,
            Handler<GatewayError> refused) {
        this.request = request;
        this.most = most;
        this.held = held;
        this.received = received;
        this.refused = refused;
    }

    /** Calls one of the handlers, unless the caller goes away. @param held what the call holds of all bodies */
    static void begin(
            HttpServerRequest request,
            int most,
            HeldBodies.Share held,
            Handler<Buffer> received,
            Handler<GatewayError> refused) {
        new BodyReceiver(request, most, held, received, refused).begin();
    }

    private void begin() {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length != null && isOver(length)) {
            refuse();
            return;
        }
        String expected = request.getHeader(HttpHeaders.EXPECT);
        if (expected != null && expected.equalsIgnoreCase("100-continue")) {
            request.response().writeContinue();
        }
        request.handler(this::piece);
        request.endHandler(end -> {
            if (!over) {
                received.handle(body == null ? Buffer.buffer() : body);
            }
        });
        request.resume();
    }

    /** The HTTP codec has seen to it that it is a number. */
    private boolean isOver(String length) {
        return length.length() > 18 || Long.parseLong(length) > most;
    }

    private void piece(Buffer piece) {
        if (over) {
            return;
        }
        if (piece.length() + (body == null ? 0L : body.length()) > most) {
            refuse();
        } else if (!held.add(piece.length())) {
            refuse(HeldBodies.NO_ROOM);
        } else if (body == null) {
            body = piece;
        } else {
            if (!owned) {
                owned = true;
                body = Buffer.buffer(Math.max(64 * 1024, body.length() * 2)).appendBuffer(body);
            }
            body.appendBuffer(piece);
        }
    }

    private void refuse() {
        refuse(GatewayError.of(413, "request_too_large", "the body has more than " + most + " bytes"));
    }

    private void refuse(GatewayError error) {
        over = true;
        body = null;
        refused.handle(error);
    }
}
