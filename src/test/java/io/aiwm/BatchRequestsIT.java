package io.aiwm;

import static io.aiwm.testing.BatchController.MODEL;
import static io.aiwm.testing.BatchController.SOON;
import static io.aiwm.testing.BatchController.line;
import static io.aiwm.testing.BatchController.lines;
import static io.aiwm.testing.BatchController.untilEnded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.BatchClient;
import io.aiwm.testing.BatchController;
import io.aiwm.testing.CountingEngine;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /v1/files} and {@code /v1/batches} take and refuse, and who sees what. */
@Timeout(300)
class BatchRequestsIT {
    @TempDir
    static Path folder;

    private static BatchController controller;
    private static CountingEngine engine;
    private static AiwmClient api;
    private static BatchClient client;

    @BeforeAll
    static void start() {
        controller = new BatchController(folder.resolve("controller"));
        engine = controller.engine;
        api = controller.api;
        client = controller.client;
    }

    @AfterAll
    static void stop() {
        controller.close();
    }

    @Test
    void wrong_lines_are_named_before_any_is_called() {
        int before = engine.calls();
        String good = line("a", MODEL);
        assertThat(failure(good + "\nno json\n"))
                .isEqualTo(new JsonObject()
                        .put("code", "invalid_json_line")
                        .put("message", "the line is not a JSON object: a word stands where a value should")
                        .putNull("param")
                        .put("line", 2));
        assertThat(failure(good + "\n\n" + good).getMap())
                .containsEntry("code", "duplicate_custom_id")
                .containsEntry("line", 3);
        assertThat(failure(line("a", "nobody")).getMap())
                .containsEntry("code", "model_not_found")
                .containsEntry("line", 1);
        assertThat(failure(good.replace("/v1/chat/completions", "/v1/embeddings"))
                        .getString("code"))
                .isEqualTo("invalid_url");
        assertThat(failure(good.replace("POST", "GET")).getString("code")).isEqualTo("invalid_method");
        assertThat(failure("").getString("code")).isEqualTo("empty_file");
        assertThat(failure("\n \n").getString("code")).isEqualTo("empty_file");
        assertThat(engine.calls()).isEqualTo(before);
    }

    @Test
    void bad_requests_name_the_field() {
        String file = client.file(line("a", MODEL));
        var good = new JsonObject()
                .put("input_file_id", file)
                .put("endpoint", "/v1/chat/completions")
                .put("completion_window", "24h");
        for (var wrong : List.of(
                new JsonObject().put("input_file_id", "file_none"),
                new JsonObject().put("endpoint", "/v1/rerank"),
                new JsonObject().put("completion_window", "1h"),
                new JsonObject().put("metadata", "text"),
                new JsonObject().put("output_expires_after", 7))) {
            BatchClient.Answer refused = client.post("/v1/batches", good.copy().mergeIn(wrong));
            assertThat(refused.status()).as(refused.text()).isEqualTo(400);
            assertThat(refused.param()).isEqualTo(wrong.fieldNames().iterator().next());
        }
        assertThat(client.upload("x", "purpose", "assistants").param()).isEqualTo("purpose");
        assertThat(client.upload("x").param()).isEqualTo("purpose");
        assertThat(client.get("/v1/files?limit=0").param()).isEqualTo("limit");
        assertThat(client.get("/v1/batches?limit=101").param()).isEqualTo("limit");
        assertThat(client.get("/v1/files/file_none").status()).isEqualTo(404);
        assertThat(client.post("/v1/files/" + file, new JsonObject()).status()).isEqualTo(405);
        assertThat(client.upload("y".repeat((1 << 20) + 100_000), "purpose", "batch")
                        .status())
                .isEqualTo(413);
        // what was refused is not kept
        JsonArray kept = client.get("/v1/files?limit=1").json().getJsonArray("data");
        assertThat(kept.getJsonObject(0).getString("id")).isEqualTo(file);
    }

