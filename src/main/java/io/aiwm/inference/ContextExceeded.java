package io.aiwm.inference;

import io.vertx.core.json.JsonObject;
import java.util.Set;

/**
 * A prompt that does not fit into the context of a model, as its server says it.
 *
 * @param prompt tokens of the prompt; 0: not said
 * @param context tokens of the context; 0: not said
 */
public record ContextExceeded(long prompt, long context) {
    /** As OpenAI and those who follow it say it; callers of the gateway are told this one. */
    public static final String CODE = "context_length_exceeded";

    /** OpenAI's, and llama.cpp's, which says it as the type. */
    private static final Set<String> WORDS = Set.of(CODE, "exceed_context_size_error");
    /** What vLLM names as the parameter that is too large; its code is the status. */
    private static final String VLLM = "input_tokens";

    /** @param error the object of an answer. @return null: it says something else */
    public static ContextExceeded of(JsonObject error) {
        return isOne(error.getValue("code")) || isOne(error.getValue("type")) || VLLM.equals(error.getValue("param"))
                ? new ContextExceeded(count(error.getValue("n_prompt_tokens")), count(error.getValue("n_ctx")))
                : null;
    }

    private static boolean isOne(Object word) {
        return word instanceof String text && WORDS.contains(text);
    }

    private static long count(Object value) {
        return value instanceof Number number ? Math.max(0, number.longValue()) : 0;
    }
}
