package io.aiwm.worker.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Json;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.JobCommand;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.TestImages;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.container.ContainerPolicy;
import io.aiwm.worker.container.ContainerSandbox;
import io.aiwm.worker.container.EngineContainer;
import io.aiwm.worker.container.JobPlanner;
import io.aiwm.worker.job.FileShelf;
import io.aiwm.worker.job.Job;
import io.aiwm.worker.job.JobHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which signal the program of a job in a real container receives when it is told to end. */
@Timeout(90)
class StopSignalIT {
    /** Its STOPSIGNAL is SIGUSR1. */
    private static final String ENDS_AT_USR1 = TestImages.WEB + ":usr1";

    /** 37 is SIGRTMIN+3. */
    private static final String SAYS_WHICH =
            "for s in TERM INT USR1 37; do trap \"echo got $s; exit 0\" $s; done; echo begun; while :; do sleep 0.1; done";

    private static EngineFixture fixture;
    private static FileShelf shelf;
    private static int count;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        AiwmFleet.requireEngine();
        TestImages.web(1);
        byte[] recipe = ("FROM " + TestImages.WEB + ":1\nSTOPSIGNAL SIGUSR1\n").getBytes(StandardCharsets.UTF_8);
        var built = TestImages.run(null, recipe, "build", "-q", "-t", ENDS_AT_USR1, "-");
        assertThat(built.exit()).as(built.output()).isZero();
        fixture = new EngineFixture();
        shelf = new FileShelf(fixture.vertx);
    }

    @AfterAll
    static void stop() {
        if (fixture != null) {
            fixture.close();
            TestImages.run(null, null, "rmi", "-f", ENDS_AT_USR1);
        }
    }

    @AfterEach
    void nothingStaysBehind() {
        for (EngineContainer left : fixture.list()) {
            EngineFixture.await(fixture.engine.remove(left.id()));
        }
        for (String volume : EngineFixture.await(fixture.engine.volumes(fixture.owner.labels()))
                .keySet()) {
            EngineFixture.await(fixture.engine.removeVolume(volume));
        }
    }

    private static ContainerSandbox sandbox() {
        var docker = new Config.Docker(true, fixture.socket, Duration.ofSeconds(10), 0, 0, null, null);
        var planner = new JobPlanner(new ContainerPolicy(EngineFixture.STRICT, fixture.socket), docker, fixture.owner);
        return new ContainerSandbox(fixture.vertx, fixture.engine, planner, fixture.owner, Set.of());
    }

    private static JsonObject job(String image, String stopSignal) {
        return new JsonObject()
                .put("jobId", "job-1")
                .put("image", image)
                .put("memoryBytes", 64 << 20)
                .put("graceMs", 30_000)
                .put("overtimeMs", 90_000)
                .put("stopSignal", stopSignal)
                .put("command", new JsonArray(List.of("sh", "-c", SAYS_WHICH)));
    }

    private static Command command(String id, JsonObject data, Future<Void> cancelled, int seconds) {
        return new Command(
                id, CommandNames.JOB_RUN, data, Instant.now().plusSeconds(seconds), (percent, words) -> {}, cancelled);
    }

    private void awaitBegun(String commandId) {
        String name = fixture.owner.containerName(commandId);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> EngineFixture.await(fixture.engine.inspect(name))
                                .filter(EngineContainer::running)
                                .isPresent()
                        && EngineFixture.await(fixture.engine.lastLines(name, 1))
                                .contains("begun"));
    }

    @ParameterizedTest
    @CsvSource({
        "aiwm-test/web:1, ,           cancelled, TERM",
        "aiwm-test/web:1, SIGINT,     cancelled, INT",
        "aiwm-test/web:1, SIGRTMIN+3, cancelled, 37",
        "aiwm-test/web:1, SIGINT,     timeout,   INT",
        "aiwm-test/web:usr1, ,        cancelled, USR1",
        "aiwm-test/web:usr1, ,        timeout,   USR1",
        "aiwm-test/web:usr1, SIGINT,  cancelled, INT"
    })
    void a_job_is_told_to_end_with_what_it_names_or_else_its_image(
            String image, String asked, CommandResult.Outcome end, String received) {
        String id = "ex_signal.0." + ++count;
        boolean late = end == CommandResult.Outcome.timeout;
        Promise<Void> cancel = Promise.promise();
        var handler = new JobHandler(
                fixture.vertx, sandbox(), null, shelf.transfers, folder.resolve("jobs"), Clock.systemUTC());
        Promise<JsonObject> done = Promise.promise();
        handler.run(command(id, job(image, asked), cancel.future(), late ? 6 : 60))
                .onComplete(done);
        awaitBegun(id);
        if (!late) {
            cancel.complete();
        }
        var failure = EngineFixture.failure(done.future());
        assertThat(failure.outcome).isEqualTo(end);
        assertThat(shelf.log(failure.output)).isEqualTo("begun\ngot " + received + "\n");
        assertThat(failure.output.getInteger("exitCode")).isZero();
    }

    /** Where the engine does not take the request, a thread waits for the grace instead: each name must be taken. */
    @Test
    void the_engine_takes_the_request_with_a_signal_whose_name_has_a_sign() {
        var data = job(TestImages.WEB + ":1", "SIGRTMIN+3");
        var begun = new Job("ex_signal.0." + ++count, Json.decode(data, JobCommand.class));
        var command = command(begun.commandId(), data, Future.future(never -> {}), 60);
        EngineFixture.await(sandbox().make(begun, List.of(), folder, command, null));
        EngineFixture.await(sandbox().start(begun, folder.resolve("begun.log")));
        awaitBegun(begun.commandId());
        String container = fixture.owner.containerName(begun.commandId());
        EngineFixture.await(fixture.engine.askToEnd(container));
        assertThat(EngineFixture.await(sandbox().ended(begun)).exitCode()).isZero();
    }
}
