package io.aiwm.controller.agent;

import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * What one turn may use, and how many there may be; a null field has the default.
 *
 * @param steps calls of the model
 * @param seconds from its start to its end
 * @param tokens of all calls of the model, prompts and answers
 * @param toolCalls of all tools
 * @param parallelToolCalls at once
 * @param contextTokens of the prompt: older messages are left out or summarised, by an estimate
 * @param turns of the agent at once, of all users together; null: any number
 */
@RecordBuilder
public record AgentLimits(
        Integer steps,
        Integer seconds,
        Integer tokens,
        Integer toolCalls,
        Integer parallelToolCalls,
        Integer contextTokens,
        Integer turns) {
    static final AgentLimits DEFAULT = AgentLimitsBuilder.builder().build();

    public AgentLimits {
        steps = steps == null ? 10 : steps;
        seconds = seconds == null ? 600 : seconds;
        tokens = tokens == null ? 200_000 : tokens;
        toolCalls = toolCalls == null ? 50 : toolCalls;
        parallelToolCalls = parallelToolCalls == null ? 4 : parallelToolCalls;
        contextTokens = contextTokens == null ? 32_000 : contextTokens;
    }
}
