package io.aiwm.worker.docker;

import static io.aiwm.worker.docker.EngineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.RetentionKept;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.LogLines;
import io.aiwm.testing.TestImages;
import io.aiwm.testing.TestRegistry;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.SettableClock;
import io.aiwm.worker.container.ContainerLabels;
import io.aiwm.worker.container.Engine;
import io.aiwm.worker.container.NodeRetention;
import io.aiwm.worker.container.OwnedImages;
import io.aiwm.worker.container.Specs;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a worker removes from the engine of this machine, and what it leaves. */
@Timeout(120)
class NodeRetentionIT {
    private static final Duration WEEK = Duration.ofDays(7);

    @TempDir
    Path folder;

    private final EngineFixture test = new EngineFixture();
    private final SettableClock clock = new SettableClock();
    private final List<String> images = new ArrayList<>();
    private final List<String> volumes = new ArrayList<>();
    private final List<List<String>> asked = new ArrayList<>();
    private final LogLines log = new LogLines(NodeRetention.class);
    private Function<List<String>, Future<RetentionKept>> controller = owners -> kept(List.of(), List.of());
    private OwnedImages brought;
    private Engine engine;

    @BeforeAll
    static void needsAnEngine() {
        AiwmFleet.requireEngine();
    }

    @BeforeEach
    void open() {
        brought = new OwnedImages(record(), clock);
        engine = new DockerEngine(
                test.vertx, new Config.Docker(true, test.socket, Duration.ofSeconds(10), 0, 0, null, null), brought);
    }

    @AfterEach
    void cleanUp() {
        log.close();
        engine.close();
        test.close();
        volumes.forEach(name -> docker("volume", "rm", "-f", name));
        images.forEach(name -> docker("image", "rm", "-f", name));
    }

    private Path record() {
        return folder.resolve("brought.json");
    }

    private static Future<RetentionKept> kept(List<String> images, List<String> owners) {
        return Future.succeededFuture(new RetentionKept("1", images, owners));
    }

    private static String docker(String... arguments) {
        return TestImages.run(System.getenv("DOCKER_HOST"), null, arguments)
                .output()
                .strip();
    }

    /** An image of its own that nobody pulled. */
    private String built() {
        String name = "aiwm-test/retention:" + Ids.secret().substring(0, 12).toLowerCase(Locale.ROOT);
        TestImages.named(System.getenv("DOCKER_HOST"), name);
        images.add(name);
        return name;
    }

    /** The same, and the record says that this worker pulled it. */
    private String pulled() {
        String name = built();
        brought.pulled(name, id(name).orElseThrow(), null);
        return name;
    }

    /** Without the engine under test, which would note that it was looked for. */
    private Optional<String> id(String image) {
        var seen = TestImages.run(System.getenv("DOCKER_HOST"), null, "image", "inspect", "-f", "{{.Id}}", image);
        return seen.exit() == 0 ? Optional.of(seen.output().strip()) : Optional.empty();
    }

    private NodeRetention retention(Duration after, String... pinned) {
        return new NodeRetention(
                test.vertx,
                engine,
                test.owner,
                brought,
                new Config.ImageRetention(after, List.of(pinned)),
                owners -> {
                    asked.add(owners);
                    return controller.apply(owners);
                },
                clock);
    }

    private void runAfter(Duration time, NodeRetention retention) {
        clock.tick(time);
        await(retention.run());
    }

    @Test
    void an_image_that_was_pulled_goes_a_week_after_its_last_use_and_one_that_was_built_here_stays() {
        String ours = pulled();
        String theirs = built();
        NodeRetention retention = retention(WEEK);
        runAfter(WEEK, retention);
        assertThat(id(ours)).as("not yet longer than a week").isPresent();
        assertThat(retention.report().kept()).isEqualTo(1);
        assertThat(retention.report().bytes()).isPositive();
        assertThat(asked).as("nothing to ask for").isEmpty();

        runAfter(Duration.ofSeconds(1), retention);

        assertThat(id(ours)).isEmpty();
        assertThat(id(theirs)).isPresent();
        assertThat(retention.report().kept()).isZero();
        assertThat(retention.report().removed()).isEqualTo(1);
        assertThat(retention.report().removedBytes()).isPositive();
        assertThat(log.shown())
                .singleElement()
                .asString()
                .startsWith("INFO removed image " + ours + " (")
                .endsWith("MiB), last used 2026-01-01T00:00:00Z");
        assertThat(brought.images())
                .as("when it comes again somebody else may have brought it")
                .isEmpty();
    }

