package io.aiwm.worker.docker;

import static io.aiwm.worker.docker.EngineFixture.await;
import static io.aiwm.worker.docker.EngineFixture.failure;
import static io.aiwm.worker.docker.EngineFixture.shell;
import static io.aiwm.worker.docker.EngineFixture.web;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.testing.TestImages;
import io.aiwm.worker.container.ContainerProbes;
import io.aiwm.worker.container.OwnedContainers;
import io.aiwm.worker.container.Specs;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Probes of each kind against the engine of this machine. */
@Timeout(120)
class ProbesIT {
    private static final JsonObject HTTP =
            new JsonObject("{\"http\":{\"path\":\"/ready\",\"port\":80},\"periodMs\":100,\"failureThreshold\":2}");
    /** A folder that is empty at each start. */
    private static final JsonArray SCRATCH = new JsonArray("[{\"target\":\"/scratch\",\"sizeBytes\":1048576}]");

    private final EngineFixture test = new EngineFixture();
    private List<DeploymentStatus> told;
    private OwnedContainers containers;

    @BeforeEach
    void watch() {
        watch(test.probes);
    }

    private void watch(ContainerProbes probes) {
        var heard = new CopyOnWriteArrayList<DeploymentStatus>();
        told = heard;
        containers = new OwnedContainers(test.vertx, test.engine, test.owner, () -> null, probes);
        containers.onStatus(heard::add);
        containers.start();
    }

    @AfterEach
    void cleanUp() {
        containers.close();
        test.close();
    }

    private DeploymentStatus heard(Predicate<DeploymentStatus> wanted) {
        Awaitility.await().atMost(EngineFixture.LIMIT).until(() -> told.stream().anyMatch(wanted));
        return told.stream().filter(wanted).findFirst().orElseThrow();
    }

    private static ContainerSpec probed(ContainerSpec spec, String kind, JsonObject probe) {
        return Specs.with(spec, "probes", new JsonObject().put(kind, probe));
    }

    private static JsonObject exec(String script) {
        return new JsonObject()
                .put(
                        "exec",
                        new JsonObject()
                                .put(
                                        "command",
                                        new JsonArray().add("sh").add("-c").add(script)))
                .put("periodMs", 500)
                .put("timeoutMs", 2_000)
                .put("failureThreshold", 1);
    }

    private void exec(String container, String script) {
        assertThat(TestImages.run(null, null, "exec", container, "sh", "-c", script)
                        .exit())
                .isZero();
    }

    private String theOnlyOne() {
        Awaitility.await().atMost(EngineFixture.LIMIT).until(() -> test.containers() == 1);
        return test.list().get(0).id();
    }

    @Test
    void http_a_step_ends_when_it_is_ready_and_readiness_comes_and_goes_without_a_restart() {
        Future<JsonObject> made = test.create("ex1.0.1", "d1", probed(web(1), "readiness", HTTP));
        String id = theOnlyOne();
        DeploymentStatus not = heard(status -> "unhealthy".equals(status.health()));
        assertThat(not.probeFailure().probe()).isEqualTo("readiness");
        assertThat(not.probeFailure().reason()).isNotBlank();
        assertThat(made.isComplete()).isFalse();

        exec(id, "touch /www/ready");
        await(made);
        assertThat(heard(status -> "healthy".equals(status.health())).probeFailure())
                .isNull();
        told.clear();
        exec(id, "rm /www/ready");
        DeploymentStatus away = heard(status -> "unhealthy".equals(status.health()));
        assertThat(away.state()).isEqualTo("running");
        assertThat(away.probeFailure().reason()).isEqualTo("HTTP 404");
        told.clear();
        exec(id, "touch /www/ready");
        assertThat(heard(status -> "healthy".equals(status.health())).restarts())
                .isZero();
        assertThat(test.container(id).restarts()).isZero();
    }

    @Test
    void http_of_a_port_that_is_not_published_goes_to_the_address_of_the_container() {
        var spec = Specs.of(TestImages.web(1), List.of("sh", "-c", "touch /www/ready; httpd -f -p 80 -h /www"), 0);
        await(test.create("ex1.0.1", "d1", probed(spec, "startup", HTTP)));
        heard(status -> "healthy".equals(status.health()));
    }

    @Test
    void tcp_nobody_behind_a_published_port_is_no_success() {
        var spec = Specs.of(
                TestImages.web(1),
                List.of("sh", "-c", "while [ ! -e /tmp/go ]; do sleep 0.1; done; httpd -f -p 80 -h /www"),
                80);
        var tcp = new JsonObject("{\"tcp\":{\"port\":80},\"periodMs\":100}");
        Future<JsonObject> made = test.create("ex1.0.1", "d1", probed(spec, "readiness", tcp));
        String id = theOnlyOne();
        assertThat(heard(status -> "unhealthy".equals(status.health()))
                        .probeFailure()
                        .reason())
                .isNotBlank();
        assertThat(made.isComplete()).isFalse();
        exec(id, "touch /tmp/go");
        await(made);
        heard(status -> "healthy".equals(status.health()));
    }

