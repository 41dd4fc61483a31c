package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.file.Files;
import io.aiwm.controller.http.Problems;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogChunkBuilder;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** The log and the outputs of a job: followed while it runs, and read when they are kept. */
class JobLogsTest extends JobApiRig {
    @Test
    void an_array_has_no_log_of_its_own_and_says_where_there_are_some() {
        String array = made("{'image':'i','count':2}").getString("id");
        for (String file : List.of("logs", "outputs")) {
            var answer = server.call("GET", "/api/jobs/" + array + "/" + file, "viewer", null);
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(answer.body()).contains("is an array", "/tasks");
        }
    }

    @Test
    void a_log_is_followed_from_before_the_job_begins_to_its_end() {
        fleet.node("n1", NodeStatus.OFFLINE);
        String id = madeId("a");
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs", "viewer", null)
                        .statusCode())
                .isEqualTo(404);
        var followed = meanwhile(() -> server.call("GET", "/api/jobs/" + id + "/logs?follow=true", "viewer", null));
        fleet.node("n1", NodeStatus.IDLE);
        TestServer.await(fleet.executions.look(id));
        begun(id);
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs", "viewer", null)
                        .body())
                .as("as it is now")
                .isEqualTo("line 0\nline 1\nline 2\n");
        await().until(() -> worker.streams() == 2);
        fleet.work(id);
        assertThat(followed.join().body()).isEqualTo("line 0\nline 1\nline 2\n");
    }

    @Test
    void what_is_kept_goes_on_where_the_live_log_broke_off_to_the_byte_whatever_the_characters_are() {
        List<String> printed = List.of("\u00fc\u20ac 0\n", "\u00fc\ud83d\ude00 1\n", "\u00fc\u00fc\u00fc 2\n");
        String all = String.join("", printed);
        byte[] bytes = all.getBytes(StandardCharsets.UTF_8);
        int[] cuts = {1, printed.get(0).getBytes(StandardCharsets.UTF_8).length};
        for (int dropped : cuts) { // in the midst of a character, too
            worker.gateway = (node, chunk) -> logs.accept(node, liveUntil(2, printed, chunk));
            fleet.containerNow = new JsonObject()
                    .put("log", new JsonObject().put("truncated", true).put("droppedBytes", dropped));
            String id = madeId("a");
            begun(id);
            int before = worker.streams();
            var followed = meanwhile(() -> server.call("GET", "/api/jobs/" + id + "/logs?follow=true", "viewer", null));
            await().until(() -> worker.streams() > before + 1); // it broke off, and was asked for again
            fleet.kept(fleet.files, id, 1, FileKind.log, Arrays.copyOfRange(bytes, dropped, bytes.length));
            fleet.work(id);
            assertThat(followed.join().body()).isEqualTo(all);
        }
    }

    /** The log of a node that can tell so many pieces, and no more. */
    private static LogChunk liveUntil(int pieces, List<String> printed, LogChunk chunk) {
        int at = (int) chunk.from();
        return at < pieces
                ? new LogChunk(chunk.sessionId(), chunk.streamId(), at, printed.get(at), "stdout", false, null)
                : new LogChunk(chunk.sessionId(), chunk.streamId(), at, "", "stdout", true, "it is gone");
    }

    @Test
    void a_note_of_aiwm_counts_for_nothing_that_the_program_printed() {
        String note = "[aiwm] lines are missing here\n";
        worker.gateway = (node, chunk) -> logs.accept(
                node,
                chunk.from() == 1
                        ? LogChunkBuilder.builder()
                                .sessionId(chunk.sessionId())
                                .streamId(chunk.streamId())
                                .from(1)
                                .chunk(note)
                                .stream("stderr")
                                .missing(-1L)
                                .end(false)
                                .build()
                        : liveUntil(1, List.of("line 0\n"), chunk));
        String body = "{'image':'busybox','command':'echo hello'}";
        var live = meanwhile(() -> post("/api/execute", body, "Accept", "application/x-ndjson"));
        await().until(() -> get("/api/jobs").getInteger("totalSize") == 1);
        String id = ids(get("/api/jobs")).get(0);
        begun(id);
        await().until(() -> worker.streams() > 0);
        String kept = "line 0\n" + "a line that the engine had no more\n".repeat(3);
        fleet.kept(id, 1, FileKind.log, kept);
        fleet.work(id);
        List<JsonObject> events = live.join()
                .body()
                .lines()
                .filter(line -> !line.isEmpty())
                .map(JsonObject::new)
                .filter(event -> event.containsKey("text"))
                .toList();
        assertThat(events.stream()
                        .filter(event -> !event.getBoolean("note", false))
                        .map(event -> event.getString("text"))
                        .collect(java.util.stream.Collectors.joining()))
                .isEqualTo(kept);
        assertThat(events.stream().map(event -> event.getString("text"))).contains(note);
    }

    @Test
    void where_nobody_knows_how_much_the_kept_log_lacks_all_of_it_is_told_and_that_is_said() {
        List<String> printed = List.of("line 0\n", "line 1\n", "line 2\n");
        worker.gateway = (node, chunk) -> logs.accept(node, liveUntil(1, printed, chunk));
        fleet.containerNow = new JsonObject().put("log", new JsonObject().put("truncated", true));
        String id = madeId("a");
        begun(id);
        var followed = meanwhile(() -> server.call("GET", "/api/jobs/" + id + "/logs?follow=true", "viewer", null));
        await().until(() -> worker.streams() > 1);
        fleet.kept(id, 1, FileKind.log, "line 2\n");
        fleet.work(id);
        assertThat(followed.join().body())
                .isEqualTo("line 0\n[aiwm] only the end of the log was kept, and how much is missing here is not known;"
                        + " some of what follows may have come before\nline 2\n");
    }

    @Test
    void a_log_is_followed_across_a_restart_of_its_worker_and_each_line_comes_once() {
        var dead = new AtomicBoolean();
        worker.gateway = (node, chunk) -> {
            if (!dead.get() || chunk.from() < 2) {
                logs.accept(node, chunk);
            }
        };
        dead.set(true);
        String id = madeId("a");
        begun(id);
        var followed = meanwhile(() -> server.call("GET", "/api/jobs/" + id + "/logs?follow=true", "viewer", null));
        await().until(() -> worker.streams() == 1 && logs.size() == 1);
        worker.restart();
        dead.set(false);
        await().until(() -> worker.streams() > 1 && logs.size() == 0);
        fleet.work(id);
        assertThat(followed.join().body()).isEqualTo("line 0\nline 1\nline 2\n");
    }

    @Test
    void how_much_of_its_log_a_job_has_not_kept_stands_in_the_job_and_in_its_result() {
        var log = new JsonObject()
                .put("fileId", "f1")
                .put("sizeBytes", 1_000)
                .put("truncated", true)
                .put("droppedBytes", 5_000);
        fleet.containerNow = new JsonObject().put("exitCode", 0).put("log", log);
        String id = madeId("a");
        begun(id);
        assertThat(get("/api/jobs/" + id).containsKey("logFile")).isFalse();
        fleet.work(id);
        assertThat(get("/api/jobs/" + id + "/result").getJsonObject("logFile")).isEqualTo(log);
        assertThat(get("/api/jobs/" + id).getJsonObject("logFile")).isEqualTo(log);
    }

    @Test
    void what_a_job_has_kept_is_read_again_by_attempt() {
        String id = madeId("a");
        assertThat(server.call("GET", "/api/jobs/" + id + "/outputs", "viewer", null)
                        .body())
                .contains("kept no outputs yet");
        fleet.work(id);
        fleet.kept(id, 1, FileKind.outputs, "made");
        fleet.kept(id, 1, FileKind.log, "one\ntwo\nthree\n");
        var outputs = server.call("GET", "/api/jobs/" + id + "/outputs", "viewer", null);
        assertThat(outputs.body()).isEqualTo("made");
        assertThat(outputs.headers().firstValue("X-Checksum-Sha256")).hasValue(io.aiwm.common.Sha256.hex("made"));
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs", "viewer", null)
                        .body())
                .isEqualTo("one\ntwo\nthree\n");
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs?tail=2", "viewer", null)
                        .body())
                .isEqualTo("two\nthree\n");
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs?attempt=2", "viewer", null)
                        .statusCode())
                .isEqualTo(404);
        JsonObject result = get("/api/jobs/" + id + "/result");
        assertThat(result.getString("status")).isEqualTo("COMPLETED");
        assertThat(result.getString("log")).isEqualTo("one\ntwo\nthree\n");
        assertThat(result.getJsonObject("outputs").getLong("sizeBytes")).isEqualTo(4);
        server.call("DELETE", "/api/jobs/" + id, "operator", null);
        assertThat(TestServer.await(fleet.files.ofJob(id))).isEmpty();
    }

    @Test
    void what_another_controller_keeps_is_read_here_and_while_that_is_gone_the_answer_says_so() {
        String id = madeId("a");
        fleet.work(id);
        Files another = fleet.filesOfAnother();
        fleet.kept(another, id, 1, FileKind.outputs, "made");
        fleet.kept(another, id, 1, FileKind.log, "one\ntwo\n");
        assertThat(server.call("GET", "/api/jobs/" + id + "/outputs", "viewer", null)
                        .body())
                .isEqualTo("made");
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs?tail=1", "viewer", null)
                        .body())
                .isEqualTo("two\n");
        assertThat(get("/api/jobs/" + id + "/result").getString("log")).isEqualTo("one\ntwo\n");

        TestServer.await(another.close());
        for (String what : List.of("outputs", "logs", "logs?tail=1")) {
            var answer = server.call("GET", "/api/jobs/" + id + "/" + what, "viewer", null);
            var problem = Problems.problem(answer, 503, "unavailable");
            assertThat(problem.getBoolean("retryable")).isTrue();
            assertThat(problem.getString("detail")).contains("is kept at place_");
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        }

        TestServer.await(another.serve());
        assertThat(server.call("GET", "/api/jobs/" + id + "/logs", "viewer", null)
                        .body())
                .isEqualTo("one\ntwo\n");
    }
}
