package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Mode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreflightTest {
    @TempDir
    Path folder;

    @Test
    void a_port_that_is_taken_is_said_before_anything_is_made() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path data = folder.resolve("data");
            Config config = config(Mode.STANDALONE, data, taken.getLocalPort());

            assertThatThrownBy(() -> Preflight.check(config))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1 port " + taken.getLocalPort());
            assertThat(data).doesNotExist();
            Preflight.check(config(Mode.WORKER, data, taken.getLocalPort()));
            assertThat(data).isDirectory();
        }
    }

    @Test
    void a_data_directory_that_somebody_uses_is_refused_to_the_same_side_only() throws IOException {
        Path worker = Files.createDirectories(folder.resolve("worker"));
        try (var held = locked(folder.resolve("aiwm.db.lock"))) {
            assertThat(held.isOpen()).isTrue();
            assertThatThrownBy(() -> Preflight.check(config(Mode.STANDALONE, folder, 0)))
                    .hasMessageContaining("another controller is using dataDir " + folder);
            Preflight.check(config(Mode.WORKER, folder, 0));
        }
        try (var held = locked(worker.resolve("commands.jsonl.lock"))) {
            assertThat(held.isOpen()).isTrue();
            assertThatThrownBy(() -> Preflight.check(config(Mode.STANDALONE, folder, 0)))
                    .hasMessageContaining("another worker is using dataDir " + folder);
            Preflight.check(config(Mode.CONTROLLER, folder, 0));
        }
        Preflight.check(config(Mode.STANDALONE, folder, 0));
    }

    @Test
    void what_cannot_be_a_data_directory_is_said_in_words() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThatThrownBy(() -> Preflight.check(config(Mode.CONTROLLER, file, 0)))
                .hasMessage("dataDir " + file + " is not a directory");
        assertThatThrownBy(() -> Preflight.check(config(Mode.CONTROLLER, file.resolve("a/b"), 0)))
                .hasMessage("dataDir " + file.resolve("a/b") + " cannot be made: " + file + " is not a directory");
        assertThatThrownBy(() -> Preflight.check(config(Mode.CONTROLLER, Path.of("/proc/aiwm"), 0)))
                .hasMessageStartingWith("dataDir /proc/aiwm cannot be made: ")
                .message()
                .doesNotContain("Exception");
    }

    @Test
    void a_full_disk_is_said_in_one_line_and_one_whose_size_is_unknown_is_tried() {
        assertThatThrownBy(() -> Preflight.roomy(folder, 100L << 20, 4_096))
                .isInstanceOf(StartFailure.class)
                .hasMessage(
                        "the disk of dataDir " + folder + " is full (4096 bytes are free): make room and start again");
        Preflight.roomy(folder, 100L << 20, 1L << 20);
        Preflight.roomy(folder, 0, 0);
    }

    private static FileChannel locked(Path file) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        assertThat(channel.lock().isValid()).isTrue();
        return channel;
    }

    private static Config config(Mode mode, Path data, int port) {
        return ConfigLoader.of(mode, Map.of("dataDir", data.toString(), "http.port", Integer.toString(port)));
    }
}
