package io.aiwm.cli;

import io.aiwm.common.PrivateFiles;
import io.aiwm.common.Sha256;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is known of an upload that was begun: a small file of the user, found again by what is uploaded to where. A file that
 * has changed since is another upload.
 */
final class UploadState {
    /** The controller keeps a half upload for a day. */
    private static final Duration KEPT = Duration.ofDays(2);

    private final Path file;
    private JsonObject known;

    private UploadState(Path file, JsonObject known) {
        this.file = file;
        this.known = known;
    }

    /** @param what names the upload: the controller, the model, and each file with its size and time */
    static UploadState open(Map<String, String> environment, List<String> what) {
        String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
        String named = environment.getOrDefault("XDG_STATE_HOME", "");
        Path folder = (named.isBlank() ? Path.of(home, ".local", "state") : Path.of(named))
                .resolve("aiwm")
                .resolve("uploads");
        try {
            PrivateFiles.folders(folder);
            forgetOld(folder);
            Path file = folder.resolve(Sha256.hex(String.join("\n", what)).substring(0, 32) + ".json");
            return new UploadState(file, read(file));
        } catch (IOException unusable) {
            throw new ApiFailure("what is needed to continue an upload cannot be kept in " + folder);
        }
    }

    private static JsonObject read(Path file) throws IOException {
        try {
            return Files.exists(file) ? new JsonObject(Files.readString(file)) : new JsonObject();
        } catch (DecodeException half) {
            return new JsonObject();
        }
    }

    private static void forgetOld(Path folder) throws IOException {
        Instant old = Instant.now().minus(KEPT);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.limit(1_000).toList()) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(old)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** The path of the version; null: none was made. */
    String version() {
        return known.getString("version");
    }

    /** What is known of one file: its {@code sha256}, and the {@code url} it is continued at. */
    JsonObject of(String path) {
        JsonObject files = known.getJsonObject("files", new JsonObject());
        return files.getJsonObject(path, new JsonObject());
    }

    /** Durable when it returns. */
    void put(String version, String path, JsonObject about) {
        known.put("files", known.getJsonObject("files", new JsonObject()).put(path, about));
        if (version != null) {
            known.put("version", version);
        }
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        try {
            PrivateFiles.write(beside, known.encode());
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException unusable) {
            throw new ApiFailure("what is needed to continue this upload cannot be written to " + file);
        }
    }

    void forget() {
        known = new JsonObject();
        try {
            Files.deleteIfExists(file);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }
}
