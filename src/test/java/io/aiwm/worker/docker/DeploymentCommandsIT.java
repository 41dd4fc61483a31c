package io.aiwm.worker.docker;

import static io.aiwm.worker.docker.EngineFixture.await;
import static io.aiwm.worker.docker.EngineFixture.failure;
import static io.aiwm.worker.docker.EngineFixture.page;
import static io.aiwm.worker.docker.EngineFixture.shell;
import static io.aiwm.worker.docker.EngineFixture.web;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.testing.TestImages;
import io.aiwm.worker.container.ContainerLabels;
import io.aiwm.worker.container.EngineContainer;
import io.aiwm.worker.container.EngineState;
import io.aiwm.worker.container.Specs;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The deployment commands against the engine of this machine. */
@Timeout(120)
class DeploymentCommandsIT {
    private final EngineFixture test = new EngineFixture();

    @AfterEach
    void cleanUp() {
        test.close();
    }

    @Test
    void a_created_container_answers_on_the_port_the_output_names() {
        JsonObject output = await(test.create("ex1.0.1", "d1", web(1)));
        assertThat(page(output)).isEqualTo("aiwm test web 1\n");
        assertThat(output.getString("name")).startsWith("aiwm-");
        assertThat(output.getString("imageId")).startsWith("sha256:");
        EngineContainer made = test.container(output.getString("containerId"));
        assertThat(made.labels())
                .containsEntry(ContainerLabels.COMMAND, "ex1.0.1")
                .containsEntry(ContainerLabels.EXECUTION, "ex1")
                .containsEntry(ContainerLabels.ATTEMPT, "1")
                .containsEntry(ContainerLabels.DEPLOYMENT, "d1")
                .containsEntry(ContainerLabels.REPLICA, "0")
                .containsEntry(ContainerLabels.NODE, "node-1");
    }

    @Test
    void the_same_command_twice_is_one_container() {
        JsonObject first = await(test.create("ex1.0.1", "d1", web(1)));
        JsonObject second = await(EngineFixture.run(
                test.anotherProcess(),
                EngineFixture.command(
                        "ex1.0.1", CommandNames.DEPLOYMENT_CREATE, "d1", web(1), Future.future(never -> {}))));
        assertThat(second).isEqualTo(first);
        assertThat(test.containers()).isEqualTo(1);
    }

    @Test
    void twenty_creates_of_one_command_at_once_are_one_container() {
        List<Future<JsonObject>> all = IntStream.range(0, 20)
                .mapToObj(i -> EngineFixture.run(
                        test.anotherProcess(),
                        EngineFixture.command(
                                "ex1.0.1", CommandNames.DEPLOYMENT_CREATE, "d1", web(1), Future.future(never -> {}))))
                .toList();
        await(Future.join(all).otherwiseEmpty());
        assertThat(all.stream().filter(Future::failed).map(Future::cause)).isEmpty();
        assertThat(all.stream().map(EngineFixture::await).map(output -> output.getString("containerId")))
                .hasSize(20)
                .containsOnly(test.list().get(0).id());
        assertThat(test.containers()).isEqualTo(1);
    }

    @Test
    void a_name_taken_by_another_spec_is_a_conflict_and_stays() {
        await(test.create("ex1.0.1", "d1", web(1)));
        var refused = failure(test.create("ex1.0.1", "d1", web(2)));
        assertThat(refused.error.category()).isEqualTo(ErrorCategory.CONFLICT);
        assertThat(test.containers()).isEqualTo(1);
    }

    @Test
    void a_newer_command_for_the_same_replica_replaces_the_container() {
        await(test.create("ex1.0.1", "d1", web(1)));
        JsonObject second = await(test.create("ex1.0.2", "d1", web(2)));
        assertThat(page(second)).isEqualTo("aiwm test web 2\n");
        assertThat(test.containers()).isEqualTo(1);
        var late = failure(test.create("ex1.0.1", "d1", web(1)));
        assertThat(late.error.message()).contains("later attempt");
        assertThat(page(second)).isEqualTo("aiwm test web 2\n");
    }

