package io.aiwm.controller.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** What an agent is to be; the contract checks each field, {@link Agents} what they refer to. */
@RecordBuilder
public record AgentRequest(
        String name,
        String description,
        String instructionId,
        Integer instructionVersion,
        List<String> toolIds,
        String model,
        JsonObject parameters,
        AgentLimits limits,
        AgentMemory memory,
        Boolean summarises,
        Map<String, String> variables,
        List<String> tags,
        @JsonProperty("isActive") Boolean active) {}
