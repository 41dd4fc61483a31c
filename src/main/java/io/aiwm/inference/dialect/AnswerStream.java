package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** What the streams of all dialects have in common: a malformed chunk ends the answer with an error, and nothing follows its end. */
abstract class AnswerStream implements Dialect.Stream, AnswerBlock.Sink {
    final AnswerReader reader = new AnswerReader(this);
    private Buffer out = Buffer.buffer();
    private boolean over;
    /** Null: it has not failed. */
    private GatewayError error;

    /** Reads one chunk. */
    abstract void read(JsonObject chunk);

    /** Writes what stands at the end of a whole answer. */
    abstract void finish();

    /** Writes what stands at the end of a broken one. */
    abstract void fail(GatewayError error);

    final void send(JsonObject event) {
        EventText.appendNamed(out, event);
    }

    @Override
    public final Buffer chunk(JsonObject chunk) {
        return guarded(() -> read(chunk));
    }

    @Override
    public final Buffer end() {
        return guarded(() -> {
            if (reader.isEmpty()) {
                throw new MalformedChunk("nothing came");
            }
            reader.end();
            over = true;
            finish();
        });
    }

    @Override
    public final Buffer broken(GatewayError error) {
        return guarded(() -> failed(error));
    }

    @Override
    public final boolean isOver() {
        return over;
    }

    @Override
    public final GatewayError error() {
        return error;
    }

    private void failed(GatewayError cause) {
        over = true;
        error = cause;
        fail(cause);
    }

    private Buffer guarded(Runnable step) {
        if (over) {
            return Buffer.buffer();
        }
        try {
            step.run();
        } catch (MalformedChunk cause) {
            failed(cause.error());
        }
        Buffer written = out;
        out = Buffer.buffer();
        return written;
    }
}
