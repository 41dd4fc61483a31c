package io.aiwm.controller.autoscale;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.Autoscale;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentRequestBuilder;
import io.aiwm.controller.deployment.DeploymentRules;
import io.aiwm.controller.deployment.DeploymentSweep;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.deployment.ReplicaRoom;
import io.aiwm.controller.deployment.Scaling;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.store.Query;
import io.aiwm.inference.Gateway;
import io.aiwm.protocol.ContainerSpecBuilder;
import io.aiwm.testing.TestSettings;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AutoscalerTest {
    private static final Autoscale POLICY = new Autoscale(0, 3, 2, 5, 20, 60, 10);

    @TempDir
    Path folder;

    private Fleet fleet;
    private String id;
    private long millis;
    private final Map<String, Gateway.Load> here = new ConcurrentHashMap<>();
    private final Map<String, Gateway.Load> there = new ConcurrentHashMap<>();
    /** Proxies of the second controller, and all that may serve. */
    private final Set<String> heard = ConcurrentHashMap.newKeySet();

    private final Set<String> expected = ConcurrentHashMap.newKeySet();
    private Autoscaler first;
    private Autoscaler second;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        first = controller("c1", "c2", here);
        second = controller("c2", "c1", there);
        id = Fleet.await(fleet.deployments.create(
                        DeploymentRequestBuilder.builder()
                                .name("tiny")
                                .spec(ContainerSpecBuilder.builder().image("a").build())
                                .replicas(0)
                                .autoscale(POLICY)
                                .build(),
                        "ann"))
                .id();
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private Autoscaler controller(String own, String other, Map<String, Gateway.Load> calls) {
        var loads = new GatewayLoads(fleet.vertx, own, () -> List.of(other), () -> calls);
        Fleet.await(loads.serve());
        loads.proxies(new GatewayLoads.Proxies(
                () -> 0, () -> own.equals("c2") ? Set.copyOf(heard) : Set.of(), () -> Set.copyOf(expected)));
        var scheduler = new Scheduler(TestSettings.scheduler().build(), fleet.now::get, true);
        var room = new ReplicaRoom(fleet.executions, scheduler);
        return new Autoscaler(fleet.deployments, () -> List.of(id), loads, room, fleet.now::get, () -> millis);
    }

    private int pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            millis += 1_000;
            Fleet.await(second.run());
            Fleet.await(first.run());
        }
        return stored().replicas();
    }

    private Deployment stored() {
        return Fleet.await(fleet.deployments.get(id));
    }

    @Test
    void replicas_follow_the_calls_of_all_gateways_and_one_controller_decides() {
        assertThat(pass(5)).isZero();
        there.put(id, new Gateway.Load(0, 1));
        assertThat(pass(1)).isEqualTo(1);
        assertThat(stored().scaling().code()).isEqualTo(Scaling.Code.WOKEN);
        here.put(id, new Gateway.Load(0, 2));
        there.put(id, new Gateway.Load(0, 3));
        assertThat(pass(5)).isEqualTo(1);
        assertThat(pass(1)).isEqualTo(3); // five calls, two for each
        here.clear();
        there.clear();
        assertThat(pass(20)).isEqualTo(3);
        assertThat(pass(1)).isEqualTo(1);
        assertThat(pass(60)).isZero();
        assertThat(stored().scaling().code()).isEqualTo(Scaling.Code.IDLE);
        assertThat(stored().scaling().text()).isEqualTo("no call for 60 s");
        assertThat(stored().actor()).isEqualTo("system");
    }

    @Test
    void a_call_that_waits_wakes_it_without_a_sweep() {
        second.wake(id);
        second.wake(id);
        Awaitility.await().until(() -> stored().replicas() == 1);
    }

    @Test
    void an_update_keeps_its_replicas_until_it_is_judged() {
        there.put(id, new Gateway.Load(0, 1));
        assertThat(pass(1)).isEqualTo(1);
        Awaitility.await().until(() -> {
            Fleet.await(new DeploymentSweep(fleet.deployments).run());
            Fleet.await(fleet.executions.find(Query.where(Query.Condition.eq("status", "RUNNING"))))
                    .items()
                    .forEach(one -> fleet.work(one.id()));
            return stored().ready() == 1;
        });
        Fleet.await(
                fleet.deployments.rollouts().patch(id, new JsonObject("{\"spec\":{\"image\":\"b\"}}"), null, "ann"));
        there.clear();
        assertThat(stored().hasUpdateUnderWay()).isTrue();
        assertThat(pass(200)).isEqualTo(1);
    }

    @Test
    void all_gateways_share_limits_also_those_of_a_controller_that_is_silent() {
        var loads = new GatewayLoads(fleet.vertx, "c3", () -> List.of("c4", "gone"), () -> Map.of());
        loads.proxies(new GatewayLoads.Proxies(() -> 2, Set::of, Set::of));
        var other = new GatewayLoads(fleet.vertx, "c4", () -> List.of(), () -> Map.of());
        other.proxies(new GatewayLoads.Proxies(() -> 3, Set::of, Set::of));
        Fleet.await(other.serve());
        assertThat(loads.gateways()).isEqualTo(5);
        Fleet.await(loads.count());
        assertThat(loads.gateways()).isEqualTo(8);
    }

    @Test
    void nothing_is_taken_away_under_a_proxy_that_is_cut_off_until_it_is_not_counted_on_any_more() {
        there.put(id, new Gateway.Load(0, 1));
        assertThat(pass(1)).isEqualTo(1);
        there.clear();
        expected.add("proxy-1");
        assertThat(pass(100)).isEqualTo(1);
        heard.add("proxy-1");
        assertThat(pass(61)).isZero();

        there.put(id, new Gateway.Load(0, 1));
        assertThat(pass(1)).isEqualTo(1);
        there.clear();
        heard.clear();
        assertThat(pass(100)).isEqualTo(1);
        expected.clear();
        assertThat(pass(61)).isZero();
    }

    @Test
    void what_waits_in_the_background_alone_and_in_vain_wakes_it_only_later_again() {
        first.wake(id);
        Awaitility.await().until(() -> stored().replicas() == 1);
        assertThat(pass(70)).isZero(); // it had no node
        assertThat(stored().scaling().code()).isEqualTo(Scaling.Code.IN_VAIN);
        first.wake(id);
        assertThat(pass(5)).isZero();
        there.put(id, new Gateway.Load(0, 1));
        assertThat(pass(1)).isEqualTo(1);
        there.clear();
        assertThat(pass(70)).isZero();
        fleet.now.set(fleet.now.get().plusSeconds(301));
        first.wake(id);
        Awaitility.await().until(() -> stored().replicas() == 1);
    }

    @Test
    void without_a_policy_no_call_changes_it() {
        Fleet.await(fleet.deployments.rollouts().patch(id, new JsonObject().putNull("autoscale"), null, "ann"));
        assertThat(stored().autoscale()).isNull();
        here.put(id, new Gateway.Load(0, 5));
        second.wake(id);
        assertThat(pass(10)).isZero();
    }

    @Test
    void what_is_wrong_with_it_is_named() {
        var request = DeploymentRequestBuilder.builder()
                .name("tiny")
                .spec(ContainerSpecBuilder.builder().image("a").build())
                .autoscale(new Autoscale(3, 2, 0, -1, null, null, 100_000))
                .build();
        Failure refused = (Failure) Assertions.catchThrowable(() -> DeploymentRules.check(request));
        assertThat(refused.errors)
                .extracting(Failure.FieldError::pointer)
                .containsExactlyInAnyOrder(
                        "/autoscale/targetInFlight",
                        "/autoscale/scaleUpAfterSeconds",
                        "/autoscale/minResidenceSeconds",
                        "/autoscale/maxReplicas");
    }
}
