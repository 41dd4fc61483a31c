package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.scheduler.DryRun;
import io.aiwm.controller.scheduler.NodesByHand;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegisterBuilder;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoContainerEngineBuilder;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What workers say of their nodes, and what an administrator set over it. */
class NodeRegistrationTest extends NodesRig {
    @Test
    void a_new_node_is_pending_and_keeps_the_id_its_maker_chose() {
        var made = await(fleet.nodes.create(NewNodeBuilder.builder()
                .nodeId("node-1")
                .name("first")
                .role("gpu")
                .zone("z1")
                .labels(Map.of("team", "ml"))
                .capabilities(List.of("docker"))
                .build()));

        assertThat(made.id()).isEqualTo("node-1");
        assertThat(made.status()).isEqualTo(NodeStatus.PENDING);
        assertThat(made.schedulable()).isTrue();
        assertThat(await(fleet.nodes.get("node-1"))).isEqualTo(made);
        assertThatThrownBy(() -> fleet.create("node-1")).matches(is(Failure.Kind.CONFLICT));
    }

    @Test
    void the_models_a_worker_says_are_kept_as_said_last_and_what_can_be_none_is_left_out() {
        fleet.create("n1");
        fleet.register("n1");
        assertThat(await(fleet.nodes.get("n1")).models()).isEmpty();
        String sha256 = "0123456789abcdef".repeat(4);
        var many = new ArrayList<NodeModel>();
        many.add(null);
        many.add(new NodeModel(null, null, null));
        many.add(new NodeModel("../evil", null, null));
        many.add(new NodeModel("a", "no checksum", -1L));
        many.add(new NodeModel("a", sha256, 5L));
        many.add(new NodeModel("b", sha256, 5L));
        fleet.admission.holds("n1", many);
        await().untilAsserted(() -> assertThat(await(fleet.nodes.get("n1")).models())
                .containsExactly(new NodeModel("a", null, null), new NodeModel("b", sha256, 5L)));

        for (int i = 0; i < 200; i++) {
            fleet.admission.holds("n1", List.of(new NodeModel("m" + i, null, null)));
        }
        await().untilAsserted(() ->
                assertThat(await(fleet.nodes.get("n1")).models()).containsExactly(new NodeModel("m199", null, null)));
        long version = await(fleet.nodes.get("n1")).version();
        assertThat(version).isLessThan(100);

        for (int i = 0; i < 1_000; i++) {
            many.add(new NodeModel("n" + i, null, null));
        }
        fleet.admission.holds("n1", many);
        await().untilAsserted(() -> assertThat(fleet.nodes.find("n1").models()).hasSize(NodeModel.MOST));
        fleet.restart();
        assertThat(fleet.nodes.find("n1").models()).hasSize(NodeModel.MOST);
        fleet.admission.holds("n1", null);
        await().untilAsserted(() -> assertThat(fleet.nodes.find("n1").models()).isEmpty());
        fleet.admission.holds("nobody", many);
    }

    @Test
    void a_controller_that_never_hears_the_node_places_by_its_models_too() {
        var other = new Nodes(fleet.vertx, fleet.store, fleet.clock, FleetUnderTest.LIMITS, "ctl_other");
        var scheduler = NodesByHand.scheduler();
        other.onNode((id, node) -> NodesByHand.show(scheduler, node));
        await(other.start());
        for (String id : List.of("n1", "n2")) {
            fleet.create(id);
            fleet.register(id);
        }
        var reads = RequiresBuilder.builder().models(List.of("org/llama")).build();
        var step = StepSpecBuilder.builder()
                .index(0)
                .name("s")
                .command("job.run")
                .dependsOn(List.of())
                .requires(reads)
                .maxRetries(0)
                .build();

        for (String holder : List.of("n1", "n2", "n1")) {
            for (String id : List.of("n1", "n2")) {
                var models = id.equals(holder) ? List.of(new NodeModel("org--llama", null, 1L)) : List.<NodeModel>of();
                fleet.admission.holds(id, models);
            }
            await().untilAsserted(() -> assertThat(scheduler.plan(step, 1).nodes())
                    .extracting(DryRun.OnNode::nodeId)
                    .containsExactly(holder));
        }
    }

