package io.aiwm.worker.docker;

import static io.aiwm.worker.docker.EngineFixture.await;
import static io.aiwm.worker.docker.EngineFixture.failure;
import static io.aiwm.worker.docker.EngineFixture.page;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.testing.TestImages;
import io.aiwm.testing.TestRegistry;
import io.aiwm.worker.container.Specs;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A restart that pulls, against the engine of this machine and a registry beside it. */
@Timeout(120)
class PullingRestartIT {
    private static final String SCRIPT =
            "echo row >> /rows; trap 'exit 0' TERM; httpd -p 80 -h /www; while true; do sleep 0.1; done";

    @TempDir
    Path folder;

    private final EngineFixture test = new EngineFixture();
    private TestRegistry registry;
    private String image;

    /** The tag is version 1 on the node, and version 1 runs. */
    @BeforeEach
    void open() {
        registry = new TestRegistry(folder);
        image = registry.name("web:tip");
        registry.push(TestImages.web(1), image);
    }

    @AfterEach
    void cleanUp() {
        test.close();
        registry.close();
    }

    /** The tag is version 2 in the registry, and still version 1 on the node. */
    private void moveInRegistry() {
        registry.push(TestImages.web(2), image);
        registry.tag(TestImages.web(1), image);
    }

    private ContainerSpec spec() {
        return Specs.of(image, List.of("sh", "-c", SCRIPT), 80);
    }

    private Future<JsonObject> restart(String commandId, ContainerSpec spec) {
        var command = EngineFixture.command(
                commandId, CommandNames.DEPLOYMENT_UPDATE, "d1", spec.alwaysPulled(), Future.future(never -> {}));
        command.data().put("restart", true);
        return EngineFixture.run(test.deployments, command);
    }

    private static long starts(JsonObject output) {
        return TestImages.run(null, null, "exec", output.getString("containerId"), "cat", "/rows")
                .output()
                .lines()
                .filter("row"::equals)
                .count();
    }

    @Test
    void it_replaces_the_container_when_the_tag_was_moved_and_once_only() {
        JsonObject first = await(test.create("ex1.0.1", "d1", spec()));
        moveInRegistry();
        JsonObject second = await(restart("ex2.0.1", spec()));
        assertThat(page(second)).isEqualTo("aiwm test web 2\n");
        assertThat(second.getString("imageId")).isNotEqualTo(first.getString("imageId"));
        assertThat(test.containers()).isEqualTo(1);

        assertThat(await(restart("ex2.0.1", spec()))).isEqualTo(second);
        assertThat(starts(second)).isEqualTo(1);
    }

    @Test
    void it_restarts_the_container_as_it_is_when_the_tag_was_not_moved_whatever_the_pull_policy() {
        ContainerSpec spec = Specs.with(spec(), "pullPolicy", "never");
        JsonObject first = await(test.create("ex1.0.1", "d1", spec));
        JsonObject second = await(restart("ex2.0.1", spec));
        assertThat(second.getString("containerId")).isEqualTo(first.getString("containerId"));
        assertThat(second.getString("commandId")).isEqualTo("ex1.0.1");
        assertThat(starts(second)).isEqualTo(2);
        assertThat(test.containers()).isEqualTo(1);
    }

    @Test
    void a_start_after_it_goes_on_with_the_container_it_made() {
        await(test.create("ex1.0.1", "d1", spec()));
        moveInRegistry();
        JsonObject second = await(restart("ex2.0.1", spec()));
        await(test.run(CommandNames.DEPLOYMENT_STOP, "ex3.0.1", "d1", null));
        var start = EngineFixture.command(
                "ex4.0.1", CommandNames.DEPLOYMENT_CREATE, "d1", spec(), Future.future(never -> {}));
        start.data().put("madeBy", second.getString("commandId"));
        JsonObject third = await(EngineFixture.run(test.deployments, start));
        assertThat(third.getString("containerId")).isEqualTo(second.getString("containerId"));
        assertThat(starts(third)).isEqualTo(2);
    }

    @Test
    void a_registry_that_does_not_answer_is_said_so_and_the_container_runs_on() {
        JsonObject first = await(test.create("ex1.0.1", "d1", spec()));
        moveInRegistry();
        registry.stop();
        var refused = failure(restart("ex2.0.1", spec()));
        assertThat(refused.error.category()).isEqualTo(ErrorCategory.IMAGE_PULL);
        assertThat(refused.error.message()).contains("cannot pull image " + image);
        assertThat(page(first)).isEqualTo("aiwm test web 1\n");
        assertThat(starts(first)).as("starts").isEqualTo(1);
        assertThat(test.containers()).isEqualTo(1);
    }

    @Test
    void a_new_image_that_does_not_come_up_leaves_the_container_before_running() {
        String check = "grep -q 'web 1' /www/index.html || { echo no licence for this version; exit 7; }; ";
        ContainerSpec spec = Specs.of(image, List.of("sh", "-c", check + SCRIPT), 80);
        JsonObject first = await(test.create("ex1.0.1", "d1", spec));
        moveInRegistry();
        var refused = failure(restart("ex2.0.1", spec));
        assertThat(refused.error.message())
                .contains("no licence for this version")
                .contains("runs again");
        assertThat(test.list())
                .singleElement()
                .satisfies(left -> assertThat(left.id()).isEqualTo(first.getString("containerId")));
        assertThat(test.container(first.getString("containerId")).running()).isTrue();
    }
}
