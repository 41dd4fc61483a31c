package io.aiwm.worker.docker;

import static io.aiwm.worker.docker.EngineFixture.await;
import static io.aiwm.worker.docker.EngineFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Json;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentCommandBuilder;
import io.aiwm.testing.FakeVllm;
import io.aiwm.testing.TestImages;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.container.EngineState;
import io.aiwm.worker.container.OwnedContainers;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Engines that are put to sleep and woken in their containers, by an engine of this machine and a fake of vLLM. */
@Timeout(120)
class EngineSleepIT {
    private final EngineFixture test = new EngineFixture();
    private final CopyOnWriteArrayList<String> healths = new CopyOnWriteArrayList<>();
    private final OwnedContainers containers =
            new OwnedContainers(test.vertx, test.engine, test.owner, () -> null, test.probes);
    private String id;
    private int port;

    @AfterEach
    void cleanUp() {
        containers.close();
        test.close();
    }

    private void made(String... env) {
        containers.onStatus(status -> healths.add(status.state() + " "
                + status.health()
                + (status.probeFailure() == null
                        ? ""
                        : " " + status.probeFailure().probe())));
        containers.start();
        var all = new JsonObject().put("SAYS", "qwen").put("HELD", "80").put("REST", "2");
        for (String one : env) {
            int equals = one.indexOf('=');
            all.put(one.substring(0, equals), one.substring(equals + 1));
        }
        var spec = Json.decode(FakeVllm.container().put("env", all), ContainerSpec.class);
        JsonObject output = await(test.create("ex1.0.1", "d1", spec));
        id = output.getString("containerId");
        port = output.getJsonArray("ports").getJsonObject(0).getInteger("hostPort");
    }

    private Future<JsonObject> order(String name, String commandId) {
        var data = DeploymentCommandBuilder.builder()
                .deploymentId("d1")
                .deploymentName("d1")
                .replica(0)
                .graceMs(300L)
                .build()
                .at(FakeVllm.PORT);
        return EngineFixture.run(
                test.deployments,
                new Command(
                        commandId,
                        name,
                        Json.toObject(data),
                        Instant.now().plusSeconds(60),
                        (percent, words) -> {},
                        Future.future(never -> {})));
    }

    private JsonObject held() {
        try {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/held"))
                    .build();
            return new JsonObject(HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body());
        } catch (IOException | InterruptedException cause) {
            throw new IllegalStateException(cause);
        }
    }

    private static String inspected(String container, String what) {
        return TestImages.run(System.getenv("DOCKER_HOST"), null, "inspect", "-f", "{{" + what + "}}", container)
                .output()
                .strip();
    }

    @Test
    void it_gives_its_gpu_back_and_takes_it_again_in_the_same_run() {
        made();
        String startedAt = inspected(id, ".State.StartedAt");
        JsonObject slept = await(order(CommandNames.DEPLOYMENT_SLEEP, "ex2.0.1"));
        assertThat(slept.getString("containerId")).isEqualTo(id);
        assertThat(held().getInteger("held")).isEqualTo(2);
        assertThat(inspected(id, ".HostConfig.RestartPolicy.Name")).isEqualTo("no");
        await(order(CommandNames.DEPLOYMENT_SLEEP, "ex2.0.2"));
        assertThat(held().getInteger("sleeps")).isEqualTo(1);

        await(order(CommandNames.DEPLOYMENT_WAKE, "ex3.0.1"));
        await(order(CommandNames.DEPLOYMENT_WAKE, "ex3.0.2"));
        assertThat(held().getInteger("held")).isEqualTo(80);
        assertThat(held().getInteger("wakes")).isEqualTo(1);
        assertThat(inspected(id, ".HostConfig.RestartPolicy.Name")).isEqualTo("always");
        assertThat(inspected(id, ".State.StartedAt")).isEqualTo(startedAt);
    }

    @Test
    void one_that_ends_while_it_sleeps_is_not_started_again_with_the_gpu_of_others() {
        made();
        await(order(CommandNames.DEPLOYMENT_SLEEP, "ex2.0.1"));
        String pid = inspected(id, ".State.Pid");
        // as a crash: to the engine a kill that it was asked for is a stop
        assertThat(ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroyForcibly())
                .isTrue();
        Awaitility.await().until(() -> healths.stream().anyMatch(one -> one.startsWith("exited")));
        assertThat(inspected(id, ".RestartCount")).isEqualTo("0");
        assertThat(test.container(id).state()).isEqualTo(EngineState.EXITED);
        assertThat(failure(order(CommandNames.DEPLOYMENT_WAKE, "ex3.0.1")).error.message())
                .contains("no container that runs");
    }

    @Test
    void its_probes_do_not_restart_it_while_it_sleeps() {
        made("UNWELL=1");
        await(order(CommandNames.DEPLOYMENT_SLEEP, "ex2.0.1"));
        String startedAt = inspected(id, ".State.StartedAt");
        Awaitility.await().until(() -> healths.contains("running unhealthy liveness"));
        int before = healths.size();
        await(order(CommandNames.DEPLOYMENT_WAKE, "ex3.0.1"));
        Awaitility.await().until(() -> healths.subList(before, healths.size()).contains("running healthy"));
        assertThat(inspected(id, ".State.StartedAt")).isEqualTo(startedAt);
    }

    @Test
    void one_that_does_not_fall_asleep_serves_as_before() {
        made("STUCK=/sleep");
        assertThat(failure(order(CommandNames.DEPLOYMENT_SLEEP, "ex2.0.1"))
                        .error
                        .message())
                .isEqualTo("the engine did not go to sleep: /sleep?level=1 answers with 500");
        assertThat(held().getInteger("held")).isEqualTo(80);
        assertThat(inspected(id, ".HostConfig.RestartPolicy.Name")).isEqualTo("always");
    }

    @Test
    void one_that_does_not_wake_is_stopped_so_that_it_holds_nothing() {
        made("STUCK=/wake_up");
        await(order(CommandNames.DEPLOYMENT_SLEEP, "ex2.0.1"));
        var refused = failure(order(CommandNames.DEPLOYMENT_WAKE, "ex3.0.1"));
        assertThat(refused.error.message()).isEqualTo("the engine was not woken: /wake_up answers with 500");
        assertThat(refused.error.retryable()).isFalse();
        assertThat(test.container(id).state()).isEqualTo(EngineState.EXITED);
    }
}
