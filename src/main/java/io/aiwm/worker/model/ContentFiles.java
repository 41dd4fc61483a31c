package io.aiwm.worker.model;

import io.aiwm.common.Json;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Contents by their SHA-256 in {@code .blobs}, and half contents in {@code .parts}: {@code <key>}, and {@code <key>.json}
 * that says where it comes from. A content is on disk and verified when it is in {@code .blobs}. All methods block.
 */
final class ContentFiles {
    /** The source of a half content. @param url without its query, which may be a signature. @param version ETag or date */
    record Part(String model, String url, String version) {}

    /** A half content as it is on disk. */
    record Half(String key, String model, long sizeBytes, Instant changedAt) {}

    private final Path blobs;
    private final Path parts;

    ContentFiles(Path folder) {
        this.blobs = folder.resolve(".blobs");
        this.parts = folder.resolve(".parts");
    }

    Path blob(String sha256) {
        return blobs.resolve(sha256);
    }

    Path part(String key) {
        return parts.resolve(key);
    }

    boolean has(String sha256) {
        return Files.isRegularFile(blob(sha256));
    }

    /** Sizes by digest. */
    Map<String, Long> all() throws IOException {
        var all = new HashMap<String, Long>();
        for (Path blob : list(blobs)) {
            String name = blob.getFileName().toString();
            if (Sha256.isHex(name)) {
                all.put(name, Files.size(blob));
            }
        }
        return all;
    }

    Instant changedAt(String sha256) throws IOException {
        return Files.getLastModifiedTime(blob(sha256)).toInstant();
    }

    List<Half> halves() throws IOException {
        var all = new java.util.ArrayList<Half>();
        for (Path part : list(parts)) {
            String key = part.getFileName().toString();
            if (!key.endsWith(".json")) {
                Part begun = begun(key);
                all.add(new Half(
                        key,
                        begun == null ? null : begun.model,
                        Files.size(part),
                        Files.getLastModifiedTime(part).toInstant()));
            }
        }
        return all;
    }

    /** What was begun under this key; null: nothing, or nothing that can be read. */
    Part begun(String key) throws IOException {
        Path about = parts.resolve(key + ".json");
        return Files.exists(about) ? DiskJson.read(about, Part.class) : null;
    }

    /**
     * Returns how many bytes can be built upon: 0 where nothing is here, or where a change of the source could not be noticed.
     *
     * @param digestKnown the digest will show whether parts of two sources fit together
     */
    long resumable(String key, String url, boolean digestKnown) throws IOException {
        Part begun = begun(key);
        boolean sure = begun != null && (digestKnown || (begun.url.equals(url) && begun.version != null));
        return sure && Files.exists(part(key)) ? Files.size(part(key)) : 0;
    }

    void begin(String key, Part part) throws IOException {
        PrivateFiles.folder(parts);
        Files.deleteIfExists(part(key));
        DiskJson.write(parts.resolve(key + ".json"), Json.encode(part));
    }

    void discard(String key) throws IOException {
        Files.deleteIfExists(part(key));
        Files.deleteIfExists(parts.resolve(key + ".json"));
    }

    /**
     * Makes the half content a whole one, if it is what was wanted. Returns its digest. On disk when this returns. Fails with
     * {@code invalid}, and leaves nothing, when size or digest differ.
     *
     * @param sha256 null: whatever it is
     * @param sizeBytes null: whatever it has
     */
    String complete(String key, String sha256, Long sizeBytes) throws IOException {
        Path part = part(key);
        long size = Files.size(part);
        String actual = sizeBytes != null && sizeBytes != size ? null : Sha256.hex(part);
        if (actual == null || (sha256 != null && !sha256.equals(actual))) {
            discard(key);
            throw new CommandFailure(new CommandError(
                    ErrorCategory.INVALID,
                    actual == null
                            ? "what came from the URL has " + size + " bytes, wanted were " + sizeBytes
                            : "what came from the URL has sha256 " + actual + ", wanted was " + sha256,
                    true));
        }
        try (var channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        // containers of any user read it through their mount; on this machine the folder above is closed to others
        readable(part, "r--r--r--");
        PrivateFiles.folder(blobs);
        Files.move(part, blob(actual), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(parts.resolve(key + ".json"));
        return actual;
    }

    /** Takes in a file that a version before kept under the model's name: the same file is then here too. */
    void adopt(Path file, String sha256) throws IOException {
        if (!has(sha256)) {
            PrivateFiles.folder(blobs);
            readable(file, "r--r--r--");
            Files.createLink(blob(sha256), file);
        }
    }

    void delete(String sha256) throws IOException {
        Files.deleteIfExists(blob(sha256));
    }

    long freeBytes() throws IOException {
        PrivateFiles.folder(blobs);
        return Files.getFileStore(blobs).getUsableSpace();
    }

    static void readable(Path path, String mode) throws IOException {
        if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }
}
