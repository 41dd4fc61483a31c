package io.aiwm.controller.auth;

import io.aiwm.inference.limit.KeyLimits;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * What the users and keys with one label may use together, as stored in collection {@code teams}. Written by {@link Teams} only.
 *
 * @param id the label
 * @param description null: none
 */
@RecordBuilder
public record Team(
        String id, long version, String description, KeyLimits limits, Instant createdAt, Instant updatedAt) {
    public Team {
        limits = limits == null ? KeyLimits.NONE : limits;
    }

    Team withVersion(long next) {
        return TeamBuilder.builder(this).version(next).build();
    }
}
