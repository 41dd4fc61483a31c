package io.aiwm.controller.evaluation;

import java.util.List;
import java.util.Map;

/**
 * A prompt, and what is expected of its answer.
 *
 * @param name unique in its evaluation
 * @param variables of the instruction; null: those of the agent
 * @param expect all of these; empty: any answer
 */
public record EvaluationCase(String name, String prompt, Map<String, String> variables, List<Expectation> expect) {
    public EvaluationCase {
        expect = expect == null ? List.of() : List.copyOf(expect);
    }
}
