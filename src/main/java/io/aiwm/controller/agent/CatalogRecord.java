package io.aiwm.controller.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** What instructions, tools and agents have in common. The properties named here are stored to be asked for, and not read back. */
public interface CatalogRecord {
    String id();

    long version();

    String name();

    /** Null: none. */
    String description();

    List<String> tags();

    boolean active();

    Instant updatedAt();

    /** Who made this version of it; null: not known. */
    String updatedBy();

    /** Null: it is not deleted. */
    Instant deletedAt();

    @JsonProperty("searchText")
    default String searchText() {
        return String.join("\n", name(), description() == null ? "" : description(), String.join(" ", tags()))
                .toLowerCase(Locale.ROOT);
    }

    @JsonProperty("phase")
    default String phase() {
        return deletedAt() == null ? "live" : "deleted";
    }

    @JsonProperty("activity")
    default String activity() {
        return active() ? "active" : "inactive";
    }

    /** Unique: a deleted record leaves its name to others. */
    @JsonProperty("liveName")
    default String liveName() {
        return deletedAt() == null ? name() : null;
    }
}
