package io.aiwm.controller.batch;

import io.aiwm.common.Failure;
import io.aiwm.common.StrictJson;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/**
 * What a line of a batch asks for.
 *
 * @param number of the line, from 1
 * @param body of the call
 */
record BatchCall(int number, String customId, String model, Buffer body) {
    private static final int MOST_ID_CHARS = 512;
    private static final int MOST_MODEL_CHARS = 256;

    /** A line that is no call; has no stack trace. */
    static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1;
        final transient LineError error;

        Wrong(LineError error) {
            super(error.code(), null, false, false);
            this.error = error;
        }
    }

    /** Fails with {@link Wrong}. @param endpoint that all calls of the batch are for */
    static BatchCall read(LineReader.Line line, String endpoint) {
        var read = new Reading(line.number());
        if (line.tooLong()) {
            throw read.wrong("line_too_long", "the line has more than " + LineReader.MOST_BYTES + " bytes", null);
        }
        JsonObject all = read.json(line.bytes());
        String customId = read.text(all, "custom_id", "custom_id", MOST_ID_CHARS);
        String method = read.text(all, "method", "method", 16);
        if (!method.equals("POST")) {
            throw read.wrong("invalid_method", "method must be POST", "method");
        }
        if (!read.text(all, "url", "url", 256).equals(endpoint)) {
            throw read.wrong("invalid_url", "url must be the endpoint of the batch, " + endpoint, "url");
        }
        if (!(all.getValue("body") instanceof JsonObject body)) {
            throw read.wrong("invalid_request", "body must be a JSON object", "body");
        }
        String model = read.text(body, "model", "body.model", MOST_MODEL_CHARS);
        if (body.getValue("stream") != null && !Boolean.FALSE.equals(body.getValue("stream"))) {
            throw read.wrong("invalid_request", "the calls of a batch are not streamed", "body.stream");
        }
        return new BatchCall(line.number(), customId, model, body.toBuffer());
    }

    private record Reading(int number) {
        private static final String BYTE_ORDER_MARK = "\ufeff";

        Wrong wrong(String code, String message, String param) {
            return new Wrong(new LineError(code, message, param, number));
        }

        JsonObject json(Buffer bytes) {
            try {
                String text = bytes.toString();
                // editors begin a file with it
                boolean marked = number == 1 && text.startsWith(BYTE_ORDER_MARK);
                return StrictJson.object(marked ? text.substring(1) : text);
            } catch (Failure unreadable) {
                throw wrong("invalid_json_line", "the line is " + unreadable.getMessage(), null);
            }
        }

        String text(JsonObject from, String name, String param, int most) {
            Object value = from.getValue(name);
            if (value == null) {
                throw wrong("missing_required_parameter", param + " is missing", param);
            }
            if (!(value instanceof String text) || text.isEmpty() || text.length() > most) {
                throw wrong("invalid_request", param + " must be a string of 1 to " + most + " characters", param);
            }
            return text;
        }
    }
}
