package io.aiwm.worker.job;

import io.aiwm.common.FileTrees;
import io.aiwm.common.Ids;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.Sha256;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * A folder for each job command: room for its archives while they are on their way, and two marks that must outlive a
 * crash. {@code started}: the program may have run, so it is never started again. {@code ended}: how it ended, written
 * before its sandbox goes.
 */
final class JobFolders {
    private static final String STARTED = "started";
    private static final String ENDED = "ended";

    private final Vertx vertx;
    private final Path root;

    JobFolders(Vertx vertx, Path root) {
        this.vertx = vertx;
        this.root = root;
    }

    /** What is known of a command from before. @param ended null while it has not */
    record Known(Path folder, boolean started, JsonObject ended) {}

    Future<Known> open(String commandId) {
        return blocking(() -> {
            Path folder = root.resolve(name(commandId));
            PrivateFiles.folders(folder);
            Path ended = folder.resolve(ENDED);
            return new Known(folder, Files.exists(folder.resolve(STARTED)), Files.exists(ended) ? read(ended) : null);
        });
    }

    private static JsonObject read(Path file) throws IOException {
        try {
            return new JsonObject(Files.readString(file));
        } catch (DecodeException damaged) {
            return null;
        }
    }

    Future<Void> started(Path folder) {
        return blocking(() -> write(folder, STARTED, ""));
    }

    Future<Void> ended(Path folder, JsonObject how) {
        return blocking(() -> write(folder, ENDED, how.encode()));
    }

    private static Void write(Path folder, String name, String text) throws IOException {
        Path fresh = folder.resolve(name + "." + Ids.uuid7());
        try (FileChannel channel = PrivateFiles.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
        Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel parent = FileChannel.open(folder, StandardOpenOption.READ)) {
            parent.force(true);
        }
        return null;
    }

    Future<Void> remove(String commandId) {
        return blocking(() -> {
            FileTrees.delete(root.resolve(name(commandId)));
            return null;
        });
    }

    /** Removes the folders of all other commands. */
    Future<Void> sweep(Collection<String> kept) {
        Set<String> names = new HashSet<>();
        kept.forEach(id -> names.add(name(id)));
        return blocking(() -> {
            if (Files.isDirectory(root)) {
                try (Stream<Path> folders = Files.list(root)) {
                    for (Path folder : folders.toList()) {
                        if (!names.contains(folder.getFileName().toString())) {
                            FileTrees.delete(folder);
                        }
                    }
                }
            }
            return null;
        });
    }

    <T> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }

    private static String name(String commandId) {
        return Sha256.hex(commandId).substring(0, 20);
    }
}
