package io.aiwm.worker.docker;

import static io.aiwm.worker.docker.EngineFixture.await;
import static io.aiwm.worker.docker.EngineFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.testing.TestImages;
import io.aiwm.worker.container.EngineState;
import io.aiwm.worker.container.OwnedContainers;
import io.aiwm.worker.container.Specs;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An engine that is killed and comes back, with live-restore as the worker's manual asks for and without. */
@Timeout(180)
class EngineRestartIT {
    private Path folder;
    private Process daemon;
    private EngineFixture test;
    private OwnedContainers containers;
    private final List<DeploymentStatus> told = new CopyOnWriteArrayList<>();

    @BeforeEach
    void prepare() throws IOException {
        Assumptions.assumeTrue(Files.isWritable(Path.of("/var/lib")), "an engine of its own needs root");
        // Short: a socket's path may have 108 characters at most.
        folder = Files.createTempDirectory(Path.of("/tmp"), "aiwm-engine");
    }

    private String socket() {
        return folder.resolve("docker.sock").toString();
    }

    private void start(boolean liveRestore) throws IOException {
        // Left by a killed daemon. Where nobody reaps orphans the dead ones still count as running, and it would wait.
        Files.deleteIfExists(folder.resolve("docker.pid"));
        Files.deleteIfExists(folder.resolve("exec/containerd/containerd.pid"));
        // In a network of its own: a daemon without a bridge removes docker0, which belongs to the machine's daemon.
        var command = new ProcessBuilder(
                "unshare",
                "--net",
                "dockerd",
                "--data-root=" + folder.resolve("data"),
                "--exec-root=" + folder.resolve("exec"),
                "--pidfile=" + folder.resolve("docker.pid"),
                "--host=unix://" + socket(),
                "--bridge=none",
                "--iptables=false",
                "--ip-forward=false",
                "--ip-masq=false",
                "--live-restore=" + liveRestore);
        daemon = command.redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start();
        Awaitility.await()
                .atMost(EngineFixture.LIMIT)
                .until(() ->
                        TestImages.run("unix://" + socket(), null, "version").exit() == 0);
    }

    private void watch() {
        test = new EngineFixture(socket());
        containers = new OwnedContainers(test.vertx, test.engine, test.owner, () -> null, test.probes);
        containers.onStatus(told::add);
        containers.start();
    }

    private ContainerSpec offline(String script) {
        String image = TestImages.web("unix://" + socket(), 1);
        return Specs.with(Specs.of(image, List.of("sh", "-c", script), 0), "networkMode", "none");
    }

    private void heard(Predicate<DeploymentStatus> wanted) {
        Awaitility.await().atMost(EngineFixture.LIMIT).until(() -> told.stream().anyMatch(wanted));
    }

    @AfterEach
    void cleanUp() throws Exception {
        if (containers != null) {
            containers.close();
        }
        if (test != null) {
            test.close();
        }
        if (daemon != null) {
            daemon.destroy();
            daemon.waitFor(30, TimeUnit.SECONDS);
        }
        if (folder != null) {
            // A daemon that did not end well leaves its mounts.
            String script =
                    "grep -o ' " + folder + "[^ ]*' /proc/mounts | sort -r | xargs -r umount -l; rm -rf " + folder;
            new ProcessBuilder("sh", "-c", script).start().waitFor(30, TimeUnit.SECONDS);
        }
    }

