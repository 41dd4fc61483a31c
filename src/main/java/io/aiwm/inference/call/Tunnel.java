package io.aiwm.inference.call;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import java.util.function.Consumer;

/** Two connections as one, after an upgrade. */
final class Tunnel {
    private Tunnel() {}

    /**
     * Agrees to the upgrade as the server behind did, and passes bytes both ways. Succeeds when a side has closed; fails if the caller
     * is gone before.
     *
     * @param behind paused; who closes it ends both
     * @param moved called for each piece, with whether a part of a message is in it
     */
    static Future<Void> open(
            HttpServerRequest request, HttpClientResponse agreed, NetSocket behind, Consumer<Boolean> moved) {
        request.response().setStatusCode(101);
        agreed.headers().forEach(each -> request.response().headers().add(each.getKey(), each.getValue()));
        request.response().headers().remove(HttpHeaders.SET_COOKIE);
        return request.toNetSocket().onFailure(gone -> behind.close()).compose(before -> joined(before, behind, moved));
    }

    private static Future<Void> joined(NetSocket before, NetSocket behind, Consumer<Boolean> moved) {
        Promise<Void> closed = Promise.promise();
        var asked = new WebSocketFrames();
        var answered = new WebSocketFrames();
        Pump.of(before, behind, piece -> moved.accept(asked.hasMessage(piece)));
        Pump.of(behind, before, piece -> moved.accept(answered.hasMessage(piece)));
        before.closeHandler(end -> {
            closed.tryComplete();
            behind.close();
        });
        behind.closeHandler(end -> {
            closed.tryComplete();
            before.close();
        });
        behind.resume();
        before.resume();
        return closed.future();
    }
}
