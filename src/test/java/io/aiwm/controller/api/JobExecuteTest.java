package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.protocol.FileKind;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code POST /api/execute}: a caller waits for the end of a job, listens to it, or leaves. */
class JobExecuteTest extends JobApiRig {
    @Test
    void to_execute_is_to_wait_for_the_end_or_to_be_told_where_to_look() {
        String body = "{'image':'busybox','command':'echo hello'}";
        var slow = post("/api/execute", body, "Prefer", "wait=0");
        assertThat(slow.statusCode()).isEqualTo(202);
        String id = new JsonObject(slow.body()).getString("id");
        assertThat(slow.headers().firstValue("Location")).hasValue("/api/jobs/" + id);
        var begun = meanwhile(() -> post("/api/execute", body));
        await().until(() -> get("/api/jobs").getInteger("totalSize") == 2);
        fleet.work(ids(get("/api/jobs")).get(0));
        var done = begun.join();
        assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
        assertThat(new JsonObject(done.body()).getString("status")).isEqualTo("COMPLETED");
        assertThat(refused(422, "/api/execute", "{'image':'a','count':2}")).containsExactly("/count");
    }

    @Test
    void what_is_executed_can_be_heard_as_it_is_printed_with_its_end_last() {
        String body = "{'image':'busybox','command':'echo hello'}";
        var live = meanwhile(() -> post("/api/execute", body, "Accept", "application/x-ndjson"));
        await().until(() -> get("/api/jobs").getInteger("totalSize") == 1);
        String id = ids(get("/api/jobs")).get(0);
        begun(id);
        await().until(() -> worker.streams() == 1);
        fleet.work(id);
        List<String> lines =
                live.join().body().lines().filter(line -> !line.isEmpty()).toList();
        assertThat(lines).hasSize(4);
        assertThat(new JsonObject(lines.get(0)).getString("text")).isEqualTo("line 0\n");
        assertThat(new JsonObject(lines.get(3)).getJsonObject("result").getString("status"))
                .isEqualTo("COMPLETED");

        var brief = meanwhile(() -> post("/api/execute", body, "Accept", "text/event-stream"));
        await().until(() -> get("/api/jobs").getInteger("totalSize") == 2);
        String quick = ids(get("/api/jobs")).get(0);
        fleet.kept(quick, 1, FileKind.log, "all of it\n");
        fleet.work(quick);
        assertThat(brief.join().body())
                .as("over before anybody could listen, or not")
                .contains("event: result\ndata: {", "COMPLETED");
    }

    @Test
    void of_a_job_that_is_over_all_that_was_kept_is_heard_however_much_that_is() {
        String body = "{'image':'busybox','command':'echo hello'}";
        post("/api/execute", body, "Idempotency-Key", "large", "Prefer", "wait=0");
        String id = ids(get("/api/jobs")).get(0);
        String text = "line \u00fcber\n".repeat(450_000);
        fleet.kept(id, 1, FileKind.log, text);
        fleet.work(id);
        var heard = post("/api/execute", body, "Idempotency-Key", "large", "Accept", "application/x-ndjson");
        String all = heard.body()
                .lines()
                .filter(line -> !line.isEmpty())
                .map(JsonObject::new)
                .map(event -> event.getString("text", ""))
                .collect(java.util.stream.Collectors.joining());
        assertThat(all).hasSameSizeAs(text).isEqualTo(text);
    }

    @Test
    void a_caller_who_leaves_ends_the_job_only_where_that_was_asked_for_and_so_does_one_who_listens() throws Exception {
        for (String accept : List.of("application/json", "application/x-ndjson")) {
            leave("?cancelOnDisconnect=true", accept);
            String left = ids(get("/api/jobs")).get(0);
            await().until(() -> get("/api/jobs/" + left).getString("cancelReason"), "its caller is gone"::equals);
        }
        leave("", "application/x-ndjson");
        String stays = ids(get("/api/jobs")).get(0);
        fleet.work(stays);
        assertThat(get("/api/jobs/" + stays).getString("status")).isEqualTo("COMPLETED");
    }

    /** Executes a job, and is gone when it is there. */
    private void leave(String query, String accept) throws Exception {
        int before = get("/api/jobs").getInteger("totalSize");
        String body = "{\"image\":\"busybox\"}";
        try (var socket = new java.net.Socket(java.net.InetAddress.getLoopbackAddress(), server.port)) {
            socket.getOutputStream()
                    .write(("POST /api/execute" + query + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer operator\r\n"
                                    + "Content-Type: application/json\r\nAccept: " + accept + "\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body)
                            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            if (accept.endsWith("ndjson")) {
                assertThat(socket.getInputStream().read()).isPositive(); // it listens
            }
            await().until(() -> get("/api/jobs").getInteger("totalSize") == before + 1);
        }
    }
}
