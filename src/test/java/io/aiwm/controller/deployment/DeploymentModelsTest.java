package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Deployments that name a model by its name, and the engine that serves it. */
class DeploymentModelsTest extends ServedModelRig {
    private static JsonObject sentBack(Deployment shown) {
        JsonObject view = DeploymentView.of(shown);
        var body = new JsonObject();
        for (String field : List.of("name", "spec", "model", "engine", "replicas", "update", "maxPerNode")) {
            if (view.getValue(field) != null) {
                body.put(field, view.getValue(field));
            }
        }
        return body;
    }

    private static List<String> refused(Future<?> action) {
        try {
            throw new AssertionError("it succeeded with " + await(action));
        } catch (Failure failure) {
            assertThat(failure.kind).as(failure.getMessage()).isEqualTo(Failure.Kind.UNPROCESSABLE);
            return failure.errors.stream().map(Failure.FieldError::pointer).toList();
        }
    }

    @Test
    void what_is_deleted_at_the_moment_when_it_is_deployed_is_either_deployed_or_deleted() {
        for (int i = 0; i < 4; i++) {
            var made = fleet.deployments.create(request(new JsonObject(CHAT)), "ada");
            var gone = fleet.models.models().delete("tiny", false, null);
            await(Future.join(made, gone).transform(both -> Future.succeededFuture()));
            assertThat(made.succeeded() && gone.succeeded()).isFalse();
            if (made.failed()) {
                assertThat(Failure.of(made.cause()).kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
                assertThat(await(fleet.deployments.count(List.of()))).isZero();
            }
            if (gone.succeeded()) {
                return;
            }
            assertThat(Failure.of(gone.cause()).kind).isEqualTo(Failure.Kind.CONFLICT);
            assertThat(await(fleet.models.models().get("tiny")).aliases()).containsKey("stable");
            if (made.succeeded()) {
                return;
            }
        }
    }

    @Test
    void the_version_is_looked_up_once_and_stays() {
        Deployment made = create(CHAT);
        assertThat(made.model().number()).isEqualTo(1);
        assertThat(made.model().version()).isEqualTo("stable");
        assertThat(made.spec().image()).isEqualTo("engines/llama:1");
        assertThat(made.spec().command()).startsWith("-m", "/models/tiny.gguf", "-c", "2048", "-np", "2");

        await(fleet.models.models().moveAlias("tiny", "stable", 2));
        assertThat(fleet.get(made.id()).model().number()).isEqualTo(1);
        assertThat(create("{\"name\":\"a\",\"model\":{\"name\":\"tiny\"},\"engine\":{\"type\":\"llamacpp\"}}")
                        .model()
                        .number())
                .as("no version: the latest")
                .isEqualTo(2);
        String id = made.model().id();
        var byId = create(
                "{\"name\":\"a\",\"model\":{\"id\":\"" + id + "\",\"version\":1},\"engine\":{\"type\":\"llamacpp\"}}");
        assertThat(byId.model().name()).isEqualTo("tiny");
        assertThat(byId.model().number()).isEqualTo(1);
    }

    @Test
    void the_same_request_is_a_new_generation_only_when_the_alias_has_moved() {
        Deployment before = running(CHAT);
        JsonObject body = sentBack(before);
        assertThat(body.getJsonObject("model"))
                .isEqualTo(new JsonObject()
                        .put("name", "tiny")
                        .put("version", "stable")
                        .put("number", 1));
        assertThat(body.getJsonObject("spec")).as("nothing was said of it").isNull();
        await(fleet.deployments.update(before.id(), request(body), null, "ada"));
        assertThat(fleet.get(before.id()).generation()).isEqualTo(1);

        await(fleet.models.models().moveAlias("tiny", "stable", 2));
        await(fleet.deployments.update(before.id(), request(body), null, "ada"));
        Deployment after = fleet.get(before.id());
        assertThat(after.generation()).isEqualTo(2);
        assertThat(after.model().number()).isEqualTo(2);
        assertThat(after.spec().volumes().get(0).model().version()).isEqualTo("2");
        JsonObject history = RolloutView.history(after);
        assertThat(history.getJsonArray("items")
                        .getJsonObject(0)
                        .getJsonArray("diff")
                        .encode())
                .contains("\"/model/number\"", "\"/effectiveSpec/volumes/0/model/version\"")
                .doesNotContain("\"/spec");
    }

    @Test
    void other_words_for_the_same_containers_make_no_new_ones() {
        Deployment before = running(CHAT);
        JsonObject body = sentBack(before);
        body.put("model", new JsonObject().put("name", "tiny").put("version", "1"));
        body.getJsonObject("engine").put("batch", 512);
        await(fleet.deployments.update(before.id(), request(body), null, "ada"));

        Deployment after = fleet.get(before.id());
        assertThat(after.generation()).isEqualTo(1);
        assertThat(after.model().version()).isEqualTo("1");
        assertThat(after.engine().batch()).isEqualTo(512);
        assertThat(after.revision(1).made()).isEqualTo(after.made());
        assertThat(after.spec()).isEqualTo(before.spec());
    }

    @Test
    void a_patch_and_an_undo_change_what_was_asked_for() {
        Deployment before = running(CHAT.replace("\"engine\"", "\"spec\":{\"env\":{\"A\":\"b\"}},\"engine\""));
        await(fleet.deployments
                .rollouts()
                .patch(before.id(), new JsonObject("{\"engine\":{\"context\":512}}"), null, "ada"));
        Deployment after = fleet.get(before.id());
        assertThat(after.generation()).isEqualTo(2);
        assertThat(after.engine().context()).isEqualTo(512);
        assertThat(after.engine().parallel()).isEqualTo(2);
        assertThat(after.spec().command()).startsWith("-m", "/models/tiny.gguf", "-c", "1024");
        assertThat(after.spec().env()).containsEntry("A", "b");
        assertThat(after.asked()).isEqualTo(before.asked());
        assertThat(refused(fleet.deployments
                        .rollouts()
                        .patch(before.id(), new JsonObject("{\"engine\":{\"contxt\":1}}"), null, "ada")))
                .containsExactly("/engine/contxt");

        await(fleet.deployments.rollouts().undo(before.id(), null, "ada"));
        Deployment undone = fleet.get(before.id());
        assertThat(undone.generation()).isEqualTo(3);
        assertThat(undone.engine()).isEqualTo(before.engine());
        assertThat(undone.spec()).isEqualTo(before.spec());
        assertThat(undone.memory()).isEqualTo(before.memory());
    }

    @Test
    void what_the_spec_says_counts_instead_of_what_the_engine_makes() {
        Deployment made = create("""
                {"name":"chat","model":{"name":"tiny"},"engine":{"type":"vllm"},
                 "spec":{"image":"mine:1","ports":[{"containerPort":8000,"hostPort":18000}],"memoryBytes":536870912,
                         "volumes":[{"source":"cache","target":"/cache"}],"env":{"API_TOKEN":"hush"}}}""");
        assertThat(made.spec().image()).isEqualTo("mine:1");
        assertThat(made.spec().command()).startsWith("--model", "/models/tiny.gguf");
        assertThat(made.spec().ports().get(0).hostPort()).isEqualTo(18000);
        assertThat(made.spec().volumes()).hasSize(2);
        assertThat(made.spec().shmBytes()).as("no more than all").isEqualTo(536870912L);
        assertThat(made.memory()).as("memory was said").isNull();
        JsonObject shown = DeploymentView.of(made);
        assertThat(shown.getJsonObject("spec").fieldNames())
                .containsExactlyInAnyOrder("image", "ports", "memoryBytes", "volumes", "env");
        assertThat(shown.getJsonObject("effectiveSpec").getJsonArray("command")).isNotNull();
        assertThat(shown.encode()).doesNotContain("hush");

        fleet.work(made.lastExecutionId());
        await(fleet.deployments.update(made.id(), request(sentBack(fleet.get(made.id()))), null, "ada"));
        assertThat(fleet.get(made.id()).spec().env()).as("the mask keeps it").containsEntry("API_TOKEN", "hush");
    }

    @Test
    void a_secret_does_not_follow_the_image_of_the_engine_to_another_registry() {
        Deployment before =
                create(CHAT.replace("\"engine\"", "\"spec\":{\"env\":{\"API_TOKEN\":\"hush\"}},\"engine\""));
        fleet.work(before.lastExecutionId());
        JsonObject elsewhere = sentBack(fleet.get(before.id()));
        elsewhere.getJsonObject("engine").put("image", "evil.example/llama:1");
        assertThat(refused(fleet.deployments.update(before.id(), request(elsewhere), null, "ada")))
                .containsExactly("/spec/env/API_TOKEN");
    }

    @Test
    void what_cannot_be_names_the_field() {
        assertThat(refused(fleet.deployments.create(request(new JsonObject(CHAT.replace("tiny", "none"))), "ada")))
                .containsExactly("/model/name");
        assertThat(refused(fleet.deployments.create(request(new JsonObject(CHAT.replace("stable", "9"))), "ada")))
                .containsExactly("/model/version");
        var open = await(fleet.models.models().named("open", null, "ada"));
        await(fleet.models.models().addVersion(open, null, "ada"));
        String unready = CHAT.replace("tiny", "open").replace("stable", "1");
        assertThat(refused(fleet.deployments.create(request(new JsonObject(unready)), "ada")))
                .containsExactly("/model/version");
        assertThat(refused(fleet.deployments.create(request(new JsonObject(CHAT.replace("llamacpp", "tgi"))), "ada")))
                .containsExactly("/engine/type");
        String volume = CHAT.replace("\"engine\"", "\"spec\":{\"volumes\":[{\"target\":\"/x\"}]},\"engine\"");
        assertThat(refused(fleet.deployments.create(request(new JsonObject(volume)), "ada")))
                .containsExactly("/spec/volumes/1/source");
        assertThat(await(fleet.deployments.count(List.of()))).isZero();
    }

    @Test
    void a_version_that_is_needed_is_deleted_by_force_alone() {
        Deployment made = running(CHAT);
        var tiny = await(fleet.models.models().get("tiny"));
        await(fleet.models.models().removeAlias("tiny", "stable"));
        for (Future<Void> deletion : List.of(
                fleet.models.models().delete("tiny", false, null),
                fleet.models.models().deleteVersion(tiny, "1", false))) {
            Failure refused =
                    org.assertj.core.api.Assertions.catchThrowableOfType(Failure.class, () -> await(deletion));
            assertThat(refused.kind).isEqualTo(Failure.Kind.CONFLICT);
            assertThat(refused.getMessage()).contains("deployment chat (" + made.id() + ")");
        }
        await(fleet.models.models().deleteVersion(tiny, "2", false));
        await(fleet.models.models().deleteVersion(tiny, "1", true));
        await(fleet.models.models().delete("tiny", true, null));
    }

    @Test
    void a_record_of_before_names_no_engine_and_is_the_same_deployment() {
        var stored = new JsonObject("""
                {"id":"dep_1","version":4,"name":"web","spec":{"image":"web:1"},"model":{"url":"https://h/m"},
                 "placement":{"onNodeLost":"reschedule"},"replicas":0,"desired":"RUNNING","status":"STOPPED",
                 "instances":[],"nodeIds":[],"generation":1,"goodGeneration":1,
                 "revisions":[{"generation":1,"spec":{"image":"web:1"},"model":{"url":"https://h/m"}}],
                 "actor":"admin","createdAt":"2026-11-20T00:00:00.000Z","updatedAt":"2026-11-20T00:00:00.000Z"}""");
        await(fleet.store.insert("deployments", new DocumentStore.Document("dep_1", 4, stored.encode())));

        Deployment read = fleet.get("dep_1");
        Revision first = read.revision(1);
        assertThat(read.engine()).isNull();
        assertThat(first.made()).isEqualTo(read.made());
        assertThat(read.modelIds()).isEmpty();
        assertThat(DeploymentView.of(read).fieldNames()).doesNotContain("engine", "effectiveSpec", "estimate");
        JsonObject body = sentBack(read);
        await(fleet.deployments.update("dep_1", request(body), null, "ada"));
        assertThat(fleet.get("dep_1").generation()).isEqualTo(1);
    }
}
