package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.body.EventData;
import io.aiwm.inference.body.TokenUsage;
import io.aiwm.inference.body.UsageEventFilter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import java.util.function.Consumer;

/** The answer to an {@link InternalCall} as it comes: a stream of events is passed on, anything else is kept until it is whole. */
final class InternalAnswer {
    private static final int MOST_ERROR_BYTES = 64 * 1024;
    private static final int BYTES_PER_TOKEN = 4;
    private static final String DONE = "[DONE]";

    private final boolean good;
    private final int most;
    private final EventData events;
    private final Consumer<Buffer> to;
    private final HeldBodies.Share held;
    private final Buffer whole = Buffer.buffer();
    private TokenUsage used;
    private long bytes;
    private long pieces;
    private boolean sawDone;

    /** @param most bytes, of an answer that is no error */
    InternalAnswer(HttpClientResponse from, int maxLineBytes, int most, Consumer<Buffer> to, HeldBodies.Share held) {
        String type = from.getHeader(HttpHeaders.CONTENT_TYPE);
        this.good = from.statusCode() >= 200 && from.statusCode() < 300;
        boolean stream = good && type != null && type.regionMatches(true, 0, "text/event-stream", 0, 17);
        this.events = stream ? new EventData(maxLineBytes) : null;
        this.most = good ? most : MOST_ERROR_BYTES;
        this.to = to;
        this.held = held;
    }

    boolean isGood() {
        return good;
    }

    /** Fails with {@link GatewayError.Refused}. Of an error, what is beyond the limit is dropped. */
    void add(Buffer piece) {
        bytes += piece.length();
        if (bytes > most) {
            if (good) {
                throw GatewayError.of(502, InternalCalls.TOO_LONG, "the answer has more than " + most + " bytes")
                        .refused();
            }
            return;
        }
        if (events == null) {
            hold(whole.length() + piece.length());
            whole.appendBuffer(piece);
            return;
        }
        try {
            events.add(piece).forEach(this::data);
        } catch (UsageEventFilter.LineTooLong tooLong) {
            throw GatewayError.of(502, "upstream_malformed", "a line of the answer is too long")
                    .refused();
        }
        hold(events.heldBytes());
    }

    private void hold(int now) {
        if (!held.answer(now)) {
            throw HeldBodies.NO_ROOM.refused();
        }
    }

    private void data(Buffer data) {
        if (data.toString().equals(DONE)) {
            sawDone = true;
            return;
        }
        pieces++;
        TokenUsage said = TokenUsage.last(data.getBytes(), 0, data.length());
        used = said == null ? used : said;
        to.accept(data);
    }

    /** The connection has ended well. @return whether nothing came that a stream has */
    boolean isCut() {
        if (events == null) {
            used = TokenUsage.last(whole.getBytes(), 0, whole.length());
        }
        return events != null && !sawDone && pieces == 0;
    }

    /** What came, unless it was a stream. */
    Buffer whole() {
        return whole;
    }

    boolean hasBegun() {
        return bytes > 0;
    }

    /** Whether the engine counted the prompt. */
    boolean saysPrompt() {
        return used != null && used.prompt() >= 0;
    }

    /** As the engine counted, with estimates of what it did not say; null: it has begun no answer, or answered with an error. */
    TokenUsage used(long promptTokens) {
        long estimate = events == null ? bytes / BYTES_PER_TOKEN : pieces;
        return good && bytes > 0 ? TokenUsage.of(used, promptTokens, estimate) : null;
    }
}
