package io.aiwm.inference.call;

import io.aiwm.inference.ContextExceeded;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.body.EventData;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;

/** What an upstream's error is to the caller. Pure. */
final class UpstreamErrors {
    private static final int MOST_MESSAGE_CHARS = 2_000;
    /** Callers know no larger one. */
    private static final int MOST_STATUS = 599;

    private UpstreamErrors() {}

    /** @param retryAfter the header; null: none */
    static GatewayError of(int status, Buffer body, String retryAfter) {
        if (status < 400) {
            return GatewayError.of(502, "upstream_redirects", "the model's server answered " + status);
        }
        if (status > MOST_STATUS) {
            return GatewayError.of(502, "upstream_malformed", "the model's server answered " + status);
        }
        if (status == 401 || status == 403) {
            // the caller's own key is good: it is ours that was refused
            return GatewayError.of(502, "upstream_refused", "the model's server answered " + status);
        }
        JsonObject said = said(body);
        String param = said.getValue("param") instanceof String text ? text : null;
        ContextExceeded context = ContextExceeded.of(said);
        String code = context == null ? code(status, said) : ContextExceeded.CODE;
        return new GatewayError(status, code, message(status, said), param, seconds(retryAfter)).because(context);
    }

    private static JsonObject said(Buffer body) {
        try {
            JsonObject all = firstEvent(body).toJsonObject();
            Object error = all.getValue("error");
            if (error instanceof JsonObject object) {
                return object;
            }
            // servers for whom it is a text: TGI in "error", those of FastAPI in "detail"
            for (Object text : Arrays.asList(error, all.getValue("detail"))) {
                if (text instanceof String && !(all.getValue("message") instanceof String)) {
                    return all.copy().put("message", text);
                }
            }
            return all.getValue("detail") instanceof JsonArray details ? invalid(details) : all;
        } catch (DecodeException | ClassCastException notJson) {
            return new JsonObject();
        }
    }

    /** Some answer a call for a stream with the status of an error and one event. */
    private static Buffer firstEvent(Buffer body) {
        if (body.length() == 0 || body.getByte(0) == '{') {
            return body;
        }
        List<Buffer> events = new EventData(Integer.MAX_VALUE).add(body);
        return events.isEmpty() ? body : events.get(0);
    }

    /** FastAPI's words for a body that does not fit: a list with what is wrong where. */
    private static JsonObject invalid(JsonArray details) {
        var words = new StringJoiner("; ");
        String param = null;
        for (int i = 0; i < details.size(); i++) {
            if (details.getValue(i) instanceof JsonObject one && one.getValue("msg") instanceof String what) {
                String where = one.getValue("loc") instanceof JsonArray path ? field(path) : "";
                words.add(where.isEmpty() ? what : where + ": " + what);
                param = param == null && !where.isEmpty() ? where : param;
            }
        }
        return new JsonObject().put("message", words.toString()).put("param", param);
    }

    /** As {@code messages[0].role}. The first word says that it is in the body. */
    private static String field(JsonArray path) {
        var field = new StringBuilder();
        for (int i = 0; i < path.size(); i++) {
            Object step = path.getValue(i);
            if (step instanceof Number index) {
                field.append('[').append(index).append(']');
            } else if (i > 0 || !"body".equals(step)) {
                field.append(field.isEmpty() ? "" : ".").append(step);
            }
        }
        return field.toString();
    }

    private static String code(int status, JsonObject said) {
        Object code = said.getValue("code");
        if (code instanceof String text && !text.isBlank()) {
            return text;
        }
        return switch (status) {
            case 429 -> "rate_limit_exceeded";
            case 400, 404, 413, 422 -> GatewayError.INVALID;
            default -> "upstream_error";
        };
    }

    private static String message(int status, JsonObject said) {
        Object message = said.getValue("message");
        if (message instanceof String text && !text.isBlank()) {
            return text.length() > MOST_MESSAGE_CHARS ? text.substring(0, MOST_MESSAGE_CHARS) : text;
        }
        return "the model's server answered " + status;
    }

    private static long seconds(String retryAfter) {
        try {
            return retryAfter == null ? 0 : Math.max(0, Long.parseLong(retryAfter.strip()));
        } catch (NumberFormatException date) {
            return 1;
        }
    }
}
