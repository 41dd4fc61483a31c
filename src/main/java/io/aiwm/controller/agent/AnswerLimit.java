package io.aiwm.controller.agent;

import io.vertx.core.json.JsonObject;
import java.util.List;

/** How long an answer may be, as the parameters of a call say it. Pure. */
final class AnswerLimit {
    private static final String USUAL = "max_tokens";
    private static final List<String> NAMES = List.of("max_completion_tokens", USUAL);

    private AnswerLimit() {}

    /** Tokens; 0: they do not say. */
    static int asked(JsonObject parameters) {
        return NAMES.stream()
                .map(parameters::getValue)
                .filter(value -> value instanceof Number)
                .mapToInt(value -> (int) Math.max(0, Math.min(Integer.MAX_VALUE, ((Number) value).longValue())))
                .filter(value -> value > 0)
                .min()
                .orElse(0);
    }

    /** Has a call ask for so much at most, also where it asks for nothing. */
    static void bound(JsonObject body, int most) {
        if (asked(body) == 0) {
            body.put(USUAL, most);
        }
        lower(body, most);
    }

    /** Lowers what a call asks for, where it asks for more. @param most 0: anything goes */
    static void lower(JsonObject body, int most) {
        if (most > 0) {
            NAMES.stream()
                    .filter(name -> body.getValue(name) instanceof Number asked && asked.longValue() > most)
                    .toList()
                    .forEach(name -> body.put(name, most));
        }
    }
}