    @Test
    void what_a_container_has_stays_and_its_time_begins_when_the_container_is_gone() {
        String image = pulled();
        String container = docker("create", "--label", ContainerLabels.CLUSTER + "=" + test.owner.cluster(), image);
        NodeRetention retention = retention(WEEK);
        runAfter(WEEK.multipliedBy(2), retention);
        assertThat(id(image)).as("the container never ran").isPresent();
        docker("rm", container);

        runAfter(WEEK, retention);
        assertThat(id(image)).isPresent();
        runAfter(Duration.ofSeconds(1), retention);

        assertThat(id(image)).isEmpty();
    }

    @Test
    void what_is_pinned_or_named_by_a_deployment_here_stays_however_it_is_written() {
        String pinned = pulled();
        String placed = pulled();
        controller = owners -> kept(List.of("docker.io/" + placed), List.of());

        runAfter(WEEK.multipliedBy(2), retention(WEEK, pinned));
        assertThat(id(pinned)).isPresent();
        assertThat(id(placed)).isPresent();
        assertThat(asked).hasSize(1);

        controller = owners -> kept(List.of(), List.of());
        runAfter(Duration.ZERO, retention(WEEK));
        assertThat(id(pinned)).isEmpty();
        assertThat(id(placed)).isEmpty();
    }

    @Test
    void without_an_answer_of_the_controller_nothing_goes_and_that_is_said_once() {
        String image = pulled();
        controller = owners -> Future.failedFuture(new CommandFailure(ErrorCategory.NETWORK, "it does not answer"));
        NodeRetention retention = retention(WEEK);

        runAfter(WEEK.multipliedBy(2), retention);
        runAfter(WEEK, retention);

        assertThat(id(image)).isPresent();
        assertThat(asked).hasSize(2);
        assertThat(log.shown())
                .containsExactly("WARN no unused image or volume is removed: network: it does not answer");
    }

    @Test
    void a_retention_of_zero_removes_nothing_and_still_says_what_there_is() {
        String image = pulled();
        NodeRetention off = retention(Duration.ZERO);
        runAfter(Duration.ofDays(3_650), off);
        assertThat(id(image)).isPresent();
        assertThat(off.report().kept()).isEqualTo(1);
        assertThat(asked).isEmpty();
    }

    @Test
    void an_image_that_somebody_else_has_named_stays() {
        String image = pulled();
        String other = image + "-mine";
        docker("tag", image, other);
        images.add(other);
        runAfter(WEEK.multipliedBy(2), retention(WEEK));
        assertThat(id(image)).isPresent();
        assertThat(id(other)).isPresent();
        assertThat(asked).isEmpty();
    }

    @Test
    void an_image_that_a_command_looks_for_meanwhile_stays() {
        String image = pulled();
        controller = owners -> engine.imageId(image).compose(found -> kept(List.of(), List.of()));
        NodeRetention retention = retention(WEEK);
        runAfter(WEEK.multipliedBy(2), retention);
        assertThat(id(image)).isPresent();
        assertThat(retention.report().removed()).isZero();
    }

    @Test
    void what_cannot_be_removed_keeps_its_name_is_told_once_and_does_not_hold_up_the_rest() {
        String base = pulled();
        String container = docker("create", "--label", ContainerLabels.CLUSTER + "=" + test.owner.cluster(), base);
        String child = base + "-child";
        docker("commit", container, child);
        docker("rm", container);
        images.add(0, child);
        clock.tick(Duration.ofMillis(1));
        String free = pulled();
        NodeRetention retention = retention(WEEK);

        runAfter(WEEK.multipliedBy(2), retention);
        runAfter(WEEK, retention);

        assertThat(id(base)).isPresent();
        assertThat(id(child)).isPresent();
        assertThat(id(free)).isEmpty();
        assertThat(log.shown().stream().filter(line -> line.startsWith("WARN")))
                .singleElement()
                .asString()
                .startsWith("WARN image " + base + " cannot be removed, it will be tried again: ");
    }

