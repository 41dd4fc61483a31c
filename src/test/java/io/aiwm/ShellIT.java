package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.ShellClient;
import io.aiwm.testing.TestImages;
import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Shells in real containers of two real workers, one on each transport. */
@Timeout(300)
class ShellIT {
    private static final String PASSWORD = "a-password-for-tests";
    private static final int WANTED_BYTES = 32 * 1024 * 1024;
    private static final int PIECE_BYTES = 64 * 1024;

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 1);

    /** Never closed: a class that fails runs once more in the same process. */
    private static final Vertx VERTX = Vertx.vertx();

    private final List<ShellClient> open = new ArrayList<>();
    private String id;

    @BeforeEach
    void deploy() {
        var body = FleetDeployments.web(1, FleetDeployments.SERVE)
                .put("replicas", 2)
                .put("maxPerNode", 1);
        id = FLEET.deployments().create(body);
        FLEET.deployments().untilAllReady(id, 1);
    }

    @AfterEach
    void delete() {
        open.forEach(ShellClient::close);
        FLEET.deployments().delete(id);
    }

    private ShellClient shell(int replica, String query) {
        return shell(FLEET.api(), "/api/deployments/" + id + "/replicas/" + replica + "/shell" + query, null);
    }

    private ShellClient shell(AiwmClient user, String path, String origin) {
        var made = new ShellClient(VERTX, user.url(path), user.token(), origin);
        open.add(made);
        return made;
    }

    private JsonObject replica(int index) {
        return FleetDeployments.instances(FLEET.deployments().get(id))
                .filter(one -> one.getInteger("index") == index)
                .findFirst()
                .orElseThrow();
    }

    private static String docker(String... arguments) {
        return TestImages.run(System.getenv("DOCKER_HOST"), null, arguments).output();
    }

    /** The processes of a container, without those of its own program. */
    private String processes(String container) {
        return docker("top", container, "-eo", "pid,args");
    }

    private void nothingOfAShellRuns(String container, Duration most) {
        await().atMost(most)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(processes(container))
                        .contains("httpd")
                        .doesNotContain("sleep 98765", "aiwm-shell", "sleep 43210"));
    }

    private String asked(ShellClient shell, String question, String answer) {
        shell.type(question + "\n");
        shell.until(answer);
        return shell.text();
    }

    @Test
    void a_shell_is_a_terminal_on_either_transport() {
        for (int i = 0; i < 2; i++) {
            ShellClient shell = shell(i, "?columns=101&rows=31").untilBegun();
            asked(shell, "echo a$((1+1))b", "a2b");
            asked(shell, "/bin/busybox stty size", "31 101");
            shell.say("{\"columns\": 77, \"rows\": 22}");
            await().until(() -> {
                shell.type("/bin/busybox stty size\n");
                return shell.text().contains("22 77");
            });
            asked(shell, "echo $TERM", "xterm-256color");
            shell.type("sleep 98765; echo code=$?\n");
            String container = replica(i).getString("containerId");
            await().untilAsserted(() -> assertThat(processes(container)).contains("sleep 98765"));
            shell.type("\u0003");
            asked(shell, "echo af$((1+1))er", "af2er");
            assertThat(processes(container)).doesNotContain("sleep 98765");
            shell.type("exit 7\n");
            JsonObject ended = shell.ended();
            assertThat(ended.getInteger("exitCode")).as(ended.encode()).isEqualTo(7);
            assertThat(shell.closeCode()).isEqualTo(1000);
            nothingOfAShellRuns(container, Duration.ofSeconds(20));
            System.out.println(replica(i).getString("nodeId") + ": a terminal");
        }
    }

    @Test
    void a_command_runs_instead_of_a_shell() {
        ShellClient shell = shell(0, "?command=sh&command=-c&command=echo%20%22%24%40%22&command=x&command=a%20b");
        shell.until("a b");
        assertThat(shell.ended().getInteger("exitCode")).isZero();
        ShellClient missing = shell(0, "?command=there-is-no-such-program");
        assertThat(missing.ended().getInteger("exitCode")).isEqualTo(127);
        assertThat(missing.text()).contains("not found");
    }

    /** It ends the processes that it has started, also those that have left it. */
    @Test
    void a_shell_ends_with_its_connection() {
        String container = replica(0).getString("containerId");
        ShellClient shell = shell(0, "").untilBegun();
        shell.type("sleep 98765 & /bin/busybox setsid sleep 43210 & echo go$((1+1))es\n");
        shell.until("go2es");
        await().untilAsserted(() -> assertThat(processes(container)).contains("sleep 98765", "sleep 43210"));
        shell.close();
        nothingOfAShellRuns(container, Duration.ofSeconds(20));
    }

    @Test
    void a_killed_worker_leaves_no_process_behind() {
        for (int i = 0; i < 2; i++) {
            String container = replica(i).getString("containerId");
            ShellClient shell = shell(i, "").untilBegun();
            shell.type("/bin/busybox setsid sleep 43210 & sleep 98765\n");
            await().untilAsserted(() -> assertThat(processes(container)).contains("sleep 98765", "sleep 43210"));
            String node = replica(i).getString("nodeId");
            long began = System.nanoTime();
            FLEET.fleet().workers.get(node).kill9();
            nothingOfAShellRuns(container, Duration.ofSeconds(20));
            System.out.println("after kill -9 of the worker on " + node + " nothing runs any more within "
                    + (System.nanoTime() - began) / 1_000_000 + " ms");
            FLEET.fleet().workers.get(node).startAndWait();
            FLEET.fleet().awaitUp(node);
            assertThat(shell.ended().getString("error", "")).isNotEmpty();
        }
    }

    @Test
    void a_killed_controller_leaves_no_process_behind() {
        String[] containers = {replica(0).getString("containerId"), replica(1).getString("containerId")};
        for (int i = 0; i < 2; i++) {
            shell(i, "").untilBegun().type("sleep 98765\n");
            String container = containers[i];
            await().untilAsserted(() -> assertThat(processes(container)).contains("sleep 98765"));
        }
        long began = System.nanoTime();
        FLEET.fleet().controller.kill9();
        for (String container : containers) {
            nothingOfAShellRuns(container, Duration.ofSeconds(45));
        }
        System.out.println("after kill -9 of the controller nothing runs any more within "
                + (System.nanoTime() - began) / 1_000_000 + " ms");
        FLEET.fleet().controller.startAndWait();
        FLEET.fleet().workers.keySet().forEach(FLEET.fleet()::awaitUp);
    }

    /** What nobody reads is not printed: the program stands still. */
    @Test
    void a_slow_reader_holds_the_program_back_and_misses_nothing() {
        for (int i = 0; i < 2; i++) {
            String container = replica(i).getString("containerId");
            ShellClient shell = shell(i, "").untilBegun();
            shell.type("echo be$((1+1))gin\n");
            shell.until("be2gin");
            long before = shell.bytes();
            shell.pause();
            int pieces = WANTED_BYTES / PIECE_BYTES;
            shell.type("n=0; while [ $n -lt " + pieces + " ]; do head -c " + PIECE_BYTES
                    + " /dev/zero | tr '\\0' x; n=$((n+1)); echo $n >/written; done; echo; echo do$((1+1))ne\n");
            await().until(() -> written(container) > 0);
            await().atMost(Duration.ofSeconds(60))
                    .during(Duration.ofSeconds(3))
                    .until(() -> written(container), n -> n == written(container));
            int held = written(container);
            assertThat(held).isLessThan(pieces / 2);
            shell.resume();
            shell.until("do2ne");
            assertThat(shell.bytes() - before).isBetween((long) WANTED_BYTES, WANTED_BYTES + 2_000L);
            assertThat(shell.text().chars().filter(c -> c == 'x').count()).isGreaterThanOrEqualTo(WANTED_BYTES);
            System.out.println(replica(i).getString("nodeId") + ": unread, the program stood still after "
                    + held * PIECE_BYTES / 1024 + " KiB");
        }
    }

    private static int written(String container) {
        String text = TestImages.run(System.getenv("DOCKER_HOST"), null, "exec", container, "cat", "/written")
                .output()
                .strip();
        return text.matches("\\d+") ? Integer.parseInt(text) : 0;
    }

    @Test
    void who_may_not_open_one_is_refused() {
        for (String role : List.of("VIEWER", "OPERATOR")) {
            FLEET.api()
                    .expect(
                            201,
                            FLEET.api()
                                    .post(
                                            "/api/users",
                                            new JsonObject()
                                                    .put("username", "shell-" + role.toLowerCase(java.util.Locale.ROOT))
                                                    .put("password", PASSWORD)
                                                    .put("role", role)));
        }
        String path = "/api/deployments/" + id + "/replicas/0/shell";
        AiwmClient viewer = FLEET.api().as("shell-viewer", PASSWORD);
        refused(403, viewer, path, null);
        refused(403, FLEET.api(), path, "https://evil.example");
        refused(401, FLEET.api(), path + "?ticket=x", "none");
        AiwmClient operator = FLEET.api().as("shell-operator", PASSWORD);
        ShellClient shell = shell(operator, path, null).untilBegun();
        // it ends with the user behind it
        FLEET.api().expect(204, FLEET.api().delete("/api/users/shell-operator"));
        assertThat(shell.closeCode()).isEqualTo(4401);
        nothingOfAShellRuns(replica(0).getString("containerId"), Duration.ofSeconds(20));
        FLEET.api().expect(204, FLEET.api().delete("/api/users/shell-viewer"));
    }

    private void refused(int status, AiwmClient user, String path, String origin) {
        String token = "none".equals(origin) ? null : user.token();
        assertThatThrownBy(() -> new ShellClient(VERTX, user.url(path), token, "none".equals(origin) ? null : origin))
                .isInstanceOfSatisfying(
                        UpgradeRejectedException.class,
                        refused -> assertThat(refused.getStatus()).isEqualTo(status));
    }

    private void notOpened(int status, String path, String words) {
        ShellClient shell = shell(FLEET.api(), path, null);
        JsonObject end = shell.ended();
        assertThat(end.getInteger("status")).as(end.encode()).isEqualTo(status);
        assertThat(end.getString("error")).contains(words);
        assertThat(shell.closeCode()).isEqualTo(4000 + status);
    }

    @Test
    void where_none_can_be_opened_it_is_said_why() {
        String path = "/api/deployments/" + id + "/replicas/";
        notOpened(404, "/api/deployments/dep_none/replicas/0/shell", "dep_none");
        notOpened(404, path + "9/shell", "replica 9");
        notOpened(400, path + "x/shell", "path:index");
        notOpened(400, path + "0/shell?columns=0", "query:columns");
        notOpened(400, path + "0/shell?rows=many", "query:rows");
        for (int i = 0; i < 5; i++) {
            shell(0, "").untilBegun();
        }
        notOpened(429, path + "0/shell", "5 shells open");
        open.forEach(ShellClient::close);
        String container = replica(1).getString("containerId");
        docker("exec", container, "/bin/busybox", "rm", "/bin/sh");
        ShellClient none = shell(1, "");
        assertThat(none.ended().getString("error")).contains("no /bin/sh");
    }

    @Test
    void it_is_written_who_opened_one_where_and_for_how_long_and_not_what_was_typed() {
        ShellClient shell = shell(0, "").untilBegun();
        shell.type("echo the-word-that-was-typed\n");
        shell.until("the-word-that-was-typed");
        shell.type("exit 3\n");
        shell.ended();
        await().untilAsserted(() -> {
            String audit = FLEET.api().get("/api/audit?pageSize=100").text();
            assertThat(audit)
                    .contains("\"operation\":\"openShell\"", "/api/deployments/" + id + "/replicas/0/shell")
                    .contains(
                            "\"exitCode\":3",
                            "\"seconds\":",
                            "\"nodeId\":\"" + replica(0).getString("nodeId"))
                    .doesNotContain("the-word-that-was-typed");
        });
    }

    @Test
    void it_is_written_who_was_refused_one() {
        String path = "/api/deployments/dep_none_of_these/replicas/0/shell";
        notOpened(404, path, "dep_none_of_these");
        await().untilAsserted(() -> assertThat(FLEET.api()
                        .get("/api/audit?operation=openShell&pageSize=100")
                        .json()
                        .getJsonArray("items"))
                .anySatisfy(each -> {
                    var entry = (JsonObject) each;
                    assertThat(entry.getString("path")).isEqualTo(path);
                    assertThat(entry.getInteger("status")).isEqualTo(404);
                }));
    }
}
