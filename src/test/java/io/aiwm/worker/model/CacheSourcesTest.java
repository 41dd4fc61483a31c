package io.aiwm.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sources of a model that are bad, slow or wrong. */
class CacheSourcesTest extends ModelCacheRig {
    @ParameterizedTest
    @EnumSource(
            value = ModelServer.Fault.class,
            names = {"NONE", "STALLED"},
            mode = EnumSource.Mode.EXCLUDE)
    void a_bad_source_is_passed_over_and_what_it_gave_is_gone_on_with(ModelServer.Fault fault) throws Exception {
        JsonObject file = file("a", 1);
        file.getJsonArray("sources").add(new JsonObject().put("kind", "origin").put("url", other.url("/same")));
        String sha256 = other.put("/same", SIZE, 1);
        server.fault = fault;

        JsonObject output = run(order("llama", "1", file));

        boolean good = fault == ModelServer.Fault.RANGE_IGNORED;
        assertThat(output.getString("sha256")).isEqualTo(sha256);
        assertThat(output.getString("source")).isEqualTo(good ? "store" : "origin");
        if (fault == ModelServer.Fault.TRUNCATED) {
            assertThat(other.asked.get(0)).startsWith("/same bytes=");
            assertThat(other.bytes.get()).isLessThan(SIZE);
        }
    }

    @Test
    void a_server_without_ranges_begins_again() throws Exception {
        JsonObject order = order("llama", "1", file("a", 1));
        server.fault = ModelServer.Fault.TRUNCATED;
        failure(order);
        server.fault = ModelServer.Fault.RANGE_IGNORED;

        assertThat(run(order).getString("source")).isEqualTo("store");
    }

    @Test
    void a_half_that_was_wrong_is_fetched_again_from_the_same_source() throws Exception {
        JsonObject order = order("llama", "1", file("a", 1));
        server.fault = ModelServer.Fault.TRUNCATED;
        failure(order);
        Path half = files(".parts").stream()
                .filter(path -> !path.toString().endsWith(".json"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(half);
        bytes[0]++;
        Files.write(half, bytes);
        server.fault = ModelServer.Fault.NONE;

        assertThat(run(order).getString("source")).isEqualTo("store");
    }

    @Test
    void when_no_source_is_good_the_reason_of_each_is_told_and_nothing_is_here() throws Exception {
        JsonObject file = file("a", 1);
        file.getJsonArray("sources")
                .add(new JsonObject().put("kind", "origin").put("url", other.url("/nothing?signature=secret")));
        server.fault = ModelServer.Fault.WRONG;

        CommandFailure failure = failure(order("llama", "1", file));

        assertThat(failure.error.message())
                .contains("store: what came from the URL has sha256", "origin: the server answered with 404")
                .doesNotContain("secret");
        assertThat(failure.error.retryable()).isTrue();
        assertThat(files("")).isEmpty();
    }

    @Test
    void a_wrong_size_is_refused() throws Exception {
        for (var fault : List.of(ModelServer.Fault.SHORT_CHUNKED, ModelServer.Fault.LONGER, ModelServer.Fault.NONE)) {
            server.fault = fault;
            JsonObject file = file("a", 1);
            if (fault == ModelServer.Fault.NONE) {
                file.put("sizeBytes", SIZE + 1);
            }
            CommandFailure failure = failure(order("llama", "1", file));
            assertThat(failure.error.message()).as(fault.name()).contains("bytes", "wanted");
            assertThat(failure.error.category()).isEqualTo(ErrorCategory.INVALID);
        }
        assertThat(held()).isEmpty();
    }

    @Test
    void who_says_no_source_waits_for_the_one_that_comes() throws Exception {
        JsonObject order = order("llama", "1", file("a", 1));
        var coming = handler(handlers, "model.cache")
                .run(command(order, Promise.<Void>promise().future()));

        JsonObject waited = run(new JsonObject().put("name", "llama").put("version", "1"));

        coming.await(20, TimeUnit.SECONDS);
        assertThat(waited.getString("path")).endsWith("llama/1");
    }
}
