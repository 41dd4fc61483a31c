package io.aiwm.controller.agent;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Who takes part in conversations, as stored in collection {@code agents}. Written by {@link Agents} only.
 *
 * @param instructionVersion its number; null: the newest
 * @param model as the gateway knows it: an alias, a deployment, an endpoint or a model
 * @param parameters of calls of the model, such as {@code temperature}
 * @param summarises whether what does not fit into the prompt is summarised, rather than left out; null: it is left out
 * @param memory that it keeps of each user; null: none
 * @param variables values of the instruction's variables
 */
@RecordBuilder
public record Agent(
        String id,
        long version,
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
        @JsonProperty("isActive") boolean active,
        String createdBy,
        Instant createdAt,
        String updatedBy,
        Instant updatedAt,
        Instant deletedAt)
        implements CatalogRecord, ValidatedRecord {

    public static final String PREFIX = "agent";

    public Agent {
        toolIds = toolIds == null ? List.of() : List.copyOf(toolIds);
        tags = tags == null ? List.of() : List.copyOf(tags);
        variables = variables == null ? Map.of() : Map.copyOf(variables);
        parameters = parameters == null ? new JsonObject() : parameters;
        limits = limits == null ? AgentLimits.DEFAULT : limits;
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(name, "name");
        requireNonNull(instructionId, "instructionId");
        requireNonNull(model, "model");
        requireNonNull(createdAt, "createdAt");
    }

    Agent withVersion(long next) {
        return AgentBuilder.builder(this).version(next).build();
    }
}
