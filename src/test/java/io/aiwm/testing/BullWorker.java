package io.aiwm.testing;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A worker of npm's {@code bullmq} in a process of its own, on the queue of notifications. */
public final class BullWorker implements AutoCloseable {
    private static final Path SOURCES = Path.of("src/test/clients/bullmq").toAbsolutePath();
    private static final long LIMIT_SECONDS = 180;

    private final List<JsonObject> lines = new CopyOnWriteArrayList<>();
    private final Process process;
    private final PrintWriter words;

    /** Installs the worker into a folder; needs npm. */
    public static Path install(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String name : List.of("package.json", "package-lock.json", "worker.mjs")) {
            Files.copy(SOURCES.resolve(name), folder.resolve(name));
        }
        Programs.npmCi(LIMIT_SECONDS, folder);
        return folder;
    }

    /** @param connection options of ioredis */
    public BullWorker(Path folder, JsonObject connection) {
        try {
            process = new ProcessBuilder("node", "worker.mjs", connection.encode())
                    .directory(folder.toFile())
                    .redirectError(folder.resolve("worker.log").toFile())
                    .start();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
        words = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
        var reader = new Thread(this::read, "bullmq-worker");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            output.lines().forEach(line -> lines.add(new JsonObject(line)));
        } catch (IOException | UncheckedIOException gone) {
            // it was closed
        }
    }

    /** What it was given, in order. */
    public List<JsonObject> jobs() {
        return lines.stream().filter(line -> line.containsKey("id")).toList();
    }

    public boolean isReady() {
        return lines.stream().anyMatch(line -> line.containsKey("ready"));
    }

    /** Says pause, resume or counts to it. */
    public void say(String word) {
        words.println(word);
    }

    /** Whether it has done what it was told. */
    public boolean did(String word) {
        return lines.stream().anyMatch(line -> word.equals(line.getString("done")));
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