    private void kill() throws InterruptedException {
        daemon.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    @Test
    void probes_go_on_when_the_engine_is_back_and_say_nothing_while_it_is_away() throws Exception {
        start(true);
        watch();
        var probes = new JsonObject("{\"readiness\":{\"exec\":{\"command\":[\"test\",\"!\",\"-e\",\"/tmp/sick\"]},"
                + "\"periodMs\":500,\"timeoutMs\":5000,\"failureThreshold\":1}}");
        String id = await(test.create(
                        "ex1.0.1", "d1", Specs.with(offline("trap 'exit 0' TERM; sleep 600 & wait"), "probes", probes)))
                .getString("containerId");
        heard(status -> "healthy".equals(status.health()));
        kill();
        start(true);
        assertThat(told).noneMatch(status -> "unhealthy".equals(status.health()));
        TestImages.run("unix://" + socket(), null, "exec", id, "touch", "/tmp/sick");
        heard(status -> "unhealthy".equals(status.health()) && "running".equals(status.state()));
        assertThat(test.container(id).restarts()).isZero();
    }

    @Test
    void with_live_restore_containers_run_on_and_an_exit_meanwhile_is_told() throws Exception {
        start(true);
        watch();
        JsonObject runs = await(test.create("ex1.0.1", "d1", offline("trap 'exit 0' TERM; sleep 600 & wait")));
        String ends = await(
                        test.create("ex2.0.1", "d2", offline("while [ ! -e /tmp/end ]; do sleep 0.1; done; exit 7")))
                .getString("containerId");
        heard(status -> "d2".equals(status.deploymentId()) && "running".equals(status.state()));
        String pid = TestImages.run("unix://" + socket(), null, "inspect", "-f", "{{.State.Pid}}", ends)
                .output()
                .strip();
        kill();
        assertThat(failure(test.run(CommandNames.DEPLOYMENT_STOP, "ex9.0.1", "d1", null))
                        .error
                        .category())
                .isEqualTo(ErrorCategory.ENGINE_UNREACHABLE);
        Files.createFile(Path.of("/proc", pid, "root", "tmp", "end"));
        Awaitility.await().atMost(EngineFixture.LIMIT).until(() -> !Files.exists(Path.of("/proc", pid)));
        start(true);
        heard(status -> ends.equals(status.containerId())
                && "exited".equals(status.state())
                && Integer.valueOf(7).equals(status.exitCode()));
        assertThat(test.container(runs.getString("containerId")).state()).isEqualTo(EngineState.RUNNING);
        await(test.run(CommandNames.DEPLOYMENT_DELETE, "ex3.0.1", "d1", null));
        heard(status -> "d1".equals(status.deploymentId()) && "removed".equals(status.state()));
        assertThat(told)
                .noneMatch(status -> "d1".equals(status.deploymentId())
                        && "exited".equals(status.state())
                        && status.exitCode() == 137);
    }

    @Test
    void without_live_restore_what_the_restart_killed_is_told_and_events_come_again() throws Exception {
        start(false);
        watch();
        String id = await(test.create("ex1.0.1", "d1", offline("sleep 600"))).getString("containerId");
        heard(status -> "running".equals(status.state()));
        kill();
        start(false);
        heard(status -> id.equals(status.containerId()) && "exited".equals(status.state()) && status.exitCode() != 0);
        await(test.run(CommandNames.DEPLOYMENT_RESTART, "ex2.0.1", "d1", null));
        told.clear();
        TestImages.run("unix://" + socket(), null, "kill", id);
        heard(status -> "exited".equals(status.state()) && status.exitCode() == 137);
    }

    @Test
    void what_was_stopped_stays_stopped_and_what_runs_runs_again_whoever_made_it() throws Exception {
        start(false);
        watch();
        ContainerSpec always = Specs.with(offline("sleep 600"), "restartPolicy", "always");
        String runs = made("d1", always);
        String stopped = made("d2", always);
        String startedAgain = made("d3", Specs.with(always, "restartPolicy", "unless-stopped"));
        await(test.run(CommandNames.DEPLOYMENT_STOP, "ex2.0.1", "d2", null));
        await(test.run(CommandNames.DEPLOYMENT_STOP, "ex3.0.1", "d3", null));
        await(test.run(CommandNames.DEPLOYMENT_RESTART, "ex4.0.1", "d3", null));
        kill();
        start(false);
        Awaitility.await()
                .atMost(EngineFixture.LIMIT)
                .until(() -> test.container(runs).running()
                        && test.container(startedAgain).running());
        assertThat(test.container(stopped).state()).isEqualTo(EngineState.EXITED);
        assertThat(await(test.run(CommandNames.DEPLOYMENT_RESTART, "ex5.0.1", "d2", null))
                        .getString("state"))
                .isEqualTo("running");
    }

    private String made(String deployment, ContainerSpec spec) {
        return await(test.create("ex-" + deployment + ".0.1", deployment, spec)).getString("containerId");
    }
}
