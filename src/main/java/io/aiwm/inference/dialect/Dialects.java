package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.Operation;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/**
 * The dialects that a gateway speaks beside OpenAI's own.
 *
 * @param messages null: not spoken
 * @param responses null: not spoken
 */
public record Dialects(Dialect messages, Dialect responses) {

    /** Null: the operation needs no translation, or is not spoken. */
    public Dialect of(Operation operation) {
        return switch (operation) {
            case MESSAGES, COUNT_TOKENS -> messages;
            case RESPONSES -> responses;
            case CHAT, COMPLETIONS, EMBEDDINGS, RERANK, TRANSCRIPTIONS, IMAGES -> null;
        };
    }

    /** Body of an error, in the caller's dialect. @param operation null: none was recognised */
    public Buffer error(Operation operation, GatewayError error) {
        Dialect dialect = operation == null ? null : of(operation);
        return dialect == null ? openAi(error) : dialect.error(error);
    }

    private static Buffer openAi(GatewayError error) {
        return new JsonObject()
                .put(
                        "error",
                        new JsonObject()
                                .put("message", error.message())
                                .put("type", type(error))
                                .put("param", error.param())
                                .put("code", error.code()))
                .toBuffer();
    }

    private static String type(GatewayError error) {
        return switch (error.status()) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 429 -> error.code().equals("insufficient_quota") ? "insufficient_quota" : "rate_limit_error";
            default -> error.status() >= 500 ? "server_error" : "invalid_request_error";
        };
    }
}