    @Test
    void what_was_pulled_is_noted_also_when_its_tag_has_moved_on_and_for_the_next_worker() throws IOException {
        try (var registry = new TestRegistry(folder)) {
            String name = registry.name("retention:tip");
            String first = pushed(registry, name);
            pull(name);
            assertThat(brought.images()).extracting(OwnedImages.Image::id).containsExactly(first);
            assertThat(Files.getPosixFilePermissions(record())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
            String second = pushed(registry, name);
            pull(name);
            assertThat(first).isNotEqualTo(second);

            brought = new OwnedImages(record(), clock);
            assertThat(brought.images()).extracting(OwnedImages.Image::id).containsExactly(first, second);
            pull(name);
            assertThat(brought.images()).as("it was here").hasSize(2);

            runAfter(WEEK.multipliedBy(2), retention(WEEK));
            assertThat(id(first)).isEmpty();
            assertThat(id(second)).isEmpty();
        }
    }

    /** A new image that the registry has under this name, and the engine does not. */
    private String pushed(TestRegistry registry, String name) {
        String image = built();
        registry.push(image, name);
        String id = id(image).orElseThrow();
        docker("image", "rm", "-f", name, image);
        return id;
    }

    private void pull(String name) {
        await(engine.pull(name, null, (percent, words) -> {}, Future.future(never -> {})));
    }

    @Test
    void an_image_that_was_here_before_the_pull_stays_somebody_elses() {
        try (var registry = new TestRegistry(folder)) {
            String image = built();
            registry.push(image, registry.name("retention:known"));
            pull(registry.name("retention:known"));
            assertThat(brought.images()).isEmpty();
        }
    }

    @Test
    void a_volume_goes_a_week_after_its_deployment_is_gone_and_one_whose_deployment_exists_stays() {
        String gone = volume(Map.of(ContainerLabels.DEPLOYMENT, "dep_gone"));
        String exists = volume(Map.of(ContainerLabels.DEPLOYMENT, "dep_exists"));
        String foreign = "aiwm-test-" + Ids.secret().substring(0, 12);
        docker("volume", "create", foreign);
        volumes.add(foreign);
        controller = owners -> kept(List.of(), List.of("dep_exists"));
        NodeRetention retention = retention(WEEK);
        runAfter(Duration.ofDays(30), retention);
        assertThat(engineVolumes()).as("unused only since it was seen").contains(gone, exists, foreign);

        runAfter(WEEK.plusSeconds(1), retention);

        assertThat(engineVolumes()).doesNotContain(gone).contains(exists, foreign);
        assertThat(asked).hasSize(1);
        assertThat(asked.get(0)).containsExactlyInAnyOrder("dep_gone", "dep_exists");
        assertThat(retention.report().removedVolumes()).isEqualTo(1);
        assertThat(log.shown()).singleElement().asString().startsWith("INFO removed volume " + gone + " of dep_gone");
    }

    @Test
    void an_anonymous_volume_goes_a_week_after_somebody_removed_its_container_without_it() {
        var made = await(test.create("ex1.0.1", "dep_1", Specs.of(TestImages.keeping(), List.of("sleep", "60"), 0)));
        String volume = test.container(made.getString("containerId")).volumes().get("/var/data");
        volumes.add(volume);
        NodeRetention retention = retention(WEEK);
        runAfter(WEEK.multipliedBy(2), retention);
        assertThat(asked).as("a container has it").isEmpty();
        docker("rm", "-f", made.getString("containerId"));

        runAfter(Duration.ofMinutes(10), retention);
        runAfter(WEEK, retention);
        assertThat(engineVolumes()).contains(volume);
        runAfter(Duration.ofSeconds(1), retention);

        assertThat(engineVolumes()).doesNotContain(volume);
    }

    private String volume(Map<String, String> label) {
        var labels = new HashMap<>(test.owner.labels());
        labels.putAll(label);
        String name = "aiwm-test-" + Ids.secret().substring(0, 12);
        await(engine.createVolume(name, labels));
        volumes.add(name);
        return name;
    }

    private List<String> engineVolumes() {
        return docker("volume", "ls", "-q").lines().toList();
    }

    @Test
    void a_record_that_cannot_be_read_makes_nothing_ours() throws IOException {
        String image = pulled();
        Files.writeString(record(), Json.encode(List.of("not a record")));
        brought = new OwnedImages(record(), clock);
        runAfter(WEEK.multipliedBy(2), retention(WEEK));
        assertThat(id(image)).isPresent();
    }
}
