package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.body.TokenUsage;
import io.aiwm.inference.body.TranslatedBody;
import io.aiwm.inference.body.UsageTail;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;

/** A chat completion that the caller gets in its own dialect: taken as a whole. */
final class TranslatedAnswer extends Relay {
    private static final GatewayError MALFORMED =
            GatewayError.of(502, "upstream_malformed", "the model's server answered with no chat completion");

    private static final int BYTES_PER_TOKEN = 4;

    private final UsageTail tail = new UsageTail();
    private final Buffer body = Buffer.buffer();

    TranslatedAnswer(Call call, Attempts attempts, HttpClientResponse from) {
        super(call, attempts, from);
    }

    @Override
    TokenUsage used() {
        return body.length() == 0
                ? null
                : TokenUsage.of(tail.found(), call.body.promptTokens(), body.length() / BYTES_PER_TOKEN);
    }

    @Override
    boolean keepsLength() {
        return false;
    }

    @Override
    void piece(Buffer piece) {
        if (body.length() + piece.length() > call.loop.settings().maxLineBytes()) {
            call.failed(GatewayError.of(502, "upstream_malformed", "the model's server answered with too much"));
            return;
        }
        if (!call.held.answer(body.length() + piece.length())) {
            call.fail(HeldBodies.NO_ROOM, Place.Outcome.NEUTRAL); // it says nothing of the replica
            return;
        }
        tail.add(piece);
        body.appendBuffer(piece);
    }

    @Override
    void end() {
        Buffer answer;
        try {
            answer = call.dialect
                    .answer(((TranslatedBody) call.body).asked(), body.toJsonObject())
                    .toBuffer();
        } catch (GatewayError.Refused refused) {
            call.failed(refused.error);
            return;
        } catch (RuntimeException malformed) { // whatever an engine may have answered with
            call.failed(MALFORMED);
            return;
        }
        head();
        to.headers().set(HttpHeaders.CONTENT_TYPE, "application/json");
        call.end(200, null, Place.Outcome.SUCCEEDED);
        to.end(answer);
    }

    @Override
    void broken(GatewayError error) {
        call.failed(error);
    }
}
