package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.testing.TinyModels;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What of an engine's deployment is made again by a patch, what takes the place of what was made, and what is not measured. */
@Timeout(120)
class MadeAgainTest {
    private static final String CHAT = """
            {"name":"chat","model":{"name":"tiny","version":"stable"},
             "engine":{"type":"llamacpp","context":1024,"parallel":2}}""";

    @TempDir
    Path folder;

    private Fleet fleet;

    @BeforeEach
    void open() throws Exception {
        var tiny = TinyModels.in(folder.resolve("tiny"));
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        fleet.version("tiny", "tiny.gguf", Files.readAllBytes(tiny.file(TinyModels.F16)));
        fleet.version("tiny", "tiny.gguf", Files.readAllBytes(tiny.file(TinyModels.Q8_0)));
        await(fleet.models.models().moveAlias("tiny", "stable", 1));
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private Deployment create(JsonObject body) {
        return await(fleet.deployments.create(DeploymentRequest.of(body), "ada"));
    }

    private Deployment running(JsonObject body) {
        Deployment made = create(body);
        fleet.work(made.lastExecutionId());
        return Awaitility.await().until(() -> fleet.get(made.id()), now -> now.container() != null);
    }

    private Deployment patched(String id, String patch) {
        await(fleet.deployments.rollouts().patch(id, new JsonObject(patch), null, "ada"));
        return fleet.get(id);
    }

    @Test
    void a_patch_of_something_else_keeps_what_the_alias_meant() {
        Deployment made = running(new JsonObject(CHAT));
        await(fleet.models.models().moveAlias("tiny", "stable", 2));

        Deployment renamed = patched(made.id(), "{\"name\":\"talk\",\"update\":{\"drainSeconds\":5}}");
        assertThat(renamed.name()).isEqualTo("talk");
        assertThat(renamed.generation()).isEqualTo(1);
        assertThat(renamed.model().number()).isEqualTo(1);

        Deployment wider = patched(made.id(), "{\"engine\":{\"context\":2048}}");
        assertThat(wider.generation()).isEqualTo(2);
        assertThat(wider.model().number()).isEqualTo(1);
        assertThat(wider.model().version()).isEqualTo("stable");
        fleet.work(fleet.get(made.id()).lastExecutionId());

        Deployment moved = patched(made.id(), "{\"model\":{\"version\":\"stable\"}}");
        assertThat(moved.model().number()).isEqualTo(2);
    }

    @Test
    void a_patch_of_something_else_does_not_need_the_alias() {
        Deployment made = running(new JsonObject(CHAT));
        await(fleet.models.models().removeAlias("tiny", "stable"));
        assertThat(patched(made.id(), "{\"name\":\"talk\"}").name()).isEqualTo("talk");
    }

    @Test
    void a_probe_of_another_kind_takes_the_place_of_the_one_that_was_made_and_an_empty_one_takes_it_away() {
        var probes = new JsonObject("""
                {"liveness":{"tcp":{"port":8080}},"readiness":{},"startup":{"http":{"path":"/v1/health"},"periodMs":2000}}""");
        Deployment made = create(new JsonObject(CHAT).put("spec", new JsonObject().put("probes", probes)));
        var spec = made.spec().probes();
        assertThat(spec.liveness().tcp().port()).isEqualTo(8080);
        assertThat(spec.liveness().http()).isNull();
        assertThat(spec.readiness()).isNull();
        assertThat(spec.startup().http().path()).isEqualTo("/v1/health");
        assertThat(spec.startup().http().port()).isEqualTo(8080);
        assertThat(spec.startup().periodMs()).isEqualTo(2000);
    }

    @Test
    void an_engine_that_takes_a_part_of_each_gpu_has_them_whole() {
        var onGpus = new JsonObject().put("gpus", new JsonObject().put("count", 2));
        assertThat(gpusOf(create(new JsonObject(CHAT).put("spec", onGpus))).memoryBytes())
                .isPositive();
        var vllm = new JsonObject().put("type", "vllm");
        Requires.Gpus whole = gpusOf(
                create(new JsonObject(CHAT).put("name", "v").put("engine", vllm).put("spec", onGpus)));
        assertThat(whole.count()).isEqualTo(2);
        assertThat(whole.memoryBytes()).isNull();
    }

    private static Requires.Gpus gpusOf(Deployment made) {
        return ReplicaPlans.of(made.instance(0)).steps().get(0).requires().gpus();
    }

    @Test
    void what_was_started_with_other_arguments_is_not_measured() {
        var serving = new ServedVersions(fleet.deployments);
        var args = new JsonObject(CHAT);
        args.getJsonObject("engine")
                .put("args", new io.vertx.core.json.JsonArray().add("-c").add("131072"));
        Deployment made = running(args);
        assertThat(await(serving.by(made.id(), made.container().containerId()))).isNull();
        Deployment plain = running(new JsonObject(CHAT).put("name", "plain"));
        assertThat(await(serving.by(plain.id(), plain.container().containerId())))
                .isNotNull();
    }
}
