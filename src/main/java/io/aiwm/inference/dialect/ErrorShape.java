package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** Errors in the words of OpenAI and of Anthropic, as bodies and inside streams. */
public final class ErrorShape {
    private static final int OVERLOADED = 529;

    private ErrorShape() {}

    /** {@code {"error":{"message","type","param","code"}}}, with all four fields. */
    public static Buffer openAi(GatewayError error) {
        return openAiJson(error).toBuffer();
    }

    /** The same as one event of a stream of chunks; nothing follows it. */
    public static Buffer openAiEvent(GatewayError error) {
        var event = Buffer.buffer();
        EventText.append(event, openAiJson(error));
        return event;
    }

    private static JsonObject openAiJson(GatewayError error) {
        String type = openAiType(error);
        return new JsonObject()
                .put(
                        "error",
                        new JsonObject()
                                .put("message", error.message())
                                .put("type", type)
                                .put("param", error.param())
                                .put("code", "invalid_request_error".equals(error.code()) ? null : error.code()));
    }

    static String openAiType(GatewayError error) {
        return switch (error.status()) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found";
            case 429 -> "insufficient_quota".equals(error.code()) ? "insufficient_quota" : "rate_limit_error";
            default -> error.status() < 500 ? "invalid_request_error" : "server_error";
        };
    }

    /** {@code {"type":"error","error":{"type","message"}}}; the message names the field, for which there is no other place. */
    public static JsonObject anthropic(GatewayError error) {
        String message = error.param() == null ? error.message() : error.param() + ": " + error.message();
        return new JsonObject()
                .put("type", "error")
                .put(
                        "error",
                        new JsonObject()
                                .put("type", anthropicType(error.status()))
                                .put("message", message));
    }

    private static String anthropicType(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 408, 504 -> "timeout_error";
            case 409 -> "conflict_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            // a client takes it as "come again", which is what 503 says
            case 503, OVERLOADED -> "overloaded_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }
}
