package io.aiwm.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker that was killed finds of a job. */
class JobFoldersTest {
    private static final String ID = "ex_a.0.1";
    private static final JsonObject HOW = new JsonObject().put("output", new JsonObject().put("exitCode", 0));

    @TempDir
    Path root;

    private final Vertx vertx = Vertx.vertx();
    private JobFolders folders;
    private Path folder;

    @BeforeEach
    void open() {
        folders = new JobFolders(vertx, root);
        folder = folders.open(ID).await().folder();
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private void known(boolean started, JsonObject ended) {
        assertThat(folders.open(ID).await()).isEqualTo(new JobFolders.Known(folder, started, ended));
    }

    @Test
    void it_knows_whether_it_was_started_and_how_it_ended() {
        known(false, null);
        folders.started(folder).await();
        known(true, null);
        folders.ended(folder, HOW).await();
        known(true, HOW);
    }

    @Test
    void one_that_ended_before_it_was_started_was_not_started() {
        folders.ended(folder, HOW).await();
        known(false, HOW);
    }

    @Test
    void an_end_that_was_written_in_part_is_none() throws IOException {
        folders.started(folder).await();
        Files.writeString(folder.resolve("started"), HOW.encode().substring(0, 12));
        known(true, null);
        folders.ended(folder, HOW).await();
        known(true, HOW);
    }

    @Test
    void an_end_that_the_version_before_has_written_is_read() throws IOException {
        folders.started(folder).await();
        Files.writeString(folder.resolve("ended"), HOW.encode());
        known(true, HOW);
    }
}
