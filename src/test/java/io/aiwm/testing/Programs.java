package io.aiwm.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs of this machine to their end. */
final class Programs {
    private Programs() {}

    /** Installs exactly what the lock file of a folder names; runs no script of a package. */
    static void npmCi(long limitSeconds, Path folder) {
        run(
                limitSeconds,
                null,
                "npm",
                "--prefix",
                folder.toString(),
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund");
    }

    /**
     * Returns what it printed; an exit status other than 0, or no end within the limit, is an {@link IllegalStateException}.
     *
     * @param dockerHost the engine that docker commands in it use; null: the default one
     */
    static String run(long limitSeconds, String dockerHost, String... command) {
        String words = String.join(" ", command);
        try {
            Path output = Files.createTempFile("aiwm-program", ".out");
            try {
                var builder = new ProcessBuilder(List.of(command))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
                if (dockerHost != null && !dockerHost.isBlank()) {
                    builder.environment().put("DOCKER_HOST", dockerHost);
                }
                Process process = builder.start();
                process.getOutputStream().close();
                if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new IllegalStateException(words + " took too long: " + Files.readString(output));
                }
                if (process.exitValue() != 0) {
                    throw new IllegalStateException(
                            words + " ended with " + process.exitValue() + ": " + Files.readString(output));
                }
                return Files.readString(output);
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException cause) {
            throw new UncheckedIOException(words, cause);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", cause);
        }
    }
}