    @Test
    void exec_tells_the_exit_code_and_what_it_printed() {
        Future<JsonObject> made =
                test.create("ex1.0.1", "d1", probed(web(1), "readiness", exec("echo not yet; test -e /tmp/up")));
        String id = theOnlyOne();
        assertThat(heard(status -> "unhealthy".equals(status.health()))
                        .probeFailure()
                        .reason())
                .isEqualTo("exit code 1, not yet");
        exec(id, "touch /tmp/up");
        await(made);
    }

    @Test
    void exec_a_command_that_hangs_is_not_begun_again_beside_itself() {
        var hanging = exec("echo x >> /tmp/begun; exec sleep 600").put("timeoutMs", 100);
        test.create("ex1.0.1", "d1", probed(web(1), "readiness", hanging));
        String id = theOnlyOne();
        assertThat(heard(status -> "unhealthy".equals(status.health()))
                        .probeFailure()
                        .reason())
                .isEqualTo("its command did not end within 100 ms");
        // three more of its looks
        Awaitility.await().pollDelay(java.time.Duration.ofMillis(1_600)).until(() -> true);
        assertThat(TestImages.run(null, null, "exec", id, "cat", "/tmp/begun").output())
                .isEqualTo("x\n");
    }

    @Test
    void a_container_whose_liveness_probe_fails_is_restarted_and_told_as_such_until_it_is_well() {
        var spec = Specs.with(probed(web(1), "liveness", exec("test ! -e /scratch/sick")), "tmpfs", SCRATCH);
        String id = await(test.create("ex1.0.1", "d1", spec)).getString("containerId");
        String before = test.container(id).run().startedAt();
        exec(id, "touch /scratch/sick");
        DeploymentStatus restarting = heard(status -> "restarting".equals(status.state()));
        assertThat(restarting.probeFailure().probe()).isEqualTo("liveness");
        DeploymentStatus well = heard(status -> "healthy".equals(status.health()) && status.restarts() == 1);
        assertThat(well.probeFailure()).isNull();
        assertThat(test.container(id).run().startedAt()).isNotEqualTo(before);
        assertThat(told).extracting(DeploymentStatus::state).doesNotContain("exited", "dead");
    }

    @Test
    void one_whose_startup_probe_never_succeeds_is_restarted_and_its_step_fails_and_says_why() {
        var failing = exec("false").put("failureThreshold", 1);
        var step =
                test.create("ex1.0.1", "d1", probed(shell("trap 'exit 0' TERM; sleep 600 & wait"), "startup", failing));
        assertThat(failure(step).error.message()).contains("restarted 3 times", "its startup probe fails: exit code 1");
        assertThat(test.containers()).isZero();
    }

    @Test
    void one_that_is_stopped_while_its_liveness_probe_fails_stays_stopped() {
        var spec = probed(web(1), "liveness", exec("test ! -e /tmp/sick").put("failureThreshold", 3));
        String id = await(test.create("ex1.0.1", "d1", spec)).getString("containerId");
        exec(id, "touch /tmp/sick");
        await(test.run("deployment.stop", "ex2.0.1", "d1", null));
        heard(status -> "exited".equals(status.state()));
        // longer than its probe would take to fail
        Awaitility.await().pollDelay(java.time.Duration.ofSeconds(3)).until(() -> true);
        assertThat(test.container(id).running()).isFalse();
    }

    @Test
    void another_worker_process_goes_on_with_them_and_says_nothing_before_it_knows() {
        var spec = Specs.of(TestImages.web(1), List.of("sh", "-c", "touch /www/ready; httpd -f -p 80 -h /www"), 80);
        String id = await(test.create("ex1.0.1", "d1", probed(spec, "readiness", HTTP)))
                .getString("containerId");
        containers.close();
        Awaitility.await()
                .atMost(EngineFixture.LIMIT)
                .until(() -> !test.container(id)
                        .age(java.time.Instant.now())
                        .minusSeconds(6)
                        .isNegative());
        watch(new ContainerProbes(test.vertx, test.engine, new KeyedQueue(), Clock.systemUTC()));
        heard(status -> "healthy".equals(status.health()));
        assertThat(told.get(0).health()).isEqualTo("healthy");
        told.clear();
        exec(id, "rm /www/ready");
        heard(status -> "unhealthy".equals(status.health()));
    }
}
