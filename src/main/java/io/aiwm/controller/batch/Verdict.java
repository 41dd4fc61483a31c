package io.aiwm.controller.batch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.aiwm.common.Failure;
import io.aiwm.common.HttpStatus;
import io.aiwm.common.Ids;
import io.aiwm.inference.balance.Balancer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;

/**
 * What an answer means for its line: it is done, or it is called again later.
 *
 * @param result what is told of the line; null: it is called again
 * @param answer whether the result goes into the file of answers
 * @param laterMillis after which time it is called again
 * @param counts whether the try counts: the model's server has failed
 */
record Verdict(Buffer result, boolean answer, long laterMillis, boolean counts) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final long SOON_MILLIS = 200;
    private static final long MOST_MILLIS = 60_000;
    /** Tries of a line that the model's server fails. */
    private static final int MOST_TRIES = 4;

    /** @param tries that have failed before */
    static Verdict of(BatchCall call, LineCalls.Answer answer, int tries) {
        String code = answer.status() < 400 ? null : code(answer.body());
        long wished = Math.min(MOST_MILLIS, answer.retryAfterSeconds() * 1_000);
        if (Balancer.NOT_IDLE.equals(code)) {
            return later(SOON_MILLIS, false);
        }
        if ((answer.status() == 429 && !"insufficient_quota".equals(code)) || "model_not_ready".equals(code)) {
            return later(Math.max(1_000, wished), false);
        }
        if (answer.status() != 429 && HttpStatus.isPassing(answer.status()) && tries + 1 < MOST_TRIES) {
            return later(Math.max(wished, 1_000L << (2 * tries)), true);
        }
        if (answer.body() == null) {
            return error(call, "answer_too_large", "the answer has more than " + LineCalls.MOST_BYTES + " bytes");
        }
        Buffer body = inOneLine(answer.body());
        if (!isJson(body)) {
            return error(call, "invalid_answer", "the answer is not JSON");
        }
        var response = Buffer.buffer(
                "{\"status_code\":" + answer.status() + ",\"request_id\":\"" + answer.requestId() + "\",\"body\":");
        response.appendBuffer(body).appendString("}");
        boolean good = answer.status() >= 200 && answer.status() < 300;
        return new Verdict(line(call, response, "null"), good, 0, false);
    }

    /** There was no answer. @param tries that have failed before */
    static Verdict of(BatchCall call, Throwable cause, int tries) {
        Failure failure = Failure.of(cause);
        if (failure.kind == Failure.Kind.UNAUTHENTICATED || failure.kind == Failure.Kind.FORBIDDEN) {
            return error(call, "invalid_api_key", cause.getMessage());
        }
        if (cause instanceof Failure && failure.retryable()) {
            return later(1_000, false); // a store that is away says nothing of the model's server
        }
        return tries + 1 < MOST_TRIES
                ? later(1_000L << (2 * tries), true)
                : error(call, "no_answer", "there was no answer");
    }

    /** A line that has no answer and gets none. */
    static Verdict error(BatchCall call, String code, String message) {
        String error =
                new JsonObject().put("code", code).put("message", message).encode();
        return new Verdict(line(call, Buffer.buffer("null"), error), false, 0, false);
    }

    private static Verdict later(long millis, boolean counts) {
        return new Verdict(null, false, millis, counts);
    }

    private static Buffer line(BatchCall call, Buffer response, String error) {
        String customId = new JsonObject().put("custom_id", call.customId()).encode();
        return Buffer.buffer(response.length() + customId.length() + 128)
                .appendString("{\"id\":\"" + Ids.next("batch_req") + "\",")
                .appendString(customId.substring(1, customId.length() - 1))
                .appendString(",\"response\":")
                .appendBuffer(response)
                .appendString(",\"error\":" + error + "}");
    }

    /** Strings of JSON have no line ends in them, so that what is outside of them may become spaces. */
    private static Buffer inOneLine(Buffer body) {
        byte[] bytes = body.getBytes();
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                bytes[i] = ' ';
            }
        }
        return Buffer.buffer(bytes);
    }

    private static boolean isJson(Buffer body) {
        try (JsonParser json = JSON.createParser(body.getBytes())) {
            if (json.nextToken() == null) {
                return false;
            }
            json.skipChildren();
            return json.nextToken() == null;
        } catch (IOException notJson) {
            return false;
        }
    }

    private static String code(Buffer body) {
        try {
            return body == null
                    ? null
                    : body.toJsonObject()
                            .getJsonObject("error", new JsonObject())
                            .getString("code");
        } catch (DecodeException | ClassCastException | NullPointerException notOurs) {
            return null;
        }
    }
}
