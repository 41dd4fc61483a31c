package io.aiwm.worker.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.testing.Modes;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.job.JobHandler;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

/** The folder, inputs and outputs of a job as a process. */
class ProcessFilesTest extends ProcessRig {
    @Test
    void it_runs_in_a_folder_of_its_own_with_nothing_but_the_given_variables() {
        var output =
                run(shell("echo $HOME; pwd; env | cut -d= -f1 | sort").put("env", new JsonObject().put("GIVEN", "1")));
        List<String> lines = shelf.log(output).lines().toList();
        assertThat(lines.get(0)).isEqualTo(lines.get(1));
        assertThat(lines.subList(2, lines.size()))
                .contains("GIVEN", "PATH", "HOME", "AIWM_JOB_ID")
                .isSubsetOf(
                        "GIVEN",
                        "PATH",
                        "HOME",
                        "AIWM_JOB_ID",
                        "AIWM_COMMAND_ID",
                        "AIWM_ATTEMPT",
                        "PWD",
                        "OLDPWD",
                        "SHLVL",
                        "_");
    }

    @Test
    void it_reads_what_it_is_given_to_its_end_and_nothing_unless_it_is_given_something() {
        String input = "{\"text\":\"" + "é\\n ".repeat(60_000) + "\"}";
        var output = run(shell("cat | wc -c; echo end").put("stdin", input));
        assertThat(shelf.log(output).lines().map(String::strip))
                .containsExactly(String.valueOf(input.getBytes(StandardCharsets.UTF_8).length), "end");
        assertThat(shelf.log(run(shell("cat; echo nothing")))).isEqualTo("nothing\n");
        assertThat(fails(shell("cat").put("stdin", "a".repeat(600_000))).error.category())
                .isEqualTo(ErrorCategory.INVALID);
    }

