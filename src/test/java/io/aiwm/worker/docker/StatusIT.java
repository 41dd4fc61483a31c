package io.aiwm.worker.docker;

import static io.aiwm.worker.docker.EngineFixture.await;
import static io.aiwm.worker.docker.EngineFixture.shell;
import static io.aiwm.worker.docker.EngineFixture.web;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.testing.TestImages;
import io.aiwm.worker.container.EngineState;
import io.aiwm.worker.container.OwnedContainers;
import io.aiwm.worker.container.Specs;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the worker tells about its containers, against the engine of this machine. */
@Timeout(120)
class StatusIT {
    private final EngineFixture test = new EngineFixture();
    private final List<DeploymentStatus> told = new CopyOnWriteArrayList<>();
    private OwnedContainers containers;

    private OwnedContainers watch() {
        return watch(Duration.ofSeconds(30));
    }

    private OwnedContainers watch(Duration compareEvery) {
        containers = new OwnedContainers(test.vertx, test.engine, test.owner, () -> null, test.probes, compareEvery);
        containers.onStatus(told::add);
        containers.start();
        return containers;
    }

    @AfterEach
    void cleanUp() {
        if (containers != null) {
            containers.close();
        }
        test.close();
    }

    private DeploymentStatus heard(Predicate<DeploymentStatus> wanted) {
        Awaitility.await().atMost(EngineFixture.LIMIT).until(() -> told.stream().anyMatch(wanted));
        return told.stream().filter(wanted).findFirst().orElseThrow();
    }

    @Test
    void a_program_that_ends_is_told_with_its_exit_code() {
        watch();
        await(test.create("ex1.0.1", "d1", shell("trap 'exit 5' TERM; sleep 2 & wait; exit 5")));
        DeploymentStatus ended = heard(status -> "exited".equals(status.state()));
        assertThat(ended.exitCode()).isEqualTo(5);
        assertThat(ended.commandId()).isEqualTo("ex1.0.1");
        assertThat(ended.deploymentId()).isEqualTo("d1");
        assertThat(ended.oomKilled()).isNull();
        assertThat(told.get(0).state()).isIn("created", "running");
    }

    @Test
    void one_that_the_engine_restarts_is_told_as_restarting_with_its_code_while_it_runs_in_between_too() {
        watch();
        String script =
                "if [ -e /tmp/b ]; then sleep 600; elif [ -e /tmp/a ]; then touch /tmp/b; else touch /tmp/a; fi; exit 4";
        String id = await(test.create("ex1.0.1", "d1", Specs.with(shell(script), "restartPolicy", "always")))
                .getString("containerId");
        Awaitility.await()
                .atMost(EngineFixture.LIMIT)
                .until(() ->
                        test.container(id).restarts() == 2 && test.container(id).state() == EngineState.RUNNING);
        assertThat(heard(status -> status.restarts() == 2).state()).isEqualTo("restarting");
        assertThat(told)
                .filteredOn(status -> status.restarts() > 0 && "restarting".equals(status.state()))
                .extracting(DeploymentStatus::exitCode)
                .containsOnly(4);
        heard(status -> status.restarts() == 2 && "running".equals(status.state()));
    }

    @Test
    void a_container_killed_from_outside_is_told() {
        watch();
        String id = await(test.create("ex1.0.1", "d1", web(1))).getString("containerId");
        TestImages.run(null, null, "kill", id);
        assertThat(heard(status -> "exited".equals(status.state())).exitCode()).isEqualTo(137);
        TestImages.run(null, null, "rm", id);
        assertThat(heard(status -> "removed".equals(status.state())).containerId())
                .isEqualTo(id);
    }

    @Test
    void a_program_that_needs_too_much_memory_is_told_as_such() {
        watch();
        // tail keeps everything up to the first line break; of zeroes there is none
        await(test.create(
                "ex1.0.1",
                "d1",
                Specs.with(shell("sleep 1; head -c 200000000 /dev/zero | tail"), "memoryBytes", 16L << 20)));
        assertThat(heard(status -> Boolean.TRUE.equals(status.oomKilled())).deploymentId())
                .isEqualTo("d1");
    }

    @Test
    void health_is_told_when_it_changes() {
        watch();
        var check = new io.vertx.core.json.JsonObject()
                .put("command", new io.vertx.core.json.JsonArray().add("test ! -e /tmp/sick"))
                .put("intervalMs", 200)
                .put("retries", 1);
        String id = await(test.create("ex1.0.1", "d1", Specs.with(web(1), "healthCheck", check)))
                .getString("containerId");
        heard(status -> "healthy".equals(status.health()));
        TestImages.run(null, null, "exec", id, "touch", "/tmp/sick");
        heard(status -> "unhealthy".equals(status.health()));
    }

