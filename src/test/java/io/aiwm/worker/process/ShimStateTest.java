package io.aiwm.worker.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.worker.job.Sandbox;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the files of a shim say, those of the version before too. */
class ShimStateTest {
    private static final String ROOM = " ".repeat(16);
    private static final JsonObject ABOUT =
            new JsonObject().put("commandId", "ex_a.0.1").put("jobId", "ex_a");

    @TempDir
    Path root;

    private ProcessFolders folders() {
        return new ProcessFolders(root);
    }

    private Path made() throws IOException {
        return Files.createDirectories(folders().of("ex_a.0.1"));
    }

    private static String number(int value) {
        return String.format("%15d\n", value);
    }

    @Test
    void a_number_counts_when_the_end_of_its_line_is_there() throws IOException {
        Path folder = made();
        var shim = new ShimState(folder);
        assertThat(shim.about()).isNull();
        shim.write(ABOUT);
        assertThat(shim.about()).isEqualTo(ABOUT);
        assertThat(shim.goneBytes()).isZero();
        Path state = folder.resolve("state");
        Files.writeString(state, "             7  " + ROOM + ABOUT.encode());
        assertThat(shim.exitCode()).as("without the end of its line").isEqualTo(ShimState.KILLED);
        Files.writeString(state, number(7) + number(12) + ABOUT.encode());
        assertThat(shim.exitCode()).isEqualTo(7);
        assertThat(shim.goneBytes()).isEqualTo(12);
        assertThat(shim.about()).isEqualTo(ABOUT);
        Files.writeString(state, number(7) + number(12) + ABOUT.encode().substring(0, 9));
        assertThat(shim.about()).as("not all of it is on the disk").isNull();
    }

    @Test
    void one_that_the_version_before_has_started_is_found_and_read() throws IOException {
        Path folder = made();
        Files.writeString(folder.resolve("about"), ABOUT.encode());
        Files.writeString(folder.resolve("exit"), ROOM);
        Files.writeString(folder.resolve("gone"), ROOM);
        assertThat(folders().state("ex_a.0.1")).isEqualTo(Sandbox.State.MADE);
        Files.writeString(folder.resolve("pid"), ProcessHandle.current().pid() + "\n");
        assertThat(folders().state("ex_a.0.1")).isEqualTo(Sandbox.State.STARTED);
        var shim = folders().shim("ex_a.0.1");
        assertThat(shim.exitCode()).as("it runs").isNull();
        assertThat(shim.goneBytes()).isZero();
        Files.writeString(folder.resolve("exit"), number(3));
        Files.writeString(folder.resolve("gone"), number(-1));
        assertThat(shim.exitCode()).isEqualTo(3);
        assertThat(shim.goneBytes()).isEqualTo(-1);
        assertThat(folders().running()).singleElement().satisfies(one -> {
            assertThat(one.commandId()).isEqualTo("ex_a.0.1");
            assertThat(one.state()).isEqualTo("exited");
        });
    }
}
