package io.aiwm.controller.agent;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * What an agent is told before a conversation, as stored in collection {@code agentInstructions}. Written by {@link Instructions}
 * only.
 *
 * @param version of this record; each write makes a new one
 * @param number of what it says: each change of that has the next one
 * @param systemPrompt with variables as {@code {{name}}}
 * @param guidelines shown to the model as a list after the prompt
 * @param deletedAt null: it is not deleted
 */
@RecordBuilder
public record Instruction(
        String id,
        long version,
        int number,
        String name,
        String description,
        String systemPrompt,
        List<String> guidelines,
        List<Variable> variables,
        List<String> tags,
        @JsonProperty("isActive") boolean active,
        String createdBy,
        Instant createdAt,
        String updatedBy,
        Instant updatedAt,
        Instant deletedAt)
        implements CatalogRecord, ValidatedRecord {

    public static final String PREFIX = "instr";

    /** @param fallback used where no value is given; null: a value must be given */
    public record Variable(
            String name,
            String description,
            @JsonProperty("default") String fallback) {}

    public Instruction {
        guidelines = guidelines == null ? List.of() : List.copyOf(guidelines);
        variables = variables == null ? List.of() : List.copyOf(variables);
        tags = tags == null ? List.of() : List.copyOf(tags);
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(name, "name");
        requireNonNull(systemPrompt, "systemPrompt");
        requireNonNull(createdAt, "createdAt");
    }

    Instruction withVersion(long next) {
        return InstructionBuilder.builder(this).version(next).build();
    }

    /** With what an earlier version said, under the name that it has now. */
    Instruction at(InstructionVersion earlier) {
        InstructionRequest said = earlier.content().complete();
        return InstructionBuilder.builder(this)
                .number(earlier.number())
                .description(said.description())
                .systemPrompt(said.systemPrompt())
                .guidelines(said.guidelines())
                .variables(said.variables())
                .tags(said.tags())
                .active(said.active())
                .updatedBy(earlier.createdBy())
                .updatedAt(earlier.createdAt())
                .build();
    }

    /** Whether it says the same. */
    boolean saysAs(InstructionRequest wanted) {
        return InstructionRequest.of(this).equals(wanted.complete());
    }
}
