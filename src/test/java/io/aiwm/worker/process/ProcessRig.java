package io.aiwm.worker.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.job.FileShelf;
import io.aiwm.worker.job.JobHandler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs as real processes of this machine. */
@Timeout(60)
abstract class ProcessRig {
    static final Future<Void> NEVER = Future.future(never -> {});

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    final FileShelf shelf = new FileShelf(vertx);
    ProcessSandbox sandbox;
    int count;

    @BeforeEach
    void open() {
        sandbox = new ProcessSandbox(vertx, folder.resolve("processes"));
    }

    @AfterEach
    void close() throws IOException {
        if (Files.isDirectory(folder.resolve("processes"))) {
            try (var left = Files.list(folder.resolve("processes"))) {
                assertThat(left).as("left behind").isEmpty();
            }
        }
        vertx.close().await();
    }

    JobHandler handler(String jobs) {
        return new JobHandler(vertx, null, sandbox, shelf.transfers, folder.resolve(jobs), Clock.systemUTC());
    }

    /** Of this class alone: processes are found by it on the whole machine, and other classes run at the same time. */
    String nextId() {
        return "ex_" + getClass().getSimpleName() + "." + ++count + ".1";
    }

    static JsonObject shell(String script) {
        return new JsonObject()
                .put("jobId", "job-1")
                .put("runtime", "process")
                .put("command", new JsonArray(List.of("sh", "-c", script)));
    }

    Future<JsonObject> begin(JobHandler handler, String id, JsonObject data, Future<Void> cancelled) {
        var command =
                new Command(id, "job.run", data, Instant.now().plusSeconds(50), (percent, words) -> {}, cancelled);
        return handler.run(command);
    }

    JsonObject run(JsonObject data) {
        return begin(handler("jobs"), nextId(), data, NEVER).await();
    }

    CommandFailure fails(JsonObject data) {
        return catchThrowableOfType(CommandFailure.class, () -> run(data));
    }

    ShimState kept(String id) {
        return new ShimState(sandbox.folder(id));
    }
}
