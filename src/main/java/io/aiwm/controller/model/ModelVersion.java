package io.aiwm.controller.model;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A version of a model, as stored in collection {@code modelVersions}. Written by {@link ModelRecords} only. Its files never
 * change once it is READY.
 *
 * @param id {@link #id(String, int)}
 * @param version of this record
 * @param number from 1, never used again
 * @param files in the order of their paths
 * @param source where it comes from, as it was asked for and resolved; null: uploads
 * @param reason why it FAILED; null otherwise
 * @param info what its files say of themselves; null: not read
 * @param executionId of the download; null: none
 * @param deleting whether it is being deleted; it is not found any more then
 */
@RecordBuilder
public record ModelVersion(
        String id,
        long version,
        String modelId,
        int number,
        String notes,
        List<File> files,
        long sizeBytes,
        JsonObject source,
        ModelState state,
        String reason,
        String format,
        JsonObject info,
        String executionId,
        boolean deleting,
        String createdBy,
        Instant createdAt,
        Instant updatedAt)
        implements ValidatedRecord {

    public static final int MOST_FILES = 2_000;
    private static final char SEPARATOR = ':';

    public ModelVersion {
        files = files == null ? List.of() : List.copyOf(files);
    }

    /**
     * @param path relative, as {@link ModelPath} allows
     * @param sha256 64 hexadecimal digits in lower case; also the id of the {@link Blob} that has the bytes
     */
    public record File(String path, long sizeBytes, String sha256) {}

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(modelId, "modelId");
        requireNonNull(state, "state");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }

    static final String ACTIVE = "active";
    static final String DELETING = "deleting";
    /** An upload that FAILED, and whose files are still to be thrown away. */
    static final String EMPTYING = "emptying";

    /** What is to be done with it, as a text, because those can be asked for; stored, and not read back. */
    @JsonProperty("phase")
    String phase() {
        return deleting ? DELETING : state == ModelState.FAILED && isUpload() && !files.isEmpty() ? EMPTYING : ACTIVE;
    }

    /** Whether its files come from users, so that nothing goes on with it once it has FAILED. */
    boolean isUpload() {
        return executionId == null;
    }

    /** {@link #updatedAt} as a number, because those can be compared; stored, and not read back. */
    @JsonProperty("updatedAtMs")
    long updatedAtMs() {
        return updatedAt.toEpochMilli();
    }

    static String id(String modelId, int number) {
        return modelId + SEPARATOR + number;
    }

    static String modelIdOf(String id) {
        return id.substring(0, id.lastIndexOf(SEPARATOR));
    }

    static int numberOf(String id) {
        return Integer.parseInt(id.substring(id.lastIndexOf(SEPARATOR) + 1));
    }

    public File file(String path) {
        return files.stream()
                .filter(file -> file.path().equals(path))
                .findFirst()
                .orElse(null);
    }

    boolean uses(String sha256) {
        return files.stream().anyMatch(file -> file.sha256().equals(sha256));
    }

    ModelVersion withVersion(long next) {
        return but().version(next).build();
    }

    /** Fails with CONFLICT when that may not follow the state it is in. */
    ModelVersion in(ModelState next, String why, Instant now) {
        if (state == next) {
            return this;
        }
        if (!state.mayBecome(next)) {
            throw Failure.conflict("version " + number + " is " + state + " and cannot become " + next);
        }
        return but().state(next).reason(why).updatedAt(now).build();
    }

    /** Fails with CONFLICT unless files may be added, with UNPROCESSABLE when this one cannot be. */
    ModelVersion with(File added, Instant now) {
        if (!state.isOpen()) {
            throw Failure.conflict("version " + number + " is " + state + "; its files change no more");
        }
        if (added.equals(file(added.path()))) {
            return this;
        }
        String mistake = ModelPath.clash(files, added.path());
        if (mistake != null) {
            throw Failure.unprocessable("query:path", mistake);
        }
        if (files.size() >= MOST_FILES) {
            throw Failure.unprocessable("query:path", "is one file more than the " + MOST_FILES + " of a version");
        }
        var all = new ArrayList<>(files);
        all.add(added);
        all.sort(Comparator.comparing(File::path));
        return but().files(all)
                .sizeBytes(sizeBytes + added.sizeBytes())
                .state(state == ModelState.PENDING ? ModelState.UPLOADING : state)
                .format(ModelPath.formatOf(all))
                .updatedAt(now)
                .build();
    }

    ModelVersionBuilder but() {
        return ModelVersionBuilder.builder(this);
    }
}