    @Test
    void an_image_that_nobody_has_is_said_so_and_leaves_nothing() {
        ContainerSpec spec = Specs.of("127.0.0.1:1/no/such:1", List.of(), 0);
        var refused = failure(test.create("ex1.0.1", "d1", spec));
        assertThat(refused.error.category()).isEqualTo(ErrorCategory.IMAGE_PULL);
        assertThat(refused.error.message()).contains("cannot pull image 127.0.0.1:1/no/such:1");
        var never = failure(test.create("ex1.0.1", "d1", Specs.with(spec, "pullPolicy", "never")));
        assertThat(never.error.category()).isEqualTo(ErrorCategory.IMAGE_PULL);
        assertThat(never.error.retryable()).isFalse();
        assertThat(test.containers()).isZero();
    }

    @Test
    void a_taken_port_is_a_conflict_and_leaves_nothing() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var port = new JsonObject()
                    .put("containerPort", 80)
                    .put("hostPort", taken.getLocalPort())
                    .put("hostIp", "127.0.0.1");
            var refused = failure(test.create("ex1.0.1", "d1", Specs.with(web(1), "ports", new JsonArray().add(port))));
            assertThat(refused.error.category()).isEqualTo(ErrorCategory.CONFLICT);
            assertThat(refused.error.message()).contains("port").contains("choose another");
            assertThat(test.containers()).isZero();
        }
    }

    @Test
    void a_port_that_names_no_address_is_published_on_the_workers_alone() {
        var port = new JsonObject().put("containerPort", 80);
        JsonObject made = await(test.create("ex1.0.1", "d1", Specs.with(web(1), "ports", new JsonArray().add(port))));
        assertThat(made.getJsonArray("ports").getJsonObject(0).getString("hostIp"))
                .isEqualTo("127.0.0.1");
        assertThat(TestImages.run(null, null, "port", made.getString("containerId"))
                        .output()
                        .lines())
                .singleElement()
                .asString()
                .contains("127.0.0.1:");
        assertThat(page(made)).isEqualTo("aiwm test web 1\n");
    }

    @Test
    void an_unknown_runtime_is_invalid_and_the_known_ones_are_named() {
        var refused = failure(test.create("ex1.0.1", "d1", Specs.with(web(1), "runtime", "moon")));
        assertThat(refused.error.category()).isEqualTo(ErrorCategory.INVALID);
        assertThat(refused.error.message()).contains("moon").contains("runc");
        assertThat(test.containers()).isZero();
    }

    @Test
    void a_program_that_dies_at_once_fails_with_code_and_words_and_leaves_nothing() {
        var refused = failure(test.create("ex1.0.1", "d1", shell("echo no licence here; exit 7")));
        assertThat(refused.error.message()).contains("exit code 7").contains("no licence here");
        assertThat(test.containers()).isZero();
    }

    @Test
    void a_program_that_shall_not_be_watched_first_is_ready_when_it_runs() {
        ContainerSpec soonOver = shell("sleep 0.4; exit 7");
        var command = EngineFixture.command(
                "ex_1.0.1", CommandNames.DEPLOYMENT_CREATE, "dep_1", soonOver, Future.future(never -> {}));
        command.data().put("settleMs", 0L);
        var output = await(EngineFixture.run(test.deployments, command));
        assertThat(output.getString("state")).isEqualTo("running");
        assertThat(await(test.engine.ended(output.getString("containerId")))
                        .orElseThrow()
                        .exitCode())
                .as("it is left for the report of its end")
                .isEqualTo(7);
        assertThat(failure(test.create("ex_2.0.1", "dep_2", soonOver)).getMessage())
                .contains("ended with exit code 7");
    }

    @Test
    void a_program_that_has_done_its_work_at_once_is_a_success_and_runs_once() {
        JsonObject output = await(test.create("ex1.0.1", "d1", shell("exit 0")));
        assertThat(output.getString("state")).isEqualTo("exited");
        assertThat(output.getInteger("exitCode")).isZero();
        JsonObject again = await(test.create("ex1.0.1", "d1", shell("exit 0")));
        assertThat(again).isEqualTo(output);
        JsonObject restarted = await(test.run(CommandNames.DEPLOYMENT_RESTART, "ex2.0.1", "d1", null));
        assertThat(restarted.getInteger("exitCode")).isZero();
        JsonObject updated = await(test.run(CommandNames.DEPLOYMENT_UPDATE, "ex3.0.1", "d1", shell("true")));
        assertThat(updated.getInteger("exitCode")).isZero();
        assertThat(test.containers()).isEqualTo(1);
    }

    @Test
    void what_has_to_be_restarted_again_and_again_is_left_to_the_engine_and_says_its_code() {
        ContainerSpec failing = Specs.with(shell("exit 7"), "restartPolicy", "always");
        JsonObject output = await(test.create("ex1.0.1", "d1", failing));
        assertThat(output.getString("state")).isEqualTo("restarting");
        assertThat(output.getInteger("exitCode")).isEqualTo(7);
        JsonObject restarted = await(test.run(CommandNames.DEPLOYMENT_RESTART, "ex2.0.1", "d1", null));
        assertThat(restarted.getString("state")).isEqualTo("restarting");
        assertThat(restarted.getInteger("exitCode")).isEqualTo(7);
        assertThat(test.containers()).isEqualTo(1);
    }

    @Test
    void a_program_that_fails_more_often_than_it_may_be_restarted_is_a_failure_with_its_code() {
        ContainerSpec failing =
                Specs.with(Specs.with(shell("exit 7"), "restartPolicy", "on-failure"), "restartMaxRetries", 2);
        var refused = failure(test.create("ex1.0.1", "d1", failing));
        assertThat(refused.error.message()).contains("exit code 7 (started 3 times)");
        assertThat(test.containers()).isZero();
    }

    @Test
    void an_update_to_what_has_to_be_restarted_again_and_again_fails_with_its_code() {
        String id = await(test.create("ex1.0.1", "d1", web(1))).getString("containerId");
        ContainerSpec failing = Specs.with(shell("exit 7"), "restartPolicy", "always");
        var refused = failure(test.run(CommandNames.DEPLOYMENT_UPDATE, "ex2.0.1", "d1", failing));
        assertThat(refused.error.message()).contains("exit code 7").contains("runs again");
        assertThat(test.list())
                .singleElement()
                .satisfies(left -> assertThat(left.id()).isEqualTo(id));
    }

    @Test
    void a_command_that_is_not_in_the_image_is_invalid_and_leaves_nothing() {
        var refused = failure(test.create("ex1.0.1", "d1", Specs.of(web(1).image(), List.of("/no/such"), 0)));
        assertThat(refused.error.category()).isEqualTo(ErrorCategory.INVALID);
        assertThat(test.containers()).isZero();
    }

    @Test
    void create_waits_until_healthy_and_fails_when_unhealthy() {
        JsonObject healthy = await(test.create("ex1.0.1", "d1", Specs.with(web(1), "healthCheck", check("true"))));
        assertThat(test.container(healthy.getString("containerId")).status().health())
                .isEqualTo("healthy");
        var refused =
                failure(test.create("ex2.0.1", "d2", Specs.with(web(1), "healthCheck", check("echo sick; false"))));
        assertThat(refused.error.message()).contains("health check fails").contains("sick");
        assertThat(test.containers()).isEqualTo(1);
    }

    private static JsonObject check(String script) {
        return new JsonObject()
                .put("command", new JsonArray().add(script))
                .put("intervalMs", 200)
                .put("timeoutMs", 2000)
                .put("retries", 2);
    }

    @Test
    void a_cancelled_create_leaves_nothing() {
        Promise<Void> cancel = Promise.promise();
        ContainerSpec slow =
                Specs.with(web(1), "healthCheck", check("sleep 1; false").put("startPeriodMs", 60_000));
        var running = EngineFixture.run(
                test.deployments,
                EngineFixture.command("ex1.0.1", CommandNames.DEPLOYMENT_CREATE, "d1", slow, cancel.future()));
        org.awaitility.Awaitility.await()
                .atMost(EngineFixture.LIMIT)
                .until(() -> test.list().stream().anyMatch(EngineContainer::running));
        cancel.complete();
        assertThat(failure(running).error.message()).contains("cancelled");
        assertThat(test.containers()).isZero();
    }

    @Test
    void a_delete_that_names_the_command_touches_no_container_of_another() {
        String id = await(test.create("ex1.0.1", "d1", web(1))).getString("containerId");
        assertThat(await(deleteMadeBy("ex2.0.1", "ex0.0.1")).getJsonArray("removed"))
                .isEmpty();
        assertThat(test.container(id).running()).isTrue();
        assertThat(await(deleteMadeBy("ex3.0.1", "ex1.0.1")).getJsonArray("removed"))
                .containsExactly(id);
        assertThat(test.containers()).isZero();
    }

    private Future<JsonObject> deleteMadeBy(String commandId, String maker) {
        return madeBy(CommandNames.DEPLOYMENT_DELETE, commandId, null, maker);
    }

    private Future<JsonObject> madeBy(String name, String commandId, ContainerSpec spec, String maker) {
        var command = EngineFixture.command(commandId, name, "d1", spec, Future.future(never -> {}));
        command.data().put("madeBy", maker);
        return EngineFixture.run(test.deployments, command);
    }

    /** Writes a row into its volume and one beside it whenever it starts. */
    private static ContainerSpec keeping(String more) {
        String script = "echo row >> /var/data/rows; echo row >> /rows; " + more
                + "trap 'exit 0' TERM; while true; do sleep 0.1; done";
        return Specs.of(TestImages.keeping(), List.of("sh", "-c", script), 0);
    }

    private static long rows(JsonObject output, String file) {
        return TestImages.run(null, null, "exec", output.getString("containerId"), "cat", file)
                .output()
                .lines()
                .filter("row"::equals)
                .count();
    }

    private String volume(JsonObject output) {
        return test.container(output.getString("containerId")).volumes().get("/var/data");
    }

    @Test
    void a_start_goes_on_with_all_that_the_container_before_wrote() {
        JsonObject first = await(test.create("ex1.0.1", "d1", keeping("")));
        await(test.run(CommandNames.DEPLOYMENT_STOP, "ex2.0.1", "d1", null));
        JsonObject second = await(madeBy(CommandNames.DEPLOYMENT_CREATE, "ex3.0.1", keeping(""), "ex1.0.1"));
        assertThat(second.getString("containerId")).isEqualTo(first.getString("containerId"));
        assertThat(second.getString("commandId")).isEqualTo("ex1.0.1");
        assertThat(rows(second, "/var/data/rows")).isEqualTo(2);
        assertThat(rows(second, "/rows")).isEqualTo(2);
        assertThat(test.containers()).isEqualTo(1);
    }

    @Test
    void a_start_of_another_spec_and_an_update_go_on_with_the_anonymous_volumes_and_a_delete_takes_them_away() {
        JsonObject first = await(test.create("ex1.0.1", "d1", keeping("")));
        await(test.run(CommandNames.DEPLOYMENT_STOP, "ex2.0.1", "d1", null));
        JsonObject second = await(madeBy(CommandNames.DEPLOYMENT_CREATE, "ex3.0.1", keeping("true; "), "ex1.0.1"));
        assertThat(second.getString("commandId")).isEqualTo("ex3.0.1");
        assertThat(rows(second, "/var/data/rows")).isEqualTo(2);
        assertThat(rows(second, "/rows")).isEqualTo(1);
        JsonObject third = await(test.run(CommandNames.DEPLOYMENT_UPDATE, "ex4.0.1", "d1", keeping("false; ")));
        assertThat(third.getString("containerId")).isNotEqualTo(first.getString("containerId"));
        assertThat(rows(third, "/var/data/rows")).isEqualTo(3);
        assertThat(test.containers()).isEqualTo(1);
        String volume = volume(third);
        assertThat(TestImages.run(null, null, "volume", "inspect", volume).exit())
                .isZero();
        await(test.run(CommandNames.DEPLOYMENT_DELETE, "ex5.0.1", "d1", null));
        assertThat(TestImages.run(null, null, "volume", "inspect", volume).exit())
                .isNotZero();
    }

    @Test
    void a_start_and_an_update_that_fail_leave_what_the_container_before_wrote() {
        JsonObject first = await(test.create("ex1.0.1", "d1", keeping("")));
        await(test.run(CommandNames.DEPLOYMENT_STOP, "ex2.0.1", "d1", null));
        failure(madeBy(CommandNames.DEPLOYMENT_CREATE, "ex3.0.1", keeping("exit 3; "), "ex1.0.1"));
        assertThat(test.container(first.getString("containerId")).state()).isEqualTo(EngineState.EXITED);
        JsonObject again = await(madeBy(CommandNames.DEPLOYMENT_CREATE, "ex4.0.1", keeping(""), "ex1.0.1"));
        assertThat(rows(again, "/rows")).isEqualTo(2);
        failure(test.run(CommandNames.DEPLOYMENT_UPDATE, "ex5.0.1", "d1", keeping("exit 3; ")));
        assertThat(rows(again, "/var/data/rows")).isEqualTo(5);
        assertThat(rows(again, "/rows")).isEqualTo(3);
        assertThat(test.containers()).isEqualTo(1);
    }

    @Test
    void a_start_that_fails_with_the_container_before_leaves_it_stopped() {
        var once = keeping("[ -e /done ] && exit 3; touch /done; ");
        JsonObject first = await(test.create("ex1.0.1", "d1", once));
        await(test.run(CommandNames.DEPLOYMENT_STOP, "ex2.0.1", "d1", null));
        var refused = failure(madeBy(CommandNames.DEPLOYMENT_CREATE, "ex3.0.1", once, "ex1.0.1"));
        assertThat(refused.error.message()).contains("exit code 3");
        assertThat(test.container(first.getString("containerId")).state()).isEqualTo(EngineState.EXITED);
    }

    @Test
    void a_container_starts_where_it_shall_and_is_told_to_end_as_it_wants() {
        var spec =
                shell("trap '' TERM; trap 'exit 7' INT; [ $PWD = /srv/app ] || exit 9; while true; do sleep 0.1; done");
        for (var field : new JsonObject("{\"workDir\":\"/srv/app\",\"stopSignal\":\"SIGINT\",\"ipc\":\"none\"}")) {
            spec = Specs.with(spec, field.getKey(), field.getValue());
        }
        String id = await(test.create("ex1.0.1", "d1", spec)).getString("containerId");
        await(test.run(CommandNames.DEPLOYMENT_STOP, "ex2.0.1", "d1", null));
        assertThat(test.container(id).exitCode()).isEqualTo(7);
    }

    @Test
    void stop_restart_and_delete_do_so_and_may_be_repeated() {
        String id = await(test.create("ex1.0.1", "d1", web(1))).getString("containerId");
        for (int i = 0; i < 2; i++) {
            await(test.run(CommandNames.DEPLOYMENT_STOP, "ex2.0." + i, "d1", null));
            assertThat(test.container(id).state()).isEqualTo(EngineState.EXITED);
        }
        JsonObject restarted = await(test.run(CommandNames.DEPLOYMENT_RESTART, "ex3.0.1", "d1", null));
        assertThat(restarted.getString("containerId")).isEqualTo(id);
        assertThat(page(restarted)).isEqualTo("aiwm test web 1\n");
        for (int i = 0; i < 2; i++) {
            await(test.run(CommandNames.DEPLOYMENT_DELETE, "ex4.0." + i, "d1", null));
            assertThat(test.containers()).isZero();
        }
        await(test.run(CommandNames.DEPLOYMENT_STOP, "ex5.0.1", "d1", null));
        assertThat(failure(test.run(CommandNames.DEPLOYMENT_RESTART, "ex6.0.1", "d1", null))
                        .error
                        .category())
                .isEqualTo(ErrorCategory.NOT_FOUND);
    }

    @Test
    void a_removal_is_done_when_the_container_is_gone_and_not_before_whoever_removes_it() {
        var made = await(test.create("ex1.0.1", "d1", web(1)));
        String id = made.getString("containerId");
        var looks = IntStream.range(0, 5)
                .mapToObj(each -> test.engine.remove(id).compose(gone -> test.engine.inspect(id)))
                .toList();
        looks.forEach(look -> assertThat(await(look)).isEmpty());
    }

    @Test
    void an_update_brings_the_new_version_and_takes_the_old_one_away() {
        await(test.create("ex1.0.1", "d1", web(1)));
        JsonObject updated = await(test.run(CommandNames.DEPLOYMENT_UPDATE, "ex2.0.1", "d1", web(2)));
        assertThat(page(updated)).isEqualTo("aiwm test web 2\n");
        assertThat(test.containers()).isEqualTo(1);
        JsonObject again = await(test.run(CommandNames.DEPLOYMENT_UPDATE, "ex2.0.1", "d1", web(2)));
        assertThat(again).isEqualTo(updated);
    }

    @Test
    void a_failed_update_lets_the_old_version_run_again() {
        JsonObject port = new JsonObject().put("containerPort", 80).put("hostIp", "127.0.0.1");
        JsonObject first = await(test.create("ex1.0.1", "d1", Specs.with(web(1), "ports", new JsonArray().add(port))));
        var refused = failure(
                test.run(CommandNames.DEPLOYMENT_UPDATE, "ex2.0.1", "d1", shell("echo broken release; exit 3")));
        assertThat(refused.error.message()).contains("broken release").contains("runs again");
        assertThat(test.list()).singleElement().satisfies(left -> {
            assertThat(left.id()).isEqualTo(first.getString("containerId"));
            assertThat(left.state()).isEqualTo(EngineState.RUNNING);
        });
        assertThat(page(test.container(first.getString("containerId")).output()))
                .isEqualTo("aiwm test web 1\n");
    }

    @Test
    void an_engine_that_is_not_there_is_unreachable_and_may_be_tried_again() {
        try (var nobody = new EngineFixture("/tmp/no-such-engine.sock")) {
            var refused = failure(nobody.create("ex1.0.1", "d1", web(1)));
            assertThat(refused.error.category()).isEqualTo(ErrorCategory.ENGINE_UNREACHABLE);
            assertThat(refused.error.retryable()).isTrue();
            assertThat(refused.error.message()).contains("check that it runs");
        }
    }

    @Test
    void a_forbidden_spec_is_refused_before_the_engine_is_asked() {
        try (var nobody = new EngineFixture("/tmp/no-such-engine.sock")) {
            var refused = failure(nobody.create("ex1.0.1", "d1", Specs.with(web(1), "privileged", true)));
            assertThat(refused.error.category()).isEqualTo(ErrorCategory.POLICY);
            var update = failure(
                    nobody.run(CommandNames.DEPLOYMENT_UPDATE, "ex1.0.1", "d1", Specs.with(web(1), "pidMode", "host")));
            assertThat(update.error.category()).isEqualTo(ErrorCategory.POLICY);
        }
    }
}
