package io.aiwm.controller.model;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A model: what it is called and which of its versions is meant by which alias, as stored in collection {@code models}.
 * Written by {@link ModelRecords} only.
 *
 * @param version of this record
 * @param aliases name to number of a version
 * @param lastNumber the highest number that a version ever had; 0: none
 * @param newest a copy of what is known of its newest version, to be asked for; null: it has none
 * @param byUpload true: an upload or a download made it for its version; null: somebody made or described it
 * @param deleting whether it is being deleted; it is not found any more then
 */
@RecordBuilder
public record Model(
        String id,
        long version,
        String name,
        String description,
        ModelTask task,
        List<String> tags,
        String license,
        Map<String, Integer> aliases,
        int lastNumber,
        Newest newest,
        Boolean byUpload,
        boolean deleting,
        String createdBy,
        Instant createdAt,
        Instant updatedAt)
        implements ValidatedRecord {

    public static final String PREFIX = "model";

    public Model {
        tags = tags == null ? List.of() : List.copyOf(tags);
        aliases = aliases == null ? Map.of() : Map.copyOf(aliases);
    }

    /**
     * @param format null: not known
     * @param reason why it FAILED; null otherwise
     */
    public record Newest(int number, ModelState state, String format, long sizeBytes, String reason) {
        static Newest of(ModelVersion version) {
            return new Newest(
                    version.number(), version.state(), version.format(), version.sizeBytes(), version.reason());
        }
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(name, "name");
        requireNonNull(task, "task");
        requireNonNull(createdAt, "createdAt");
    }

    /** What a search in texts looks through; stored, and not read back. */
    @JsonProperty("searchText")
    String searchText() {
        return String.join("\n", name, description == null ? "" : description, String.join(" ", tags))
                .toLowerCase(Locale.ROOT);
    }

    /** Whether it is being deleted, as a text, because those can be asked for; stored, and not read back. */
    @JsonProperty("phase")
    String phase() {
        return deleting ? "deleting" : "active";
    }

    /** Whether nobody would miss it: it was made for one version, which has gone. */
    boolean isLeftOver() {
        return Boolean.TRUE.equals(byUpload) && lastNumber <= 1 && newest == null && aliases.isEmpty();
    }

    Model withVersion(long next) {
        return but().version(next).build();
    }

    Model withNewest(Newest seen) {
        return but().newest(seen).build();
    }

    Model withAlias(String alias, int number, Instant now) {
        var changed = new TreeMap<>(aliases);
        changed.put(alias, number);
        return but().aliases(changed).updatedAt(now).build();
    }

    Model withoutAlias(String alias, Instant now) {
        var changed = new TreeMap<>(aliases);
        changed.remove(alias);
        return but().aliases(changed).updatedAt(now).build();
    }

    /** Without the aliases of a version that goes. */
    Model withoutAliasesOf(int number, Instant now) {
        if (!aliases.containsValue(number)) {
            return this;
        }
        var changed = new TreeMap<>(aliases);
        changed.values().removeIf(is -> is == number);
        return but().aliases(changed).updatedAt(now).build();
    }

    ModelBuilder but() {
        return ModelBuilder.builder(this);
    }
}