    @Test
    void every_wrong_field_is_named_at_once_and_nothing_is_stored() {
        var wrong = NewNodeBuilder.builder()
                .id("../x")
                .name(" ")
                .role("king")
                .labels(Map.of("a b", "c"))
                .build();

        assertThatThrownBy(() -> await(fleet.nodes.create(wrong)))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.errors)
                                .extracting(Failure.FieldError::pointer)
                                .containsExactlyInAnyOrder("/id", "/name", "/role", "/labels/a b"));
        assertThat(fleet.nodes.list(NodeFilter.all()).totalSize()).isZero();
    }

    @Test
    void what_an_administrator_set_wins_over_the_worker_and_the_rest_follows_it() {
        await(fleet.nodes.create(NewNodeBuilder.builder()
                .id("n1")
                .zone("admin-zone")
                .labels(Map.of("tier", "gold"))
                .build()));

        await(fleet.nodes.registered(
                "n1", FleetUnderTest.registration("n1", "zone-a", Map.of("tier", "tin", "disk", "ssd")), "cluster"));
        var second = await(fleet.nodes.registered(
                "n1", FleetUnderTest.registration("n1", "zone-b", Map.of("disk", "nvme")), "cluster"));

        assertThat(second.zone()).isEqualTo("admin-zone");
        assertThat(second.labels()).isEqualTo(Map.of("tier", "gold", "disk", "nvme"));
        assertThat(second.role()).isEqualTo("cpu");
        assertThat(second.capabilities()).containsExactly("docker");
        assertThat(second.hostname()).isEqualTo("host-of-n1");
        assertThat(second.name()).isEqualTo("name-of-n1");
        assertThat(second.status()).isEqualTo(NodeStatus.IDLE);
    }

    /** What a worker says of itself in all that an administrator can set too. */
    private Node says(String name, String role, String zone, Map<String, String> labels, String... capabilities) {
        var said = NodeRegisterBuilder.builder()
                .nodeId("n1")
                .name(name)
                .hostname("host")
                .agentVersion("0.1.0")
                .role(role)
                .zone(zone)
                .labels(labels)
                .capabilities(List.of(capabilities))
                .maxParallel(4)
                .build();
        return await(fleet.nodes.registered("n1", said, "websocket"));
    }

    @Test
    void what_an_administrator_set_stays_also_where_it_is_what_the_worker_said() {
        fleet.create("n1");
        says("one", "cpu", "zone-a", Map.of("disk", "ssd", "pool", "serve"), "docker");
        var same = new NodeSettings("one", "cpu", "zone-a", Map.of("disk", "ssd"), List.of("docker"), null);
        await(fleet.nodes.replace("n1", same, null));
        fleet.restart();

        var later = says("two", "gpu", "zone-b", Map.of("disk", "nvme", "pool", "serve", "new", "yes"), "docker", "x");
        assertThat(later.name()).isEqualTo("one");
        assertThat(later.role()).isEqualTo("cpu");
        assertThat(later.zone()).isEqualTo("zone-a");
        assertThat(later.capabilities()).containsExactly("docker");
        assertThat(later.labels())
                .as("pool was removed, new was not there to be removed")
                .isEqualTo(Map.of("disk", "ssd", "new", "yes"));

        var free = await(fleet.nodes.replace("n1", new NodeSettings(null, null, null, null, null, null), null));
        assertThat(free.role()).as("given back to the worker").isEqualTo("gpu");
        assertThat(free.labels()).containsEntry("disk", "nvme").containsEntry("pool", "serve");
        assertThat(says("three", "proxy", "zone-c", Map.of(), "docker"))
                .extracting(Node::name, Node::role, Node::zone)
                .containsExactly("three", "proxy", "zone-c");
        assertThat(await(fleet.nodes.get("n1")).roleSet())
                .as("what a worker says of itself gives it no secrets")
                .isNull();
        assertThat(await(fleet.nodes.replace("n1", new NodeSettings("n1", "proxy", null, null, null, null), null))
                        .roleSet())
                .as("nor does a view of it that is sent back")
                .isNull();
        await(fleet.nodes.patch("n1", new JsonObject().put("role", "proxy"), null));
        assertThat(says("three", "proxy", "zone-c", Map.of(), "docker").roleSet())
                .isTrue();
    }

    @Test
    void a_patch_sets_only_what_it_names_and_null_gives_it_back_to_the_worker() {
        fleet.create("n1");
        says("one", "cpu", "zone-a", Map.of("disk", "ssd", "pool", "serve"), "docker");
        await(fleet.nodes.patch(
                "n1", new JsonObject("{\"role\":\"cpu\",\"labels\":{\"disk\":\"ssd\",\"pool\":null}}"), null));

        var later = says("one", "gpu", "zone-b", Map.of("disk", "nvme", "pool", "serve"), "docker", "x");
        assertThat(later.role()).isEqualTo("cpu");
        assertThat(later.zone()).isEqualTo("zone-b");
        assertThat(later.capabilities()).containsExactly("docker", "x");
        assertThat(later.labels()).isEqualTo(Map.of("disk", "ssd"));

        var back = await(fleet.nodes.patch("n1", new JsonObject("{\"role\":null,\"labels\":null}"), null));
        assertThat(back.role()).isEqualTo("gpu");
        assertThat(back.labels()).isEqualTo(Map.of("disk", "nvme", "pool", "serve"));
    }

    @Test
    void a_record_of_before_keeps_what_differs_from_the_workers_word() {
        fleet.create("n1");
        says("one", "cpu", "zone-a", Map.of("disk", "ssd"), "docker");
        await(fleet.nodes.patch("n1", new JsonObject("{\"zone\":\"z\",\"labels\":{\"tier\":\"gold\"}}"), null));
        var stored = await(fleet.store.get("nodes", "n1"));
        var json = new JsonObject(stored.json());
        json.remove("overrides");
        json.getJsonObject("node").put("version", stored.version() + 1);
        await(fleet.store.replaceIf(
                "nodes",
                new io.aiwm.controller.store.DocumentStore.Document("n1", stored.version() + 1, json.encode())));
        fleet.restart();

        var later = says("one", "gpu", "zone-b", Map.of("disk", "nvme"), "docker");
        assertThat(later.zone()).isEqualTo("z");
        assertThat(later.role()).isEqualTo("gpu");
        assertThat(later.labels()).isEqualTo(Map.of("tier", "gold", "disk", "nvme"));
    }

    @Test
    void a_zone_that_only_the_worker_named_follows_the_worker_to_another() {
        fleet.create("n1");
        fleet.register("n1");
        var moved =
                await(fleet.nodes.registered("n1", FleetUnderTest.registration("n1", "zone-b", Map.of()), "websocket"));

        assertThat(moved.zone()).isEqualTo("zone-b");
        assertThat(moved.labels()).isEmpty();
    }

    @Test
    void a_node_loses_and_gains_the_capability_of_its_container_engine_while_it_is_connected() {
        fleet.create("n1");
        fleet.register("n1");
        fleet.admission.sampled("n1", engine(true), null);
        await().untilAsserted(
                        () -> assertThat(await(fleet.nodes.get("n1")).system().containerEngine())
                                .isNotNull());
        fleet.admission.sampled("n1", engine(false), null);
        await().untilAsserted(() ->
                assertThat(await(fleet.nodes.get("n1")).capabilities()).isEmpty());
        fleet.admission.sampled("n1", engine(true), null);
        await().untilAsserted(() ->
                assertThat(await(fleet.nodes.get("n1")).capabilities()).containsExactly("docker"));
    }

    @Test
    void what_a_worker_keeps_and_removes_of_images_is_shown_while_it_is_connected() {
        fleet.create("n1");
        fleet.register("n1");
        fleet.admission.sampled("n1", engine(true), null);
        fleet.admission.sampled("n1", engine(true, new SystemInfo.Images(2, 9_000L, 1, 4_000L, 0)), null);
        await().untilAsserted(() -> assertThat(await(fleet.nodes.get("n1"))
                        .system()
                        .containerEngine()
                        .images()
                        .removedBytes())
                .isEqualTo(4_000));
    }

    private static SystemInfo engine(boolean reachable) {
        return engine(reachable, null);
    }

    private static SystemInfo engine(boolean reachable, SystemInfo.Images images) {
        var engine = SystemInfoContainerEngineBuilder.builder()
                .name("docker")
                .version("24")
                .apiVersion("1.43")
                .runtimes(List.of())
                .reachable(reachable)
                .images(images)
                .build();
        return new SystemInfo(null, null, null, null, null, null, engine);
    }
}
