package io.aiwm.worker.container;

import static io.aiwm.worker.container.PolicySpecs.PLAIN;
import static io.aiwm.worker.container.PolicySpecs.STRICT;
import static io.aiwm.worker.container.PolicySpecs.policy;
import static io.aiwm.worker.container.PolicySpecs.volume;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.boot.Config;
import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.docker.DockerEngine;
import io.aiwm.worker.docker.EngineFixture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a worker denies by itself, and what its operator may allow. */
class ContainerPolicyTest {
    @TempDir
    private static Path folder;

    static Stream<Arguments> forbidden() {
        return Stream.of(
                of("privileged", "privileged", true),
                of("networkMode", "networkMode", "host"),
                of("networkMode", "networkMode", "container:1234"),
                of("networkMode", "networkMode", "somebodys-network"),
                of("pidMode", "pidMode", "host"),
                of("pidMode", "pidMode", "container:1234"),
                of("ipc", "ipc", "host"),
                of("capAdd", "capAdd", list("SYS_ADMIN")),
                of("capAdd", "capAdd", list("CAP_NET_RAW")),
                of("capAdd", "capAdd", list("all")),
                of("devices", "devices", list("/dev/kmsg")),
                of("devices", "devices", list("/dev/sda:/dev/sda:rwm")),
                mount("/"),
                mount("/etc"),
                mount("/var/run/docker.sock"),
                mount("/var/run"),
                mount("/run/containerd/containerd.sock"),
                mount("/srv/../etc"),
                mount("../../etc"),
                mount("./data"),
                mount("~/data"),
                mount("data:/etc"),
                mount("a..b"),
                mount("//etc"),
                target("/data/../etc"),
                target("/data:ro"),
                of("env.LD_PRELOAD", "env", new JsonObject().put("LD_PRELOAD", "/tmp/x.so")),
                of("env.ld_audit", "env", new JsonObject().put("ld_audit", "/tmp/x.so")),
                of("env.NVIDIA_VISIBLE_DEVICES", "env", new JsonObject().put("NVIDIA_VISIBLE_DEVICES", "all")),
                of("labels.aiwm.node", "labels", new JsonObject().put("aiwm.node", "node-2")),
                of("image", "image", "docker.io/evil/nginx:1"),
                of("image", "image", "evil.io/library/nginx"),
                of("image", "image", "ghcr.io/usurper/x"));
    }

    private static Arguments of(String field, String name, Object value) {
        return Arguments.of(field, Specs.with(PLAIN, name, value));
    }

    private static JsonArray list(String value) {
        return new JsonArray().add(value);
    }

    private static Arguments mount(String source) {
        return of("volumes[0].source", "volumes", volume(source, "/data"));
    }

