package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.body.EventFilter;
import io.aiwm.inference.body.Tokens;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;

/** A stream of server-sent events, passed on as it comes. */
final class StreamRelay extends Relay {
    private static final Buffer DATA = Buffer.buffer("data: ");
    private static final Buffer BLANK = Buffer.buffer("\n\n");

    private final EventFilter events;

    StreamRelay(Call call, Attempts attempts, HttpClientResponse from) {
        super(call, attempts, from);
        events = new EventFilter(
                call.body.wantsUsage() || !call.operation.tellsUsage(),
                call.loop.settings().maxLineBytes());
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
        } catch (EventFilter.LineTooLong tooLong) {
            broken(GatewayError.of(502, "upstream_malformed", "a line of the answer is too long"));
            return;
        }
        if (passed.length() > 0) {
            write(passed);
        }
    }

    @Override
    void end() {
        Buffer rest = events.rest();
        if (rest.length() > 0 || !begun()) {
            write(rest);
        }
        call.end(from.statusCode(), null, Place.Outcome.SUCCEEDED);
        to.end();
    }

    @Override
    Tokens used() {
        Tokens said = events.tokens();
        return said == null ? new Tokens(call.body.promptTokens(), events.events()) : said;
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
        to.end(last.appendBuffer(DATA)
                .appendBuffer(call.loop.shared.dialects().error(null, error))
                .appendBuffer(BLANK));
    }
}