    @Test
    void a_file_that_says_to_be_huge_is_refused_before_it_comes() throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), controller.process.port())) {
            socket.setSoTimeout(10_000);
            String head = "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + controller.key("huge", null)
                    + "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 2147483648\r\n\r\n--b\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            byte[] read = new byte[12];
            assertThat(in.readNBytes(read, 0, 12)).isEqualTo(12);
            assertThat(new String(read, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
        }
    }

    @Test
    void an_upload_that_breaks_off_leaves_nothing() throws IOException {
        Path objects = folder.resolve("controller").resolve("data");
        String mine = controller.key("broken", null);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), controller.process.port())) {
            String head = "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + mine
                    + "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 500000\r\n\r\n--b\r\n"
                    + "Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + "z".repeat(100_000);
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            await().atMost(SOON).until(() -> unfinished(objects) == 1);
        }
        await().atMost(SOON).until(() -> unfinished(objects) == 0);
        assertThat(new BatchClient(api.url(""), mine).get("/v1/files").json().getJsonArray("data"))
                .isEmpty();
    }

    @Test
    void nobody_else_sees_files_and_batches() {
        String file = client.file(lines("s", 1));
        String id = client.create(file).json().getString("id");
        var other = controller.client("other", null);
        assertThat(other.get("/v1/files/" + file).status()).isEqualTo(404);
        assertThat(other.get("/v1/files/" + file + "/content").status()).isEqualTo(404);
        assertThat(other.delete("/v1/files/" + file).status()).isEqualTo(404);
        assertThat(other.create(file).param()).isEqualTo("input_file_id");
        assertThat(other.get("/v1/batches/" + id).status()).isEqualTo(404);
        assertThat(other.post("/v1/batches/" + id + "/cancel", null).status()).isEqualTo(404);
        assertThat(other.get("/v1/batches").text()).doesNotContain(id);
        assertThat(other.get("/v1/files").text()).doesNotContain(file);
        // the user whose keys they are
        assertThat(new BatchClient(api.url(""), api.token())
                        .get("/v1/batches/" + id)
                        .status())
                .isEqualTo(200);
        untilEnded(client, id);
    }

    @Test
    void a_repeated_creation_makes_one_batch() {
        String file = client.file(lines("i", 1));
        String[] once = {"Idempotency-Key", "one"};
        BatchClient.Answer first = client.create(file, once);
        BatchClient.Answer second = client.create(file, once);
        assertThat(second.json().getString("id")).isEqualTo(first.json().getString("id"));
        assertThat(client.create(client.file(lines("i", 1)), once).status()).isEqualTo(422);
        untilEnded(client, first.json().getString("id"));
    }

    @Test
    void files_are_listed_in_pages_and_deleted() {
        var mine = controller.client("pages", null);
        List<String> ids = List.of(mine.file("1"), mine.file("2"), mine.file("3"));
        JsonObject page = mine.get("/v1/files?limit=2&order=asc").json();
        assertThat(page.getBoolean("has_more")).isTrue();
        assertThat(page.getString("last_id")).isIn(ids);
        JsonObject rest = mine.get("/v1/files?limit=2&order=asc&after=" + page.getString("last_id"))
                .json();
        assertThat(rest.getBoolean("has_more")).isFalse();
        assertThat(rest.getJsonArray("data")).hasSize(1);
        assertThat(mine.get("/v1/files/" + ids.get(1) + "/content").text()).isEqualTo("2");
        assertThat(mine.delete("/v1/files/" + ids.get(1)).json().getBoolean("deleted"))
                .isTrue();
        assertThat(mine.get("/v1/files/" + ids.get(1)).status()).isEqualTo(404);
        assertThat(mine.get("/v1/files").json().getJsonArray("data")).hasSize(2);
    }

    private JsonObject failure(String lines) {
        JsonObject ended = untilEnded(client, client.begin(lines));
        assertThat(ended.getString("status")).as(ended.encode()).isEqualTo("failed");
        return ended.getJsonObject("errors").getJsonArray("data").getJsonObject(0);
    }

    private static long unfinished(Path objects) throws IOException {
        try (var all = Files.walk(objects)) {
            return all.filter(file -> file.toString().contains(".unfinished") && Files.isRegularFile(file))
                    .filter(file -> !file.getFileName().toString().startsWith(".lock"))
                    .count();
        }
    }
}
