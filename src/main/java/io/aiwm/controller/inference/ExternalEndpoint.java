package io.aiwm.controller.inference;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * An OpenAI-compatible service that AIWM does not run, as stored in collection {@code inferenceEndpoints}. Written by
 * {@link Endpoints} only.
 *
 * @param id its name
 * @param baseUrl up to and with {@code /v1}
 * @param authorization the secret that is sent; null: none
 * @param upstreamModel what it calls the model; null: the caller's word is passed on
 * @param concurrency calls at once; 0: not limited
 */
@RecordBuilder
public record ExternalEndpoint(
        String id,
        long version,
        String baseUrl,
        SecretRef authorization,
        String upstreamModel,
        int concurrency,
        String createdBy,
        String updatedBy,
        Instant createdAt,
        Instant updatedAt)
        implements ValidatedRecord {

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(baseUrl, "baseUrl");
        requireNonNull(createdAt, "createdAt");
    }

    ExternalEndpoint withVersion(long next) {
        return ExternalEndpointBuilder.builder(this).version(next).build();
    }
}
