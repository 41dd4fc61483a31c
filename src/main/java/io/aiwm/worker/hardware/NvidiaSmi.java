package io.aiwm.worker.hardware;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs {@code nvidia-smi}. A driver in trouble lets it hang: after the limit it is killed, children included. */
final class NvidiaSmi {
    private static final int MAX_OUTPUT = 1 << 20;

    /** What it printed, both streams together. */
    record Answer(int exitCode, String text) {}

    private final String command;
    private final Duration limit;

    NvidiaSmi(String command, Duration limit) {
        this.command = command;
        this.limit = limit;
    }

    /** Whether there is such a command, in a folder of the PATH or where it was said to be. */
    boolean isThere() {
        String folders = command.indexOf('/') >= 0 ? "" : System.getenv().getOrDefault("PATH", "");
        return Arrays.stream(folders.split(":"))
                .map(folder -> folder.isEmpty() ? Path.of(command) : Path.of(folder, command))
                .anyMatch(Files::isExecutable);
    }

    /** Fails when there is no such command, or it gives no answer in time. */
    Answer ask(String... arguments) throws IOException {
        var line = new ArrayList<>(List.of(command));
        line.addAll(List.of(arguments));
        // into a file: a pipe would be held open by a child that outlives the kill, and its reader would hang in turn
        Path output = Files.createTempFile("aiwm-nvidia-smi", ".txt");
        try {
            Process process = new ProcessBuilder(line)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile())
                    .start();
            await(process);
            try (var in = Files.newInputStream(output)) {
                return new Answer(process.exitValue(), new String(in.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8));
            }
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private void await(Process process) throws IOException {
        try {
            if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            kill(process);
            throw new InterruptedIOException("the worker stops");
        }
        kill(process);
        throw new IOException("nvidia-smi gave no answer within " + limit.toMillis() + " ms; the driver may hang");
    }

    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
