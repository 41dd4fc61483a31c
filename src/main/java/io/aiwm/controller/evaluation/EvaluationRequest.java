package io.aiwm.controller.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/** What an evaluation is to be; the contract checks each field, {@link EvaluationRules} what they mean. @param active null: true */
public record EvaluationRequest(
        String name,
        String description,
        List<EvaluationCase> cases,
        List<String> tags,
        @JsonProperty("isActive") Boolean active) {}
