package io.aiwm.controller.batch;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A batch of model calls, as stored in collection {@code batches}. Written by {@link Batches} only.
 *
 * @param ownerSince see {@link Owner#since}
 * @param keyId whose limits its calls have; null: made with a signed token
 * @param endpoint for example {@code /v1/chat/completions}
 * @param errors why it failed; at most {@link LineError#MOST}
 * @param total lines, known once they are read
 * @param resultSeconds how long its results are kept; null: as all files
 * @param holder the process that carries it out; null: none
 * @param touchedAtMs when the holder last said so
 * @param since when it came to each of its states
 */
@RecordBuilder
public record Batch(
        String id,
        long version,
        String owner,
        Instant ownerSince,
        String keyId,
        String endpoint,
        String inputFileId,
        Map<String, String> metadata,
        BatchState state,
        List<LineError> errors,
        int total,
        int completed,
        int failed,
        String outputFileId,
        String errorFileId,
        Long resultSeconds,
        String executionId,
        String holder,
        long touchedAtMs,
        Map<BatchState, Instant> since,
        Instant createdAt,
        Instant expiresAt)
        implements ValidatedRecord {
    public Batch {
        metadata = metadata == null ? Map.of() : Map.copyOf(metadata);
        errors = errors == null ? List.of() : List.copyOf(errors);
        since = since == null ? Map.of() : Map.copyOf(since);
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(owner, "owner");
        requireNonNull(endpoint, "endpoint");
        requireNonNull(inputFileId, "inputFileId");
        requireNonNull(state, "state");
        requireNonNull(executionId, "executionId");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(expiresAt, "expiresAt");
    }

    /** Stored, and not read back, so that retention can ask for it; −1: it has not ended. */
    @JsonProperty("endedAtMs")
    long endedAtMs() {
        return state.isFinal() ? since.getOrDefault(state, createdAt).toEpochMilli() : -1;
    }

    @JsonIgnore
    public Owner by() {
        return new Owner(owner, ownerSince, keyId);
    }

    Batch withVersion(long next) {
        return but().version(next).build();
    }

    /** The same in another state; itself where it is in that state. Fails with CONFLICT where it may not come there. */
    Batch in(BatchState next, Instant now) {
        if (state == next) {
            return this;
        }
        if (!state.mayBecome(next)) {
            throw Failure.conflict("the batch is " + state.word() + " and cannot become " + next.word());
        }
        var times = new EnumMap<BatchState, Instant>(BatchState.class);
        times.putAll(since);
        times.putIfAbsent(next, now);
        return but().state(next)
                .since(times)
                .holder(next.isFinal() ? null : holder)
                .build();
    }

    /**
     * What it becomes when its results are put together.
     *
     * @param told lines that have an answer or an error
     * @param expired those of them that were not called in time
     */
    BatchState end(int told, int expired) {
        if (state == BatchState.CANCELLING) {
            return BatchState.CANCELLED;
        }
        if (told < total) {
            return BatchState.FAILED; // the rest of its input file is gone
        }
        return expired == 0 ? BatchState.COMPLETED : BatchState.EXPIRED;
    }

    BatchBuilder but() {
        return BatchBuilder.builder(this);
    }
}
