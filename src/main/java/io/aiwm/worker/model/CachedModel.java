package io.aiwm.worker.model;

import io.aiwm.protocol.NodeModel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/**
 * A model that is on this disk as a whole.
 *
 * @param version null: one file without versions
 * @param url where a model of one file came from; null for a version
 * @param contents sizes of its contents by their digests
 * @param path the one file, or the folder of the version's files
 */
record CachedModel(
        String name,
        String version,
        String sha256,
        String url,
        Standing standing,
        Map<String, Long> contents,
        Path path) {

    /** What decides how long it stays. */
    record Standing(boolean pinned, Instant lastUsedAt) {}

    boolean pinned() {
        return standing.pinned;
    }

    Instant lastUsedAt() {
        return standing.lastUsedAt;
    }

    /** {@code name}, or {@code name@version}. */
    String ref() {
        return ref(name, version);
    }

    static String ref(String name, String version) {
        return version == null ? name : name + "@" + version;
    }

    long sizeBytes() {
        return contents.values().stream().mapToLong(Long::longValue).sum();
    }

    NodeModel reported(boolean inUse) {
        return new NodeModel(
                name, sha256, sizeBytes(), version, lastUsedAt(), pinned() ? true : null, inUse ? true : null);
    }
}
