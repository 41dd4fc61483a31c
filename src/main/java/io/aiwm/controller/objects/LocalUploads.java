package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.PrivateFiles;
import io.aiwm.controller.objects.ObjectStore.PendingUpload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folder of uploads that are not complete: of each a file with its bytes, and one with its key. An upload is there as long
 * as its bytes are. Everything here blocks.
 */
final class LocalUploads {
    private static final String KEY = ".key";
    private static final Pattern ID = Pattern.compile("[0-9a-f-]{36}");
    private static final Duration ABANDONED = Duration.ofDays(1);

    private final Path folder;

    LocalUploads(Path folder) {
        this.folder = folder;
    }

    /** Makes the folder, and removes keys whose bytes are gone: a process ended between the two. */
    void prepare() throws IOException {
        PrivateFiles.folder(folder);
        Instant old = Instant.now().minus(ABANDONED);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(KEY)
                        && !Files.exists(content(name.substring(0, name.length() - KEY.length())))
                        && Files.getLastModifiedTime(file).toInstant().isBefore(old)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Returns the id of a new one. */
    String begin(String key) throws IOException {
        String id = Ids.uuid7();
        PrivateFiles.write(folder.resolve(id + KEY), key, StandardOpenOption.SYNC);
        PrivateFiles.write(content(id), "", StandardOpenOption.SYNC);
        DurableFiles.flush(folder);
        return id;
    }

    /** Returns how many bytes have arrived. Fails with NOT_FOUND, also when it is of another key. */
    long find(String key, String id) throws IOException {
        if (id == null || !ID.matcher(id).matches() || !key.equals(keyOf(id).orElse(null))) {
            throw new Failure(Failure.Kind.NOT_FOUND, "there is no such upload");
        }
        return Files.size(content(id));
    }

    private Optional<String> keyOf(String id) throws IOException {
        try {
            return Optional.of(Files.readString(folder.resolve(id + KEY)));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
    }

    Path content(String id) {
        return folder.resolve(id);
    }

    void remove(String id) throws IOException {
        Files.deleteIfExists(content(id));
        Files.deleteIfExists(folder.resolve(id + KEY));
    }

    List<PendingUpload> pending(String prefix, int limit) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> pending(file.getFileName().toString()))
                    .flatMap(Optional::stream)
                    .filter(upload -> upload.key().startsWith(prefix))
                    .sorted(Comparator.comparing(PendingUpload::key).thenComparing(PendingUpload::uploadId))
                    .limit(limit)
                    .toList();
        }
    }

    private Optional<PendingUpload> pending(String name) {
        try {
            if (!ID.matcher(name).matches() || !Files.exists(content(name))) {
                return Optional.empty();
            }
            Instant begun =
                    Files.getLastModifiedTime(folder.resolve(name + KEY)).toInstant();
            return keyOf(name).map(key -> new PendingUpload(key, name, begun));
        } catch (IOException goneMeanwhile) {
            return Optional.empty();
        }
    }
}