    @Test
    void a_tag_that_is_moved_on_the_node_is_told() {
        String tag = "aiwm-test/moved:" + System.nanoTime();
        TestImages.run(null, null, "tag", TestImages.web(1), tag);
        try {
            watch(Duration.ofMillis(500)); // the engine says nothing of a tag
            await(test.create("ex1.0.1", "d1", Specs.of(tag, List.of(), 80)));
            DeploymentStatus first = heard(status -> "running".equals(status.state()));
            assertThat(first.imageId()).startsWith("sha256:").isEqualTo(first.tagImageId());

            TestImages.run(null, null, "tag", TestImages.web(2), tag);
            DeploymentStatus moved = heard(status -> !first.tagImageId().equals(status.tagImageId()));
            assertThat(moved.imageId()).isEqualTo(first.imageId());
            assertThat(moved.tagImageId()).startsWith("sha256:");
            assertThat(moved.state()).isEqualTo("running");
        } finally {
            TestImages.run(null, null, "image", "rm", tag);
        }
    }

    @Test
    void a_new_worker_process_takes_up_what_runs_and_what_ended_meanwhile() {
        String runs = await(test.create("ex1.0.1", "d1", web(1))).getString("containerId");
        String ended = await(test.create("ex2.0.1", "d2", web(1))).getString("containerId");
        TestImages.run(null, null, "kill", ended);
        watch();
        heard(status -> status.containerId().equals(runs) && "running".equals(status.state()));
        heard(status -> status.containerId().equals(ended) && status.exitCode() == 137);
        assertThat(await(containers.running()))
                .extracting("containerId", "deploymentId", "commandId", "state")
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(runs, "d1", "ex1.0.1", "running"),
                        org.assertj.core.groups.Tuple.tuple(ended, "d2", "ex2.0.1", "exited"));
    }

    @Test
    void containers_of_others_are_neither_listed_nor_stopped() {
        watch();
        try (var other = new EngineFixture()) {
            String foreign = await(other.create("ex1.0.1", "d1", web(1))).getString("containerId");
            await(test.create("ex1.0.2", "d1", web(1)));
            assertThat(await(containers.running()))
                    .singleElement()
                    .satisfies(ours -> assertThat(ours.containerId()).isNotEqualTo(foreign));
            await(containers.stop(foreign, "test"));
            await(test.run(CommandNames.DEPLOYMENT_DELETE, "ex2.0.1", "d1", null));
            assertThat(other.container(foreign).state()).isEqualTo(EngineState.RUNNING);
            assertThat(told).noneMatch(status -> status.containerId().equals(foreign));
        }
    }

    @Test
    void an_unwanted_container_is_stopped_and_removed_once_and_again() {
        watch();
        String id = await(test.create("ex1.0.1", "d1", shell("trap 'exit 0' TERM; sleep 60 & wait")))
                .getString("containerId");
        await(containers.stop(id, "its attempt is closed"));
        await(containers.stop(id, "its attempt is closed"));
        assertThat(test.containers()).isZero();
        heard(status -> "removed".equals(status.state()));
    }

    @Test
    void usage_and_engine_are_measured() {
        watch();
        await(test.create("ex1.0.1", "d1", web(1)));
        assertThat(await(containers.stats(true))).singleElement().satisfies(stats -> {
            assertThat(stats.deploymentId()).isEqualTo("d1");
            assertThat(stats.memoryUsedBytes()).isPositive();
            assertThat(stats.memoryLimitBytes()).isEqualTo(256L << 20);
            assertThat(stats.cpuUsage()).isNotNull();
            assertThat(stats.replica()).isZero();
            assertThat(stats.restarts()).isZero();
        });
        assertThat(await(containers.info())).satisfies(info -> {
            assertThat(info.reachable()).isTrue();
            assertThat(info.runtimes()).contains("runc");
        });
    }

    @Test
    void an_engine_that_is_not_there_is_said_so_and_measures_nothing() {
        try (var nobody = new EngineFixture("/tmp/no-such-engine.sock")) {
            var absent = new OwnedContainers(nobody.vertx, nobody.engine, nobody.owner, () -> null, nobody.probes);
            assertThat(await(absent.info())).satisfies(info -> {
                assertThat(info.reachable()).isFalse();
                assertThat(info.error()).contains("check that it runs");
            });
            assertThat(await(absent.stats(false))).isEmpty();
        }
    }
}
