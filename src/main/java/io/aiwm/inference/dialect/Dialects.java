package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.InferenceOperation;
import io.vertx.core.buffer.Buffer;
import java.time.InstantSource;

/**
 * The dialects that a gateway speaks beside OpenAI's own.
 *
 * @param messages null: not spoken
 * @param responses null: not spoken
 */
public record Dialects(MessagesDialect messages, ResponsesDialect responses) {

    public static Dialects all(InstantSource clock) {
        return new Dialects(new MessagesDialect(), new ResponsesDialect(clock));
    }

    /** Null: the operation needs no translation, or is not spoken. */
    public Dialect of(InferenceOperation operation) {
        return switch (operation) {
            case MESSAGES, COUNT_TOKENS -> messages;
            case RESPONSES -> responses;
            case CHAT, COMPLETIONS, EMBEDDINGS, RERANK, TRANSCRIPTIONS, IMAGES -> null;
        };
    }

    /** Body of an error, in the caller's dialect. @param operation null: none was recognised */
    public Buffer error(InferenceOperation operation, GatewayError error) {
        Dialect dialect = operation == null ? null : of(operation);
        return dialect == null ? ErrorShape.openAi(error) : dialect.error(error);
    }
}
