package io.aiwm.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.NodeModel;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Models are fetched, checked, told and deleted. */
class ModelHandlersTest extends ModelFetchRig {
    @Test
    void a_model_is_fetched_checked_and_fetched_once() throws Exception {
        JsonObject output = run("model.download", data("llama", "/model").put("sha256", sha256));

        assertThat(Files.readAllBytes(Path.of(output.getString("path")))).isEqualTo(model);
        assertThat(output.getLong("sizeBytes")).isEqualTo(model.length);
        assertThat(output.getString("sha256")).isEqualTo(sha256);
        assertThat(output.getBoolean("cached")).isFalse();
        assertThat(run("model.cache", data("llama", "/model").put("sha256", sha256))
                        .getBoolean("cached"))
                .isTrue();
        assertThat(run("model.cache", new JsonObject().put("name", "llama")).getBoolean("cached"))
                .isTrue();
        assertThat(asked).hasSize(1);
    }

    @Test
    void a_broken_download_is_taken_up_where_it_stopped() throws Exception {
        breakAfter = 100_000;
        CommandFailure broken = failure("model.download", data("llama", "/model"));
        assertThat(broken.error.category()).isEqualTo(ErrorCategory.NETWORK);
        assertThat(broken.error.retryable()).isTrue();
        List<Path> half = files(".parts").stream()
                .filter(file -> !file.toString().endsWith(".json"))
                .toList();
        long here = Files.size(half.get(0));
        assertThat(here).isPositive();
        breakAfter = -1;

        JsonObject output = run("model.download", data("llama", "/model"));

        assertThat(asked.get(1)).isEqualTo("/model bytes=" + here + "-");
        assertThat(output.getString("sha256")).isEqualTo(sha256);
        assertThat(files(".parts")).isEmpty();
    }

    @Test
    void a_model_that_changed_meanwhile_is_fetched_from_the_beginning() throws Exception {
        breakAfter = 100_000;
        failure("model.download", data("llama", "/model"));
        breakAfter = -1;
        model[0]++;

        JsonObject output = run("model.download", data("llama", "/model"));

        assertThat(output.getString("sha256"))
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(model)));
    }

    @Test
    void a_wrong_checksum_leaves_nothing() throws Exception {
        CommandFailure wrong = failure("model.download", data("llama", "/model").put("sha256", "0".repeat(64)));

        assertThat(wrong.error.category()).isEqualTo(ErrorCategory.INVALID);
        assertThat(wrong.error.message()).contains(sha256);
        assertThat(files("")).isEmpty();
    }

    @Test
    void what_is_here_as_a_whole_is_told_after_every_download_and_deletion() throws Exception {
        var handlers = allowing();
        var told = new CopyOnWriteArrayList<List<NodeModel>>();
        handlers.onHeld(told::add);
        var llama = new NodeModel("org--llama", sha256, (long) model.length);
        var qwen = new NodeModel("qwen", sha256, (long) model.length);

        run(handlers, "model.download", data("qwen", "/model"));
        run(handlers, "model.download", data("org/llama", "/model"));
        run(handlers, "model.cache", new JsonObject().put("name", "qwen"));
        run(handlers, "model.delete", new JsonObject().put("name", "nobody"));
        Files.writeString(folder.resolve("half.part"), "half");
        Files.writeString(folder.resolve("half.part.json"), "{}");
        Files.writeString(folder.resolve("unknown"), "nobody says what this is");
        run(handlers, "model.delete", new JsonObject().put("name", "qwen"));

        var every = List.of(
                List.of(qwen), List.of(llama, qwen), List.of(llama, qwen), List.of(llama, qwen), List.of(llama));
        assertThat(told.stream().map(ModelHandlersTest::unused).toList()).isEqualTo(every);
        assertThat(unused(handlers.held().await(10, TimeUnit.SECONDS))).containsExactly(llama);
    }

    @Test
    void of_more_models_than_can_be_said_the_newest_are() throws Exception {
        assertThat(allowing().held().await(10, TimeUnit.SECONDS)).isEmpty();
        for (int i = 0; i <= NodeModel.MOST; i++) {
            Files.writeString(folder.resolve("m" + i), "x");
            Path about = Files.writeString(folder.resolve("m" + i + ".json"), "{\"url\":\"u\",\"sizeBytes\":1}");
            Files.setLastModifiedTime(about, FileTime.fromMillis(1_000_000L + i * 1_000L));
        }

        assertThat(allowing().held().await(10, TimeUnit.SECONDS))
                .hasSize(NodeModel.MOST)
                .extracting(NodeModel::name)
                .contains("m1", "m" + NodeModel.MOST)
                .doesNotContain("m0");
    }

    @Test
    void deleting_twice_does_no_harm() throws Exception {
        run("model.download", data("org/llama", "/model"));

        assertThat(run("model.delete", new JsonObject().put("name", "org/llama"))
                        .getBoolean("deleted"))
                .isTrue();
        assertThat(run("model.delete", new JsonObject().put("name", "org/llama"))
                        .getBoolean("deleted"))
                .isFalse();
        assertThat(files("")).isEmpty();
    }

    @Test
    void two_commands_for_one_model_fetch_it_once() throws Exception {
        var handlers = allowing();
        var one = handler(handlers, "model.download").run(command("a", data("llama", "/model")));
        var two = handler(handlers, "model.download").run(command("b", data("llama", "/model")));

        Future.all(one, two).await(20, TimeUnit.SECONDS);

        assertThat(asked).hasSize(1);
    }

    @Test
    void a_cancelled_download_stops() {
        Promise<Void> cancel = Promise.promise();
        var command =
                new Command("a", "model.download", data("llama", "/slow"), Instant.MAX, (p, m) -> {}, cancel.future());
        Future<JsonObject> outcome = handler(allowing(), "model.download").run(command);
        Awaitility.await().until(() -> !asked.isEmpty());

        cancel.complete();

        Awaitility.await().until(outcome::failed);
    }

    /** Without when they were used. */
    private static List<NodeModel> unused(List<NodeModel> told) {
        return told.stream()
                .map(one -> new NodeModel(one.name(), one.sha256(), one.sizeBytes()))
                .toList();
    }
}
