package io.aiwm.inference.body;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.vertx.core.buffer.Buffer;

/** Copies the source once, with what is put in place of its parts, from the first byte to the last. */
final class Splice {
    private static final Buffer USAGE_FIELD = Buffer.buffer("\"include_usage\":true");
    private static final Buffer OPTIONS_FIELD = Buffer.buffer("\"stream_options\":{\"include_usage\":true},");

    private final Buffer source;
    private final Buffer made;
    private int at;

    Splice(Buffer source) {
        this.source = source;
        this.made = Buffer.buffer(source.length() + 128);
    }

    Buffer write(JsonBody body, String model, boolean askUsage) {
        if (askUsage && body.optionsFrom < 0) {
            put(body.open + 1, body.open + 1, OPTIONS_FIELD);
        }
        boolean optionsFirst = askUsage && body.optionsFrom >= 0 && body.optionsFrom < body.modelFrom;
        if (optionsFirst) {
            options(body);
        }
        if (model != null) {
            put(
                    body.modelFrom,
                    body.modelTo,
                    Buffer.buffer(
                            '"' + new String(JsonStringEncoder.getInstance().quoteAsString(model)) + '"'));
        }
        if (askUsage && body.optionsFrom >= 0 && !optionsFirst) {
            options(body);
        }
        return made.appendBuffer(source, at, source.length() - at);
    }

    private void options(JsonBody body) {
        if (body.usageFrom >= 0) {
            put(body.usageFrom, body.usageTo, Buffer.buffer("true"));
        } else if (body.bytes[body.optionsFrom] == '{') {
            put(body.optionsFrom + 1, body.optionsFrom + 1, USAGE_FIELD);
            if (!body.optionsEmpty) {
                made.appendByte((byte) ',');
            }
        } else {
            put(
                    body.optionsFrom,
                    body.optionsTo,
                    Buffer.buffer()
                            .appendByte((byte) '{')
                            .appendBuffer(USAGE_FIELD)
                            .appendByte((byte) '}'));
        }
    }

    private void put(int from, int to, Buffer in) {
        made.appendBuffer(source, at, from - at).appendBuffer(in);
        at = to;
    }
}
