package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;

import io.aiwm.controller.node.NodeStatus;
import io.aiwm.testing.TinyModels;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One node, and two versions of a model. */
@Timeout(120)
abstract class ServedModelRig {
    static final String CHAT = """
            {"name":"chat","model":{"name":"tiny","version":"stable"},
             "engine":{"type":"llamacpp","context":1024,"parallel":2}}""";

    @TempDir
    static Path models;

    static byte[] f16;
    static byte[] q8;

    @TempDir
    Path folder;

    Fleet fleet;

    @BeforeAll
    static void make() throws Exception {
        var tiny = TinyModels.in(models);
        f16 = Files.readAllBytes(tiny.file(TinyModels.F16));
        q8 = Files.readAllBytes(tiny.file(TinyModels.Q8_0));
    }

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        fleet.version("tiny", "tiny.gguf", f16);
        fleet.version("tiny", "tiny.gguf", q8);
        await(fleet.models.models().moveAlias("tiny", "stable", 1));
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    static DeploymentRequest request(JsonObject body) {
        return DeploymentRequest.of(body.copy());
    }

    Deployment create(String body) {
        return await(fleet.deployments.create(request(new JsonObject(body)), "ada"));
    }

    Deployment running(String body) {
        Deployment made = create(body);
        fleet.work(made.lastExecutionId());
        // the end of an execution reaches the deployment a moment later
        return Awaitility.await().until(() -> fleet.get(made.id()), one -> one.container() != null);
    }
}
