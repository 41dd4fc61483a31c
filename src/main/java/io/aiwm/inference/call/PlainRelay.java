package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.body.TokenUsage;
import io.aiwm.inference.body.UsageTail;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;

/** An answer that is not a stream of events: its bytes are passed on as they come. */
final class PlainRelay extends Relay {
    private static final int BYTES_PER_TOKEN = 4;

    private final UsageTail tail = new UsageTail();
    /** The first piece waits for the second when it may be the only one: an answer in one write. */
    private Buffer whole;

    PlainRelay(Call call, Attempts attempts, HttpClientResponse from) {
        super(call, attempts, from);
    }

    @Override
    TokenUsage used() {
        if (!begun() && whole == null) {
            return null;
        }
        long estimate = call.operation.tellsUsage() ? tail.bytes() / BYTES_PER_TOKEN : 0;
        return TokenUsage.of(tail.found(), call.body.promptTokens(), estimate);
    }

    @Override
    boolean keepsLength() {
        return true;
    }

    @Override
    void piece(Buffer piece) {
        tail.add(piece);
        if (!begun() && piece.length() == length()) {
            whole = piece;
        } else {
            write(piece);
        }
    }

    @Override
    void end() {
        if (!begun()) {
            head();
            to.headers().set(HttpHeaders.CONTENT_LENGTH, Integer.toString(whole == null ? 0 : whole.length()));
        }
        call.end(from.statusCode(), null, Place.Outcome.SUCCEEDED);
        if (whole == null) {
            finish(Buffer.buffer());
        } else {
            to.end(whole);
        }
    }

    /** What the caller has is not whole, which only a lost connection says. */
    @Override
    void broken(GatewayError error) {
        call.end(error.status(), error.code(), Place.Outcome.FAILED);
        call.request.connection().close();
    }
}
