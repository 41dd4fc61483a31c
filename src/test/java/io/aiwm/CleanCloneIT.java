package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The first command of a newcomer: {@code bin/aiwm} in what is tracked by git, without a jar. */
@Timeout(600)
class CleanCloneIT {
    @TempDir
    Path folder;

    @Test
    void bin_aiwm_builds_what_is_tracked_and_runs_it() throws Exception {
        for (String name : tracked()) {
            Path from = Path.of(name);
            if (Files.isRegularFile(from)) {
                Files.createDirectories(folder.resolve(name).getParent());
                Files.copy(from, folder.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        // the artifacts that this build had are there; nothing is looked for in the network, nor again for mistakes
        Files.writeString(
                Files.createDirectories(folder.resolve(".mvn")).resolve("maven.config"),
                "-o\n-Dlint=-Xlint:-processing\n");

        var builder = new ProcessBuilder(folder.resolve("bin/aiwm").toString(), "version")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        assertThat(process.waitFor(9, TimeUnit.MINUTES)).isTrue();
        String output = Files.readString(folder.resolve("output"));
        assertThat(process.exitValue()).as(output).isZero();
        assertThat(output).contains("building target/aiwm.jar", "aiwm ");
        assertThat(folder.resolve("target/aiwm.jar")).exists();
    }

    /** As they are in the working tree, so that a change is tested before it is committed. */
    private static List<String> tracked() throws IOException, InterruptedException {
        Process git = new ProcessBuilder("git", "ls-files", "-z").start();
        String names = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(git.waitFor()).isZero();
        return List.of(names.split("\0"));
    }
}
