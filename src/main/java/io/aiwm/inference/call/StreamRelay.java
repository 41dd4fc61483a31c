package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.body.TokenUsage;
import io.aiwm.inference.body.UsageEventFilter;
import io.aiwm.inference.dialect.ErrorShape;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;

/** A stream of server-sent events, passed on as it comes. */
final class StreamRelay extends Relay {
    private static final Buffer NOTHING = Buffer.buffer();
    private static final Buffer BLANK = Buffer.buffer("\n\n");

    private final UsageEventFilter events;

    StreamRelay(Call call, Attempts attempts, HttpClientResponse from) {
        super(call, attempts, from);
        events = new UsageEventFilter(
                call.body.wantsUsage() || !call.operation.tellsUsage(),
                call.loop.settings().maxLineBytes(),
                call.operation.tellsUsage() || endsWithConnection());
    }

    @Override
    boolean keepsLength() {
        return false;
    }

    @Override
    void piece(Buffer piece) {
        Buffer passed;
        try {
            passed = events.pass(piece);
        } catch (UsageEventFilter.LineTooLong tooLong) {
            broken(GatewayError.of(502, "upstream_malformed", "a line of the answer is too long"));
            return;
        }
        if (passed.length() > 0) {
            write(passed);
        }
    }

    @Override
    void end() {
        boolean cut = endsWithConnection() && !events.done() && !events.finished();
        Buffer rest = events.rest();
        // servers that pass on what others answer end it in order, also where it broke off
        if (cut || (call.operation.tellsUsage() && events.isUnfinished())) {
            broken(GatewayError.of(502, "upstream_broke_off", "the answer broke off"));
            return;
        }
        if (!begun()) {
            write(rest);
            rest = NOTHING;
        }
        call.end(from.statusCode(), null, Place.Outcome.SUCCEEDED);
        finish(rest);
    }

    /** Such an answer looks the same whether it is whole or cut, unless one of its events says why it ends. */
    private boolean endsWithConnection() {
        return !from.headers().contains(HttpHeaders.CONTENT_LENGTH)
                && !from.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }

    @Override
    TokenUsage used() {
        return TokenUsage.of(events.tokens(), call.body.promptTokens(), events.events());
    }

    @Override
    void broken(GatewayError error) {
        call.end(error.status(), error.code(), Place.Outcome.FAILED);
        if (!begun()) {
            head();
            to.setChunked(true);
        }
        Buffer last = Buffer.buffer();
        if (events.inEvent()) {
            last.appendBuffer(BLANK);
        }
        finish(last.appendBuffer(ErrorShape.openAiEvent(error)));
    }
}
