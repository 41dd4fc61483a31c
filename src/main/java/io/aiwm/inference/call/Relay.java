package io.aiwm.inference.call;

import io.aiwm.common.Monotonic;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.body.TokenUsage;
import io.aiwm.inference.upstream.EncodedAnswer;
import io.aiwm.inference.upstream.PassedHeaders;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.function.Supplier;

/** Passes an upstream's answer on, piece by piece: the next piece is taken when the caller has room for it. */
abstract class Relay {
    /** More is not put together: to copy it would cost more than a write. */
    private static final int MOST_JOINED = 16 * 1024;

    final Call call;
    final HttpClientResponse from;
    final HttpServerResponse to;
    private final Attempts attempts;
    private final Place place;
    /** Null: the answer is not encoded. */
    private EncodedAnswer encoded;

    private boolean begun;
    /** What is to be written once all is read that is there now; null: nothing. */
    private Buffer waiting;
    /** Whether it is a copy, to which more can be added. */
    private boolean owned;

    /** When a piece was written last that had none before it to wait for. */
    private long wroteMillis;

    private final Runnable flush = this::flush;

    Relay(Call call, Attempts attempts, HttpClientResponse from) {
        this.call = call;
        this.attempts = attempts;
        this.from = from;
        this.to = call.response;
        this.place = call.place;
    }

    static Relay of(Call call, Attempts attempts, HttpClientResponse from) {
        int status = from.statusCode();
        String type = from.getHeader(HttpHeaders.CONTENT_TYPE);
        if (status < 200 || status >= 300) {
            return new ErrorRelay(call, attempts, from);
        }
        boolean stream = type != null && type.regionMatches(true, 0, "text/event-stream", 0, 17);
        if (call.dialect != null) {
            return stream ? new TranslatedStream(call, attempts, from) : new TranslatedAnswer(call, attempts, from);
        }
        return stream ? new StreamRelay(call, attempts, from) : new PlainRelay(call, attempts, from);
    }

    final void begin() {
        from.handler(piece -> {
            if (!call.ended()) {
                if (begun) {
                    call.time.limit(call.loop.settings().idle(), this::stalled);
                } else {
                    attempts.answers();
                }
                came(piece);
            }
        });
        from.endHandler(end -> {
            if (!call.ended()) {
                over();
            }
        });
        from.exceptionHandler(cut -> lost(502, "upstream_broke_off", "the answer broke off"));
        try {
            encoded = EncodedAnswer.of(from.headers());
        } catch (GatewayError.Refused unknown) {
            call.failed(unknown.error);
            return;
        }
        call.relays(this);
        call.time.limit(call.loop.settings().firstByte(), this::stalled);
        from.resume();
    }

    private void came(Buffer piece) {
        if (encoded == null) {
            piece(piece);
        } else {
            decoded(() -> encoded.decode(piece));
        }
    }

    private void over() {
        if (encoded != null) {
            decoded(encoded::end);
        }
        if (!call.ended()) {
            end();
        }
    }

    private void decoded(Supplier<Buffer> decoding) {
        Buffer piece;
        try {
            piece = decoding.get();
        } catch (GatewayError.Refused malformed) {
            if (begun) {
                broken(malformed.error);
            } else {
                call.failed(malformed.error);
            }
            return;
        }
        if (piece.length() > 0) {
            piece(piece);
        }
    }

    private void stalled() {
        lost(504, "upstream_timeout", "the model's server has stopped to answer");
    }

    private void lost(int status, String code, String message) {
        if (call.ended()) {
            return;
        }
        GatewayError error = GatewayError.of(status, code, message);
        if (begun) {
            broken(error);
        } else if (place == call.place && place != null && status != 504) {
            attempts.lost(place, error);
        } else {
            call.failed(error);
        }
    }

    /** Writes the head, before the first piece. */
    final void head() {
        begun = true;
        to.setStatusCode(from.statusCode());
        PassedHeaders.toCaller(from.headers(), to.headers());
        call.head(attempts.upstreamNanos());
        call.time.limit(call.loop.settings().idle(), this::stalled);
    }

    /** How many bytes the whole answer has; −1: that is not said. */
    final long length() {
        String said = encoded == null ? from.getHeader(HttpHeaders.CONTENT_LENGTH) : null;
        return said == null ? -1 : Long.parseLong(said);
    }

    final boolean begun() {
        return begun;
    }

    final void write(Buffer piece) {
        if (!begun) {
            head();
            String length = from.getHeader(HttpHeaders.CONTENT_LENGTH);
            if (length != null && keepsLength() && encoded == null) {
                to.headers().set(HttpHeaders.CONTENT_LENGTH, length);
            } else {
                to.setChunked(true);
            }
        }
        if (waiting == null) {
            waiting = piece;
            owned = false;
            long now = Monotonic.millis();
            boolean alone = now != wroteMillis;
            wroteMillis = now;
            // one that comes alone, as those of engines do, leaves without waiting for the others
            if (!alone && piece.length() < MOST_JOINED) {
                call.loop.outbox.add(flush);
                return;
            }
        } else {
            join(piece);
            if (waiting.length() < MOST_JOINED) {
                return;
            }
        }
        flush();
    }

    private void join(Buffer piece) {
        if (!owned) {
            owned = true;
            waiting = Buffer.buffer(2 * (waiting.length() + piece.length())).appendBuffer(waiting);
        }
        waiting.appendBuffer(piece);
    }

    /** Ends the answer with what is written but has not left yet, and this behind it. */
    final void finish(Buffer last) {
        if (waiting == null) {
            waiting = last;
        } else if (last.length() > 0) {
            join(last);
        }
        if (waiting.length() == 0) {
            to.end();
        } else {
            to.end(waiting);
        }
        waiting = null;
    }

    private void flush() {
        if (waiting == null || call.ended()) {
            return;
        }
        to.write(waiting);
        waiting = null;
        if (to.writeQueueFull()) {
            from.pause();
            // a caller that takes nothing more holds the place for no longer than a slow engine may
            call.time.limit(call.loop.settings().firstByte(), this::notTaken);
            to.drainHandler(drained -> {
                if (!call.ended()) {
                    call.time.limit(call.loop.settings().idle(), this::stalled);
                    from.resume();
                }
            });
        }
    }

    private void notTaken() {
        call.end(499, "client_too_slow", Place.Outcome.NEUTRAL);
        call.request.connection().close();
    }

    /** What the answer has used so far; null: nothing is known of it. */
    abstract TokenUsage used();

    /** Whether what is sent has as many bytes as what comes. */
    abstract boolean keepsLength();

    abstract void piece(Buffer piece);

    abstract void end();

    /** The answer broke off when a part of it was with the caller. */
    abstract void broken(GatewayError error);
}
