package io.aiwm.worker.job;

import io.aiwm.common.FileTrees;
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
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * A folder for each job command: room for its archives while they are on their way, and a file that must outlive a crash.
 * There is {@code started} once the program may have run, so it is never started again; how it ended is written into it
 * before its sandbox goes.
 */
final class JobFolders {
    private static final String STARTED = "started";
    /** How one ended that was not started; in the version before, any. */
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
            Path started = folder.resolve(STARTED);
            Path ended = folder.resolve(ENDED);
            boolean isStarted = Files.exists(started);
            return new Known(folder, isStarted, Files.exists(ended) ? read(ended) : isStarted ? read(started) : null);
        });
    }

    /** Null where it does not say how it ended, or not all of it. */
    private static JsonObject read(Path file) throws IOException {
        String text = Files.readString(file);
        try {
            return text.isEmpty() ? null : new JsonObject(text);
        } catch (DecodeException damaged) {
            return null;
        }
    }

    Future<Void> started(Path folder) {
        return blocking(() -> {
            write(folder.resolve(STARTED), "");
            try (FileChannel parent = FileChannel.open(folder, StandardOpenOption.READ)) {
                parent.force(true);
            }
            return null;
        });
    }

    Future<Void> ended(Path folder, JsonObject how) {
        return blocking(() -> {
            Path started = folder.resolve(STARTED);
            write(Files.exists(started) ? started : folder.resolve(ENDED), how.encode());
            return null;
        });
    }

    private static void write(Path file, String text) throws IOException {
        try (FileChannel channel = PrivateFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.truncate(channel.position());
            channel.force(true);
        }
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
