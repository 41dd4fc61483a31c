package io.aiwm.controller.agent;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * What an instruction said, as stored in collection {@code agentInstructionVersions}; never changes. The newest one is not stored
 * here: it is the instruction itself.
 *
 * @param id of the instruction and the number, with a colon between
 * @param createdBy who made this version
 */
@RecordBuilder
public record InstructionVersion(
        String id,
        long version,
        String instructionId,
        int number,
        InstructionRequest content,
        String createdBy,
        Instant createdAt)
        implements ValidatedRecord {

    /** The present one of an instruction. */
    static InstructionVersion of(Instruction from) {
        return new InstructionVersion(
                id(from.id(), from.number()),
                1,
                from.id(),
                from.number(),
                InstructionRequest.of(from),
                from.updatedBy(),
                from.updatedAt());
    }

    static String id(String instructionId, int number) {
        return instructionId + ":" + number;
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(content, "content");
        requireNonNull(createdAt, "createdAt");
    }

    InstructionVersion withVersion(long next) {
        return InstructionVersionBuilder.builder(this).version(next).build();
    }
}
