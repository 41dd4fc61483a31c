package io.aiwm.controller.evaluation;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.agent.UserIdentity;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * One run of an evaluation, as stored in collection {@code evaluationRuns}. Written by {@link EvaluationRuns} only.
 *
 * @param cases as they were when it began
 * @param judge the model that judges; null: no expectation needs one
 * @param parallel turns at once
 * @param user in whose name models and tools are called
 * @param userSince when that user was made
 * @param keyId of the API key that asked for it; null: none
 * @param holder the controller that carries it out
 * @param endedAt null: it has not ended
 */
@RecordBuilder
public record EvaluationRun(
        String id,
        long version,
        String evaluationId,
        String evaluationName,
        List<EvaluationCase> cases,
        List<Candidate> candidates,
        String judge,
        int parallel,
        String user,
        Instant userSince,
        String keyId,
        String holder,
        String executionId,
        Instant createdAt,
        Instant endedAt)
        implements ValidatedRecord {

    public static final String PREFIX = "evalrun";

    /** What is tried. @param instructionVersion its number */
    public record Candidate(
            String name,
            String agentId,
            String agentName,
            String instructionId,
            int instructionVersion,
            String model) {}

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(evaluationId, "evaluationId");
        requireNonNull(user, "user");
        requireNonNull(createdAt, "createdAt");
    }

    @JsonProperty("phase")
    String phase() {
        return endedAt == null ? "open" : "ended";
    }

    UserIdentity owner() {
        return new UserIdentity(user, userSince);
    }

    EvaluationRun withVersion(long next) {
        return EvaluationRunBuilder.builder(this).version(next).build();
    }

    /** Turns, and steps of its execution: each case with each candidate, the candidates of a case side by side. */
    int trials() {
        return cases.size() * candidates.size();
    }

    EvaluationCase caseOf(int trial) {
        return cases.get(trial / candidates.size());
    }

    Candidate candidateOf(int trial) {
        return candidates.get(trial % candidates.size());
    }

    /** Of the ids of what one trial makes: the same each time, so that it is made once. */
    String keyOf(int trial) {
        return id.substring(PREFIX.length() + 1) + "-" + trial;
    }
}
