package io.aiwm.controller.evaluation;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.agent.CatalogRecord;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/** A set of prompts with expectations, as stored in collection {@code evaluations}. Written by {@link Evaluations} only. */
@RecordBuilder
public record Evaluation(
        String id,
        long version,
        String name,
        String description,
        List<EvaluationCase> cases,
        List<String> tags,
        @JsonProperty("isActive") boolean active,
        String createdBy,
        Instant createdAt,
        String updatedBy,
        Instant updatedAt,
        Instant deletedAt)
        implements CatalogRecord, ValidatedRecord {

    public static final String PREFIX = "eval";

    public Evaluation {
        cases = cases == null ? List.of() : List.copyOf(cases);
        tags = tags == null ? List.of() : List.copyOf(tags);
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(name, "name");
        requireNonNull(createdAt, "createdAt");
    }

    Evaluation withVersion(long next) {
        return EvaluationBuilder.builder(this).version(next).build();
    }
}
