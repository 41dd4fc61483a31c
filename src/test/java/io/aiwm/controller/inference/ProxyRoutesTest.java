package io.aiwm.controller.inference;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentRequest;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.eventlog.Event;
import io.aiwm.controller.node.NodeStatus;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real deployments in a real store, and two controllers that each hear one of two proxies. */
@Timeout(60)
class ProxyRoutesTest {
    private static final Set<String> PROXIES = Set.of("proxy-1", "proxy-2");

    @TempDir
    Path folder;

    private Fleet fleet;
    /** What each proxy calls. */
    private final Map<String, Set<String>> calls = new ConcurrentHashMap<>();

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        new ProxyRoutes(fleet.vertx, hearing("c1", "proxy-1", "c2"), fleet.deployments, InstantSource.system());
        var other = new ProxyRoutes(
                fleet.vertx, hearing("c2", "proxy-2", "c1"), fleet.deploymentsOfAnother(), InstantSource.system());
        await(other.serve());
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private ProxyRoutes.Fleet hearing(String controller, String proxy, String other) {
        return new ProxyRoutes.Fleet(controller, () -> List.of(other), () -> PROXIES, asked -> {
            var found = new ConcurrentHashMap<String, Set<String>>();
            asked.stream()
                    .filter(calls.getOrDefault(proxy, Set.of())::contains)
                    .forEach(id -> found.put(id, Set.of(proxy)));
            return found;
        });
    }

    private Deployment running() {
        Deployment made = await(fleet.deployments.create(
                DeploymentRequest.of(new JsonObject("{\"name\":\"web\",\"spec\":{\"image\":\"web:1\"}}")), "ada"));
        fleet.work(made.lastExecutionId());
        return Awaitility.await().until(() -> await(fleet.deployments.get(made.id())), now -> now.container() != null);
    }

    private List<Event> noted(Deployment of) {
        await(fleet.deployments.events().resync());
        return await(fleet.deployments.events().page(of.id(), 0L, 100, null)).events().stream()
                .filter(event -> event.code().equals(ProxyRoutes.CODE))
                .toList();
    }

    private Event note(Deployment of) {
        return Awaitility.await()
                .atMost(ProxyRoutes.PATIENCE.plus(Duration.ofSeconds(5)))
                .until(() -> noted(of), found -> !found.isEmpty())
                .get(0);
    }

    @Test
    void a_replica_is_noted_once_all_proxies_of_all_controllers_call_it_and_a_silent_one_is_named() {
        Deployment web = running();
        String replica = web.container().containerId();
        calls.put("proxy-1", Set.of(replica));
        assertThat(noted(web)).isEmpty();
        calls.put("proxy-2", Set.of(replica));
        Event all = note(web);
        assertThat(all)
                .returns("2 of 2 proxies call it", Event::text)
                .returns(0, Event::replica)
                .returns("n1", Event::nodeId)
                .returns(null, Event::reasonCode);

        Deployment second = running();
        calls.put("proxy-1", Set.of(second.container().containerId()));
        Event some = note(second);
        assertThat(some)
                .returns("1 of 2 proxies call it; not yet: proxy-2", Event::text)
                .returns(ProxyRoutes.SILENT, Event::reasonCode);
        Deployment after = await(fleet.deployments.get(second.id()));
        assertThat(after.ready()).isOne();
        assertThat(noted(web)).hasSize(1);
    }
}
