package io.aiwm.controller.evaluation;

import java.util.List;

/** A run to be made. @param judge null: none. @param parallel null: 4 */
public record EvaluationRunRequest(List<Candidate> candidates, String judge, Integer parallel) {
    static final int PARALLEL = 4;

    /**
     * What is to be tried.
     *
     * @param name null: A or B
     * @param agentId its id or its name
     * @param instructionVersion null: the one that the agent uses now
     * @param model null: that of the agent
     */
    public record Candidate(String name, String agentId, Integer instructionVersion, String model) {}
}