    private static Arguments target(String target) {
        return of("volumes[0].target", "volumes", volume("data", target));
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void a_forbidden_spec_is_denied_with_the_field_named(String field, ContainerSpec spec) {
        var refused = catchThrowableOfType(
                CommandFailure.class, () -> new ContainerPolicy(STRICT, "/var/run/docker.sock").check(spec));
        assertThat(refused.error.category()).isEqualTo(ErrorCategory.POLICY);
        assertThat(refused.error.message()).startsWith("spec." + field + " ");
        assertThat(refused.error.retryable()).isFalse();
    }

    @Test
    void no_forbidden_spec_makes_the_engine_hear_a_single_request() {
        var requests = new AtomicInteger();
        Vertx vertx = Vertx.vertx();
        int port = EngineFixture.await(vertx.createHttpServer()
                        .requestHandler(request -> {
                            requests.incrementAndGet();
                            request.response().setStatusCode(500).end();
                        })
                        .listen(0, "127.0.0.1"))
                .actualPort();
        var config = new Config.Docker(true, "tcp://127.0.0.1:" + port, Duration.ofSeconds(5), 0, 0, null, null);
        try (Engine engine = new DockerEngine(vertx, config, ImageUse.NONE)) {
            var planner = new ContainerPlan.Planner(new ContainerPolicy(STRICT, config.socket()), config);
            var turns = new KeyedQueue();
            var handlers = new DeploymentHandlers(
                    engine,
                    planner,
                    new BindAddress(vertx, () -> "127.0.0.1"),
                    new ContainerOwner("c", "n"),
                    ModelVolumes.NONE,
                    turns,
                    new Readiness(
                            vertx,
                            engine,
                            new ContainerProbes(vertx, engine, turns, Clock.systemUTC()),
                            Clock.systemUTC()));
            forbidden()
                    .forEach(entry -> Stream.of(CommandNames.DEPLOYMENT_CREATE, CommandNames.DEPLOYMENT_UPDATE)
                            .forEach(name -> {
                                var command = EngineFixture.command(
                                        "ex1.0.1",
                                        name,
                                        "d1",
                                        (ContainerSpec) entry.get()[1],
                                        Future.future(never -> {}));
                                assertThat(EngineFixture.failure(EngineFixture.run(handlers, command))
                                                .error
                                                .category())
                                        .isEqualTo(ErrorCategory.POLICY);
                            }));
            assertThat(requests).hasValue(0);
            var plain = EngineFixture.command(
                    "ex1.0.1", CommandNames.DEPLOYMENT_CREATE, "d1", PLAIN, Future.future(never -> {}));
            EngineFixture.failure(EngineFixture.run(handlers, plain));
            assertThat(requests.get()).as("an allowed spec does reach it").isPositive();
        } finally {
            EngineFixture.await(vertx.close());
        }
    }

    static Stream<Arguments> impossible() {
        return Stream.of(
                of("shmBytes", "shmBytes", 1),
                of("ulimits[0].name", "ulimits", objects("name", "rtprio", "soft", 99)),
                of("ulimits[0].soft", "ulimits", objects("name", "nofile", "soft", -1)),
                of("tmpfs[0].target", "tmpfs", objects("target", "/dev/shm", "sizeBytes", 1 << 20)),
                of("ipc", "ipc", "container:1234"),
                of("stopSignal", "stopSignal", "SIGSTOP"),
                of("workDir", "workDir", "../etc"),
                of("probes.liveness.tcp.port", "probes", new JsonObject("{\"liveness\":{\"tcp\":{\"port\":0}}}")),
                of("groups[0]", "groups", new JsonArray().add(-1)));
    }

    private static JsonArray objects(String first, Object one, String second, Object two) {
        return new JsonArray().add(new JsonObject().put(first, one).put(second, two));
    }

    @ParameterizedTest
    @MethodSource("impossible")
    void what_no_worker_can_give_is_invalid_with_the_field_named(String field, ContainerSpec spec) {
        var refused = catchThrowableOfType(CommandFailure.class, () -> SpecRules.checked(spec));
        assertThat(refused).as(field).isNotNull();
        assertThat(refused.error.category()).isEqualTo(ErrorCategory.INVALID);
        assertThat(refused.error.message()).startsWith("spec." + field + " ");
    }

    @Test
    void the_operator_may_allow_each_but_never_the_engines_socket() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        var open = new ContainerPolicy(
                policy(
                        true,
                        List.of(data.toString(), "/var/run"),
                        List.of("CAP_SYS_PTRACE"),
                        List.of("/dev/fuse"),
                        List.of()),
                data.resolve("own/engine.sock").toString());
        var allowed = PLAIN;
        allowed = Specs.with(allowed, "privileged", true);
        allowed = Specs.with(allowed, "networkMode", "host");
        allowed = Specs.with(allowed, "pidMode", "host");
        allowed = Specs.with(allowed, "capAdd", list("sys_ptrace"));
        allowed = Specs.with(allowed, "devices", list("/dev/fuse"));
        allowed = Specs.with(allowed, "volumes", volume(data.resolve("models").toString(), "/models"));
        ContainerSpec all = allowed;
        assertThatCode(() -> open.check(all)).doesNotThrowAnyException();
        for (String path : List.of(
                "/var/run/docker.sock",
                "/var/run",
                data.toString(),
                data.resolve("own").toString())) {
            var refused = catchThrowableOfType(
                    CommandFailure.class, () -> open.check(Specs.with(PLAIN, "volumes", volume(path, "/x"))));
            assertThat(refused).as(path).isNotNull();
            assertThat(refused.error.message()).contains("socket");
        }
    }

    @Test
    void a_link_inside_an_allowed_folder_does_not_lead_out_of_it() throws IOException {
        Path allowed = Files.createDirectories(folder.resolve("allowed"));
        Files.createSymbolicLink(allowed.resolve("out"), Path.of("/etc"));
        var policy =
                new ContainerPolicy(policy(false, List.of(allowed.toString()), List.of(), List.of(), List.of()), null);
        assertThatCode(() -> policy.check(Specs.with(
                        PLAIN, "volumes", volume(allowed.resolve("in").toString(), "/x"))))
                .doesNotThrowAnyException();
        assertThat(catchThrowableOfType(
                                CommandFailure.class,
                                () -> policy.check(Specs.with(
                                        PLAIN,
                                        "volumes",
                                        volume(allowed.resolve("out/ssl").toString(), "/x"))))
                        .error
                        .category())
                .isEqualTo(ErrorCategory.POLICY);
    }

    @Test
    void an_allowed_image_is_allowed_under_each_of_its_names() {
        for (String image :
                List.of("nginx", "nginx:1.27", "docker.io/library/nginx", "docker.io/nginx:2", "ghcr.io/us/a/b:1")) {
            assertThatCode(() -> new ContainerPolicy(STRICT, null).check(Specs.with(PLAIN, "image", image)))
                    .as(image)
                    .doesNotThrowAnyException();
        }
    }
}
