package io.aiwm.controller.evaluation;

import com.fasterxml.jackson.annotation.JsonValue;
import io.vertx.core.json.JsonObject;

/**
 * What an answer must be like.
 *
 * @param text of CONTAINS: what the answer contains, in any case of letters
 * @param pattern of MATCHES: what is found in the answer
 * @param schema of SCHEMA: the answer is JSON that fits
 * @param tool of TOOL_CALLED: its name, as the model calls it
 * @param arguments of TOOL_CALLED: what one call of the tool has among its arguments; null: any
 * @param criterion of JUDGED: what the model that judges is asked about
 */
public record Expectation(
        Type type,
        String text,
        String pattern,
        JsonObject schema,
        String tool,
        JsonObject arguments,
        String criterion) {

    /** How it is checked. */
    public enum Type {
        CONTAINS("contains"),
        MATCHES("matches"),
        SCHEMA("schema"),
        TOOL_CALLED("toolCalled"),
        JUDGED("judged");

        private final String wire;

        Type(String wire) {
            this.wire = wire;
        }

        @JsonValue
        public String wire() {
            return wire;
        }
    }

    static Expectation contains(String text) {
        return new Expectation(Type.CONTAINS, text, null, null, null, null, null);
    }

    static Expectation matches(String pattern) {
        return new Expectation(Type.MATCHES, null, pattern, null, null, null, null);
    }

    static Expectation schema(JsonObject schema) {
        return new Expectation(Type.SCHEMA, null, null, schema, null, null, null);
    }

    static Expectation toolCalled(String tool, JsonObject arguments) {
        return new Expectation(Type.TOOL_CALLED, null, null, null, tool, arguments, null);
    }

    static Expectation judged(String criterion) {
        return new Expectation(Type.JUDGED, null, null, null, null, null, criterion);
    }
}