    @Test
    void nobody_else_can_read_what_it_is_given_and_what_it_writes() throws IOException {
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("in/a.txt"));
            out.write("hello".getBytes(StandardCharsets.UTF_8));
        }
        String id = nextId();
        var cancel = Promise.<Void>promise();
        var data = shell("mkdir out; cp in/a.txt out/b; echo begun; touch made; sleep 50")
                .put("graceMs", 100)
                .put("outputs", new JsonArray(List.of("out/*")))
                .put("inputs", shelf.keep("in", zip.toByteArray()));
        var running = begin(handler("jobs"), id, data, cancel.future());
        Path work = sandbox.folder(id).resolve("work");
        await().until(() -> Files.exists(work.resolve("made")));
        assertThat(Modes.openToOthers(folder.resolve("processes"))).isEmpty();
        assertThat(Modes.openToOthers(folder.resolve("jobs"))).isEmpty();
        cancel.complete();
        assertThat(catchThrowableOfType(CommandFailure.class, running::await)).isNotNull();
        assertThat(Modes.openToOthers(folder.resolve("jobs"))).isEmpty();
    }

    @Test
    void its_folder_stays_until_its_result_is_kept_and_no_longer() {
        JobHandler handler = handler("jobs");
        String id = nextId();
        begin(handler, id, shell("echo done"), NEVER).await();
        assertThat(folder.resolve("jobs")).isNotEmptyDirectory();
        handler.resultKept("ex_other.0.1");
        assertThat(folder.resolve("jobs")).isNotEmptyDirectory();
        handler.resultKept(id);
        await().atMost(Duration.ofSeconds(5)).until(() -> {
            try (var left = Files.list(folder.resolve("jobs"))) {
                return left.findAny().isEmpty();
            }
        });
    }

    @Test
    void inputs_outputs_log_and_exit_code_are_as_in_a_container() throws IOException {
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("in/a.txt"));
            out.write("hello".getBytes(StandardCharsets.UTF_8));
        }
        var failure = fails(shell("tr a-z A-Z < in/a.txt > up; ln -s /etc/passwd link; echo why >&2; exit 3")
                .put("inputs", shelf.keep("in", zip.toByteArray()))
                .put("outputs", new JsonArray(List.of("up", "link", "none"))));
        assertThat(failure.error.category()).isEqualTo(ErrorCategory.EXIT);
        assertThat(failure.error.message()).contains("exit code 3").contains("why");
        assertThat(shelf.outputs(failure.output)).containsExactly(Map.entry("up", "HELLO"));
        assertThat(failure.output.getJsonArray("warnings").encode())
                .contains("none")
                .contains("1 entries are links");
    }

    @Test
    void hard_links_are_files_and_links_that_stay_in_the_work_directory_are_kept() {
        var output = run(shell("""
            mkdir -p ckpt/1 && echo d > a && ln a model.bin && ln a model.copy && echo w > ckpt/1/w
            ln -s 1 ckpt/latest; ln -s ckpt/latest/w best; ln -s $PWD/a full
            ln -s /etc/passwd out; ln -s ../../etc out2; ln -s ckpt/../../x out3; ln -s /etc ckpt/etc\
            """)
                .put("outputs", new JsonArray(List.of("model.*", "ckpt", "best", "full", "out*", "ckpt/etc/passwd"))));
        assertThat(shelf.outputs(output))
                .containsExactly(
                        Map.entry("best", "-> ckpt/latest/w"),
                        Map.entry("ckpt/1/w", "w\n"),
                        Map.entry("ckpt/latest", "-> 1"),
                        Map.entry("full", "-> a"),
                        Map.entry("model.bin", "d\n"),
                        Map.entry("model.copy", "d\n"));
        assertThat(output.getJsonArray("warnings").encode())
                .contains("4 entries are links that lead out of the work directory")
                .contains("what the link \\\"full\\\" leads to");
    }

    @Test
    void a_path_through_a_link_is_followed_inside_the_work_directory_alone() {
        var output = run(shell("mkdir -p run/42; echo m > run/42/m; ln -s run/42 latest; ln -s /etc away; ln -s . here")
                .put("outputs", new JsonArray(List.of("latest/m", "away/passwd", "here/here/run/42/m"))));
        assertThat(shelf.outputs(output))
                .containsExactly(Map.entry("here/here/run/42/m", "m\n"), Map.entry("latest/m", "m\n"));
        assertThat(output.getJsonArray("warnings").encode())
                .contains("nothing fits")
                .contains("1 entries are links");
    }

    @Test
    void patterns_go_on_below_a_linked_folder_also_one_in_a_folder_that_is_wanted_too() {
        var output = run(shell(
                        "mkdir -p s/t x; echo d > s/a; echo e > s/t/b; ln -s s ld; ln -s ../s x/in; ln -s /etc away;"
                                + " ln -s gone lost")
                .put("outputs", new JsonArray(List.of("ld/*", "x/*.none", "x/in/t/*", "away/pass*", "lost/*"))));
        assertThat(shelf.outputs(output))
                .containsExactly(Map.entry("ld/a", "d\n"), Map.entry("ld/t/b", "e\n"), Map.entry("x/in/t/b", "e\n"));
        assertThat(output.getJsonArray("warnings").encode())
                .contains("1 entries are links")
                .contains("nothing fits \\\"lost/*\\\"")
                .doesNotContain("nothing fits \\\"ld/*\\\"")
                .doesNotContain("nothing fits \\\"x/in/t/*\\\"");
    }

    /** Packing what it left would take many minutes. */
    @Test
    void collecting_ends_at_the_deadline_and_an_honest_job_after_it_has_its_outputs() {
        var command = new Command(
                nextId(),
                "job.run",
                shell("truncate -s 400G large").put("outputs", new JsonArray(List.of("a*".repeat(24) + "b", "large"))),
                Instant.now().plusSeconds(4),
                (percent, words) -> {},
                NEVER);
        var late = catchThrowableOfType(
                CommandFailure.class, () -> handler("jobs").run(command).await());
        assertThat(late.error.category()).isEqualTo(ErrorCategory.RESOURCE_EXHAUSTED);
        assertThat(late.error.message()).contains("could not be collected");
        assertThat(late.output.getInteger("exitCode")).isZero();
        assertThat(late.output.getJsonObject("outputs")).isNull();
        var honest = run(shell("echo good > out").put("outputs", new JsonArray(List.of("out"))));
        assertThat(shelf.outputs(honest)).containsExactly(Map.entry("out", "good\n"));
    }
}
