package io.aiwm.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.Pieces;
import io.aiwm.controller.store.Records;
import io.aiwm.testing.GgufWriter;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Content of models comes in, is shared, is used and goes, over real stores. */
class ModelContentTest extends ModelContentRig {
    private static Failure refusal(Future<?> future) {
        try {
            throw new AssertionError("was not refused but answered " + future.await());
        } catch (Failure refused) {
            return refused;
        }
    }

    @Test
    void a_file_becomes_a_version_that_is_ready_and_can_be_read() {
        ModelVersion ready = upload(services, "a/tiny.gguf", WEIGHTS).await();
        assertThat(ready.state()).isEqualTo(ModelState.READY);
        assertThat(ready.format()).isEqualTo("gguf");
        assertThat(read(ready, "a/tiny.gguf")).isEqualTo(WEIGHTS);
        assertThat(services.models().get("tiny").await().newest()).isEqualTo(Model.Newest.of(ready));
        assertThat(refusal(put(services, ready, "b.gguf", "more")).kind).isEqualTo(Failure.Kind.CONFLICT);
        everythingHasItsPlace();
    }

    @Test
    void what_its_files_say_is_read_when_it_becomes_ready() {
        ModelVersion version = services.models().addVersion(model, null, "ada").await();
        byte[] bytes = GgufWriter.llama().toBytes();
        services.content()
                .put(
                        version,
                        new ModelContent.Sent("a.gguf", null, -1, "ada"),
                        Pieces.of(vertx, Buffer.buffer(bytes), 1))
                .await();
        ModelVersion ready = services.content().commit(version).await();
        assertThat(ready.info().getString("architecture")).isEqualTo("llama");
        assertThat(ready.info().getInteger("contextLength")).isEqualTo(8_192);
        ModelVersion text = upload(services, "b.gguf", WEIGHTS).await();
        assertThat(text.state()).isEqualTo(ModelState.READY);
        assertThat(text.info().getString("mistake")).contains("b.gguf");
        assertThat(upload(services, "c.bin", WEIGHTS).await().info()).isNull();
    }

    @Test
    void the_same_content_is_stored_once_and_deleted_with_its_last_user() {
        ModelVersion first = upload(services, "a.gguf", WEIGHTS).await();
        ModelVersion second = upload(services, "b.gguf", WEIGHTS).await();
        assertThat(objectsThere()).hasSize(1);
        everythingHasItsPlace();
        services.models().deleteVersion(model, "1", false).await();
        assertThat(objectsThere()).hasSize(1);
        assertThat(read(second, "b.gguf")).isEqualTo(WEIGHTS);
        assertThat(refusal(services.models().version(model, "1")).kind).isEqualTo(Failure.Kind.NOT_FOUND);
        services.models().deleteVersion(model, "2", false).await();
        assertThat(objectsThere()).isEmpty();
        assertThat(blobs()).isEmpty();
        assertThat(first.number()).isEqualTo(1);
        everythingHasItsPlace();
    }

