package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/aiwm} in a folder of its own, with the jar as a build leaves it. */
@Timeout(240)
@Tag("pairwise")
class LauncherIT {
    /** Far less than the archive of classes takes to be written. */
    private static final long QUICK_MS = 5_000;

    @TempDir
    Path folder;

    @Test
    void the_first_stop_after_a_build_is_as_quick_as_any_and_later_starts_use_the_archive() throws Exception {
        Path target = Files.createDirectories(folder.resolve("target"));
        Path launcher = Files.createDirectories(folder.resolve("bin")).resolve("aiwm");
        Files.copy(Path.of("bin", "aiwm"), launcher);
        assertThat(launcher.toFile().setExecutable(true)).isTrue();
        Files.copy(AiwmProcess.jar(), target.resolve("aiwm.jar"));

        Process first = start(launcher);
        assertThat(first.info().commandLine().orElse("")).doesNotContain("SharedArchiveFile");
        await().atMost(150, TimeUnit.SECONDS).until(() -> archive(target) != null);
        stopQuickly(first);

        Process second = start(launcher);
        assertThat(second.info().commandLine().orElse("")).contains("SharedArchiveFile=" + archive(target));
        stopQuickly(second);
        try (var files = Files.list(target)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder(
                            "aiwm.jar", archive(target).getFileName().toString());
        }
    }

    private Process start(Path launcher) throws IOException {
        Path log = Files.createTempFile(folder, "log", "");
        var builder = new ProcessBuilder(launcher.toString(), "standalone")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("AIWM_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PORT", Integer.toString(AiwmProcess.freePort()));
        builder.environment().put("ENABLE_DOCKER", "false");
        builder.environment().put("AIWM_CLUSTER_NAME", AiwmProcess.CLUSTER);
        builder.environment().put("AIWM_CLUSTER_ENABLED", "false");
        Process process = builder.start();
        await().atMost(90, TimeUnit.SECONDS)
                .until(() -> !process.isAlive() || read(log).contains(" is ready"));
        assertThat(process.isAlive()).as(read(log)).isTrue();
        return process;
    }

    private static void stopQuickly(Process process) throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(QUICK_MS, TimeUnit.MILLISECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private static Path archive(Path target) {
        try (var found = Files.newDirectoryStream(target, "aiwm-java*[0-9].jsa")) {
            var files = found.iterator();
            return files.hasNext() ? files.next() : null;
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }
}
