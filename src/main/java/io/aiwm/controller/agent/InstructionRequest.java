package io.aiwm.controller.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.agent.Instruction.Variable;
import java.util.List;

/** What an instruction is to say; the contract checks each field, {@link Prompt} the variables. @param active null: true */
public record InstructionRequest(
        String name,
        String description,
        String systemPrompt,
        List<String> guidelines,
        List<Variable> variables,
        List<String> tags,
        @JsonProperty("isActive") Boolean active) {

    static InstructionRequest of(Instruction from) {
        return new InstructionRequest(
                from.name(),
                from.description(),
                from.systemPrompt(),
                from.guidelines(),
                from.variables(),
                from.tags(),
                from.active());
    }

    /** With what is left out written out. */
    InstructionRequest complete() {
        return new InstructionRequest(
                name,
                description,
                systemPrompt,
                guidelines == null ? List.of() : guidelines,
                variables == null ? List.of() : variables,
                tags == null ? List.of() : tags,
                active == null || active);
    }
}
