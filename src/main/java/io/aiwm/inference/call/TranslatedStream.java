package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.body.EventData;
import io.aiwm.inference.body.TokenUsage;
import io.aiwm.inference.body.TranslatedBody;
import io.aiwm.inference.body.UsageEventFilter;
import io.aiwm.inference.dialect.Dialect;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A stream of chunks of a chat completion that the caller gets as events of its own dialect. */
final class TranslatedStream extends Relay {
    private static final String DONE = "[DONE]";

    private final Dialect.Stream stream;
    private final EventData events;
    private TokenUsage tokens;
    private long chunks;
    /** Whether the answer is whole: some engines leave out the event that says so. */
    private boolean done;

    TranslatedStream(Call call, Attempts attempts, HttpClientResponse from) {
        super(call, attempts, from);
        stream = call.dialect.stream(((TranslatedBody) call.body).asked());
        events = new EventData(call.loop.settings().maxLineBytes());
    }

    @Override
    TokenUsage used() {
        return TokenUsage.of(tokens, call.body.promptTokens(), chunks);
    }

    @Override
    boolean keepsLength() {
        return false;
    }

    @Override
    void piece(Buffer piece) {
        var out = Buffer.buffer();
        boolean last = false;
        try {
            for (Buffer data : events.add(piece)) {
                last = data.length() == DONE.length() && data.toString().equals(DONE);
                if (last) {
                    break;
                }
                out.appendBuffer(translated(data.toJsonObject()));
            }
        } catch (UsageEventFilter.LineTooLong | DecodeException | ClassCastException malformed) {
            writeIfAny(out);
            broken(GatewayError.of(502, "upstream_malformed", "the model's server sent what is no chat completion"));
            return;
        }
        writeIfAny(out);
        if (!call.held.answer(events.heldBytes())) {
            broken(HeldBodies.NO_ROOM, Place.Outcome.NEUTRAL);
        } else if (stream.isOver()) {
            over();
        } else if (last) {
            // some servers leave the connection open behind it
            done = true;
            end();
        }
    }

    private Buffer translated(JsonObject chunk) {
        chunks++;
        if (chunk.getValue("usage") instanceof JsonObject said) {
            TokenUsage next = TokenUsage.of(said.getValue("prompt_tokens"), said.getValue("completion_tokens"));
            tokens = next == null ? tokens : next;
        }
        if (chunk.getValue("choices") instanceof JsonArray choices
                && !choices.isEmpty()
                && choices.getValue(0) instanceof JsonObject first
                && first.getValue("finish_reason") != null) {
            done = true;
        }
        return stream.chunk(chunk);
    }

    private void writeIfAny(Buffer out) {
        if (out.length() > 0) {
            write(out);
        }
    }

    @Override
    void end() {
        if (!done) {
            broken(GatewayError.of(502, "upstream_broke_off", "the answer broke off"));
            return;
        }
        Buffer last = stream.end();
        if (stream.error() != null && !begun()) {
            call.failed(stream.error()); // with its status
            return;
        }
        write(last);
        over();
    }

    private void over() {
        GatewayError error = stream.error();
        if (error == null) {
            call.end(200, null, Place.Outcome.SUCCEEDED);
        } else {
            call.end(error.status(), error.code(), Place.Outcome.FAILED);
        }
        finish(Buffer.buffer());
    }

    @Override
    void broken(GatewayError error) {
        broken(error, Place.Outcome.FAILED);
    }

    private void broken(GatewayError error, Place.Outcome outcome) {
        if (!begun()) {
            call.fail(error, outcome);
            return;
        }
        call.end(error.status(), error.code(), outcome);
        finish(stream.broken(error));
    }
}