    @Test
    void the_same_content_at_once_is_stored_once() {
        List<Future<ModelVersion>> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            many.add(upload(services, "model-" + i + ".gguf", WEIGHTS));
        }
        Future.all(many).await();
        assertThat(objectsThere()).hasSize(1);
        everythingHasItsPlace();
        services.models().delete(model.id(), false, null).await();
        assertThat(objectsThere()).isEmpty();
        everythingHasItsPlace();
    }

    @Test
    void content_that_goes_while_it_comes_again_is_whole_or_gone() {
        for (int i = 0; i < 30; i++) {
            ModelVersion there = upload(services, "a.gguf", WEIGHTS).await();
            var going = services.models().deleteVersion(model, "" + there.number(), false);
            var coming = upload(services, "a.gguf", WEIGHTS);
            going.await();
            coming.otherwise((ModelVersion) null).await();
            sweep();
            everythingHasItsPlace();
        }
    }

    @Test
    void of_a_file_that_is_refused_nothing_is_left() {
        ModelVersion version = services.models().addVersion(model, null, "ada").await();
        var wrong = new ModelContent.Sent("a.gguf", "0".repeat(64), -1, "ada");
        var bytes = Pieces.of(vertx, Buffer.buffer(WEIGHTS), 1);
        assertThat(refusal(services.content().put(version, wrong, bytes))
                        .errors
                        .get(0)
                        .pointer())
                .isEqualTo("query:sha256");
        var unsaid = new ModelContent.Sent("a.gguf", null, -1, "ada");
        assertThat(refusal(services.content()
                                .put(version, unsaid, Pieces.breakingAfter(vertx, Buffer.buffer(WEIGHTS), 3)))
                        .kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(services(store, objects, limits(5, 0))
                                .content()
                                .put(version, unsaid, Pieces.of(vertx, Buffer.buffer(WEIGHTS), 1)))
                        .kind)
                .isEqualTo(Failure.Kind.TOO_LARGE);
        assertThat(refusal(services.content().commit(version)).kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
        everythingHasItsPlace();
    }

    @Test
    void a_quota_holds_also_for_those_that_come_at_once() {
        var limited = services(store, objects, limits(1_000, 2L * WEIGHTS.length()));
        List<Future<ModelVersion>> many = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            many.add(upload(limited, i + ".gguf", WEIGHTS.replace("t", "" + i)));
        }
        Future.join(many).transform(done -> Future.succeededFuture()).await();
        assertThat(many.stream().filter(Future::succeeded).count()).isLessThanOrEqualTo(2);
        assertThat(many.stream()
                        .filter(Future::failed)
                        .map(failed -> Failure.of(failed.cause()).kind)
                        .distinct())
                .containsExactly(Failure.Kind.TOO_LARGE);
        sweep();
        everythingHasItsPlace();
        services.models().get("tiny").await();
        assertThat(versions().stream().mapToLong(ModelVersion::sizeBytes).sum())
                .isLessThanOrEqualTo(2L * WEIGHTS.length());
    }

    @Test
    void names_that_lead_out_or_clash_are_refused() {
        ModelVersion version = services.models().addVersion(model, null, "ada").await();
        put(services, version, "a/b.gguf", WEIGHTS).await();
        for (String path : List.of(
                "../x",
                "a/../x",
                "/x",
                "a//b",
                "a/./b",
                "a\\b",
                "a\u0000b",
                "a\nb",
                "",
                "A/B.GGUF",
                "a",
                "a/b.gguf/c",
                "x".repeat(600),
                "a/" + "x".repeat(201),
                " a",
                "nul:")) {
            Failure refused = refusal(
                    services.models().version(model, "1").compose(seen -> put(services, seen, path, "other content")));
            assertThat(refused.kind).as(path).isEqualTo(Failure.Kind.UNPROCESSABLE);
            assertThat(refused.errors.get(0).pointer()).isEqualTo("query:path");
        }
        put(services, version, "a/b.gguf", WEIGHTS).await();
        everythingHasItsPlace();
    }

    @Test
    void an_alias_means_a_version_that_is_ready_and_goes_with_it() {
        ModelVersion open = services.models().addVersion(model, null, "ada").await();
        assertThat(refusal(services.models().moveAlias("tiny", "stable", open.number()))
                        .errors
                        .get(0)
                        .pointer())
                .isEqualTo("/version");
        upload(services, "a.gguf", WEIGHTS).await();
        services.models().moveAlias("tiny", "stable", 2).await();
        Model named = services.models().get("tiny").await();
        assertThat(services.models().version(named, "stable").await().number()).isEqualTo(2);
        assertThat(services.models().version(named, "latest").await().number()).isEqualTo(2);
        assertThat(refusal(services.models().deleteVersion(named, "2", false)).kind)
                .isEqualTo(Failure.Kind.CONFLICT);
        services.models().deleteVersion(named, "2", true).await();
        assertThat(services.models().get("tiny").await().aliases()).isEmpty();
        everythingHasItsPlace();
    }

    @Test
    void a_model_that_somebody_uses_is_deleted_by_force_alone() {
        ModelUsers users =
                (asked, number) -> Future.succeededFuture(List.of(new ModelUsers.Use("deployment", "dep_1", "chat")));
        var used = new ModelServices(vertx, store, objects, () -> now, NO_LIMITS, true, users);
        Failure refused = refusal(used.models().delete("tiny", false, null));
        assertThat(refused.kind).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(refused.getMessage()).contains("deployment chat (dep_1)");
        assertThat(refusal(used.models().replace("tiny", new ModelRequest("other", null, null, null, null), null))
                        .errors
                        .get(0)
                        .pointer())
                .isEqualTo("/name");
        used.models().delete("tiny", true, null).await();
        assertThat(refusal(used.models().get("tiny")).kind).isEqualTo(Failure.Kind.NOT_FOUND);
    }

    @Test
    void filters_find_by_task_tag_text_and_state() {
        services.models()
                .create(
                        "model_e",
                        new ModelRequest(
                                "org/embedder", "Für Suche", ModelTask.EMBEDDING, List.of("small", "de"), "mit"),
                        "ada")
                .await();
        upload(services, "a.gguf", WEIGHTS).await();
        assertThat(found(List.of("embedding"), List.of(), List.of(), null)).containsExactly("org/embedder");
        assertThat(found(List.of(), List.of("de"), List.of(), null)).containsExactly("org/embedder");
        assertThat(found(List.of(), List.of(), List.of("READY"), null)).containsExactly("tiny");
        assertThat(found(List.of(), List.of(), List.of(), "SUCHE")).containsExactly("org/embedder");
        assertThat(found(List.of(), List.of("none"), List.of(), null)).isEmpty();
    }

    private List<String> found(List<String> tasks, List<String> tags, List<String> states, String text) {
        Records.Page<Model> page = services.models()
                .find(new ModelFilter(List.of(), tasks, tags, List.of(), states, text), 10, null)
                .await();
        return page.items().stream().map(Model::name).toList();
    }

    @Test
    void an_upload_that_nobody_continues_fails_after_its_time_and_keeps_no_content() {
        ModelVersion empty = services.models().addVersion(model, null, "ada").await();
        ModelVersion begun = services.models().addVersion(model, null, "ada").await();
        put(services, begun, "a.gguf", WEIGHTS).await();
        ModelVersion ready = upload(services, "b.gguf", "others").await();
        now = now.plus(Duration.ofHours(23));
        services.sweeps().run().await();
        assertThat(version(empty).state()).isEqualTo(ModelState.PENDING);
        assertThat(version(begun).state()).isEqualTo(ModelState.UPLOADING);
        put(services, begun, "c.gguf", "more").await();

        now = now.plus(Duration.ofHours(2));
        services.sweeps().run().await();
        assertThat(version(empty).state()).isEqualTo(ModelState.FAILED);
        assertThat(version(empty).reason()).isEqualTo("nobody continued the upload for 24 hours");
        assertThat(version(begun).state()).as("continued two hours ago").isEqualTo(ModelState.UPLOADING);
        assertThat(objectsThere()).hasSize(3);

        now = now.plus(Duration.ofHours(23));
        services.sweeps().run().await();
        assertThat(version(begun).state()).isEqualTo(ModelState.FAILED);
        assertThat(version(begun).files()).isEmpty();
        assertThat(version(begun).sizeBytes()).isZero();
        assertThat(version(ready).state()).isEqualTo(ModelState.READY);
        assertThat(objectsThere()).as("that of the version that is READY").hasSize(1);
        assertThat(services.models()
                        .versions(model, List.of(), 10, null)
                        .await()
                        .items())
                .hasSize(3);
    }

    @Test
    void an_upload_that_is_on_its_way_is_not_abandoned() {
        ModelVersion into = services.models().addVersion(model, null, "ada").await();
        var sent = new ModelContent.Sent("a.gguf", null, WEIGHTS.length(), "ada");
        ModelUploads.Progress begun =
                services.uploads().begin(model, "" + into.number(), sent, true).await();
        for (int hours = 0; hours < 40; hours += 10) {
            now = now.plus(Duration.ofHours(10));
            services.uploads()
                    .append(
                            begun.id(),
                            "ada",
                            hours / 10,
                            Pieces.of(vertx, Buffer.buffer(WEIGHTS.substring(hours / 10, hours / 10 + 1)), 1))
                    .await();
            services.sweeps().run().await();
            assertThat(version(into).state()).isEqualTo(ModelState.PENDING);
        }
        now = now.plus(Duration.ofHours(25));
        services.sweeps().run().await();
        services.sweeps().run().await();
        assertThat(version(into).state()).isEqualTo(ModelState.FAILED);
        assertThat(objects.pendingUploads("models/", 10).await()).isEmpty();
    }

    private ModelVersion version(ModelVersion seen) {
        return services.models().version(model, "" + seen.number()).await();
    }
}
