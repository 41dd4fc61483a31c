package io.aiwm.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.aiwm.common.Sha256;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.TransferProgress;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.Progress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Versions of models on a worker: fetched once, kept whole, and deleted to make room. */
class ModelCacheTest extends ModelCacheRig {
    @Test
    void a_version_is_there_with_all_its_files_or_not_at_all() throws Exception {
        JsonObject order = order("org/llama", "3", file("weights.gguf", 1), file("sub/config.json", 2));
        server.fault = ModelServer.Fault.TRUNCATED;
        failure(order);
        assertThat(held()).isEmpty();
        server.fault = ModelServer.Fault.NONE;

        JsonObject output = run(order);

        Path tree = Path.of(output.getString("path"));
        assertThat(tree.resolve("weights.gguf")).hasSize(SIZE);
        assertThat(Sha256.hex(tree.resolve("sub/config.json"))).isEqualTo(server.put("/2", SIZE, 2));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tree.resolve("sub/config.json"))))
                .as("containers of any user read it, and nobody changes it")
                .isEqualTo("r--r--r--");
        assertThat(held()).extracting(NodeModel::name, NodeModel::version).containsExactly(tuple("org--llama", "3"));
        assertThat(files(".parts")).isEmpty();
        assertThat(run(order).getBoolean("cached")).isTrue();
    }

    @Test
    void it_says_how_far_it_is_in_bytes_of_all_files_and_of_the_one_that_comes() {
        JsonObject order = order("llama", "1", file("a.gguf", 1), file("b.gguf", 2));
        var told = new CopyOnWriteArrayList<TransferProgress>();
        Progress progress = new Progress() {
            @Override
            public void accept(Integer percent, String words) {}

            @Override
            public void transferred(int percent, String words, TransferProgress transfer) {
                told.add(transfer);
            }
        };
        server.fault = ModelServer.Fault.STALLED;
        Promise<Void> cancel = Promise.promise();
        Future<JsonObject> running = handler(handlers, "model.cache")
                .run(new Command("ex_1.0.1", "model.cache", order, Instant.MAX, progress, cancel.future()));
        Awaitility.await()
                .until(() -> !told.isEmpty() && told.get(told.size() - 1).bytesDone() == SIZE / 2);
        cancel.complete();
        Awaitility.await().until(running::isComplete);

        TransferProgress last = told.get(told.size() - 1);
        assertThat(last.bytesTotal()).isEqualTo(2L * SIZE);
        assertThat(last.file()).isEqualTo(new TransferProgress.File("a.gguf", SIZE / 2, (long) SIZE));
    }

    @Test
    void equal_contents_of_two_versions_are_fetched_and_kept_once() throws Exception {
        run(order("llama", "1", file("a", 1), file("b", 2)));
        int asked = server.asked.size();

        JsonObject second = run(order("llama", "2", file("c", 1)));

        assertThat(server.asked).hasSize(asked);
        assertThat(second.getBoolean("cached")).isTrue();
        assertThat(files(".blobs")).hasSize(2);
        run("model.delete", new JsonObject().put("name", "llama").put("version", "1"));
        assertThat(files(".blobs")).hasSize(1);
        assertThat(Path.of(second.getString("path")).resolve("c")).hasSize(SIZE);
        run("model.delete", new JsonObject().put("name", "llama"));
        assertThat(files("")).isEmpty();
    }

    @Test
    void a_version_never_changes() throws Exception {
        run(order("llama", "1", file("a", 1)));

        assertThat(failure(order("llama", "1", file("a", 2))).error.category()).isEqualTo(ErrorCategory.CONFLICT);
    }

    @Test
    void however_many_ask_it_is_fetched_once_and_all_are_told() throws Exception {
        JsonObject order = order("llama", "1", file("a", 1));
        server.fault = ModelServer.Fault.TRUNCATED;
        var failed = ask(order, 5);
        for (Future<JsonObject> one : failed) {
            Awaitility.await().until(one::isComplete);
            assertThat(one.cause()).hasMessageContaining("broke off");
        }
        assertThat(server.asked).hasSize(1);
        server.fault = ModelServer.Fault.NONE;
        server.asked.clear();

        var all = ask(order, 20);

        for (Future<JsonObject> one : all) {
            assertThat(one.await(20, TimeUnit.SECONDS).getString("path")).endsWith("llama/1");
        }
        assertThat(server.asked).hasSize(1);
    }

    @Test
    void one_that_is_cancelled_leaves_the_others_their_download_and_the_last_ends_it() throws Exception {
        JsonObject order = order("llama", "1", file("a", 1));
        server.fault = ModelServer.Fault.STALLED;
        Promise<Void> first = Promise.promise();
        Promise<Void> second = Promise.promise();
        Future<JsonObject> one = handler(handlers, "model.cache").run(command(order, first.future()));
        Future<JsonObject> two = handler(handlers, "model.cache").run(command(order, second.future()));
        Awaitility.await().until(() -> server.asked.size() == 1);

        first.complete();
        Awaitility.await().until(one::failed);
        assertThat(two.isComplete()).isFalse();
        second.complete();

        Awaitility.await().until(two::failed);
        server.fault = ModelServer.Fault.NONE;
        assertThat(run(order).getString("path")).endsWith("llama/1");
    }

    @Test
    void the_one_used_least_recently_makes_room_and_never_a_used_or_pinned_one() throws Exception {
        cacheBytes = 3L * SIZE + 10;
        handlers = handlers();
        run(order("pinned", "1", file("a", 1)).put("pinned", true));
        run(order("used", "1", file("a", 2)));
        run(order("old", "1", file("a", 3)));
        users.put("used@1", Set.of("aiwm-container"));

        run(order("new", "1", file("a", 4)));
        assertThat(names()).containsExactly("new", "pinned", "used");

        users.put("new@1", Set.of("another"));
        CommandFailure full = failure(order("one-more", "1", file("a", 5)));
        assertThat(full.error.category()).isEqualTo(ErrorCategory.RESOURCE_EXHAUSTED);
        assertThat(full.error.message()).contains("one-more", SIZE + " bytes", "limit");
        assertThat(names()).containsExactly("new", "pinned", "used");

        run(
                "model.cache",
                new JsonObject().put("name", "pinned").put("version", "1").put("pinned", false));
        run(order("one-more", "1", file("a", 5)));
        assertThat(names()).containsExactly("new", "one-more", "used");
        assertThat(files(".blobs")).hasSize(3);
    }

    @Test
    void a_model_in_use_is_not_deleted_and_its_users_are_named() throws Exception {
        run(order("llama", "1", file("a", 1)));
        users.put("llama@1", Set.of("aiwm-web-0", "aiwm-web-1"));

        CommandFailure refused = failure("model.delete", new JsonObject().put("name", "llama"));

        assertThat(refused.error.category()).isEqualTo(ErrorCategory.CONFLICT);
        assertThat(refused.error.message()).contains("llama@1", "aiwm-web-0, aiwm-web-1");
        NodeModel model = held().get(0);
        assertThat(model.inUse()).isTrue();
        users.clear();
        assertThat(run("model.delete", new JsonObject().put("name", "llama")).getBoolean("deleted"))
                .isTrue();
    }

    @Test
    void what_the_version_before_kept_is_used_and_counted() throws Exception {
        String sha256 = server.put("/old", SIZE, 7);
        run("model.download", new JsonObject().put("name", "old").put("url", server.url("/old")));
        try (Stream<Path> all = Files.walk(folder.resolve(".blobs"))) {
            for (Path blob : all.filter(Files::isRegularFile).toList()) {
                Files.delete(blob);
            }
        }
        server.asked.clear();
        handlers = handlers();
        handlers.held().await(10, TimeUnit.SECONDS);

        JsonObject version = run(new JsonObject()
                .put("name", "new")
                .put("version", "1")
                .put("sha256", sha256)
                .put("url", server.url("/old")));

        assertThat(version.getBoolean("cached")).isTrue();
        assertThat(Path.of(version.getString("path")).resolve("new")).hasSize(SIZE);
        assertThat(server.asked).isEmpty();
    }

    private List<Future<JsonObject>> ask(JsonObject order, int times) {
        var all = new ArrayList<Future<JsonObject>>();
        for (int i = 0; i < times; i++) {
            all.add(handler(handlers, "model.cache")
                    .run(command(order, Promise.<Void>promise().future())));
        }
        return all;
    }

    private List<String> names() throws Exception {
        return held().stream().map(NodeModel::name).toList();
    }
}
