package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.TwoControllers;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two controllers on MongoDB, of which one sends notifications, and each is killed once. Needs the built jar. */
@Timeout(400)
class NotificationsOfTwoControllersIT {
    private static final int NODES = 10;
    private static final int CHANGES = 120;
    /** A lease is left to another controller after 30 s. */
    private static final Duration TAKEN_OVER = Duration.ofSeconds(90);

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    /** Events as they arrived. */
    private final List<JsonObject> received = new CopyOnWriteArrayList<>();

    private HttpServer webhook;
    private TwoControllers cluster;
    private int made;

    @BeforeEach
    void start() {
        webhook = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    received.add(body.toJsonObject().getJsonObject("data"));
                    request.response().setStatusCode(204).end();
                }))
                .listen(0, "127.0.0.1")
                .await();
        cluster = new TwoControllers(folder, Map.of("AIWM_NOTIFICATIONS_INTERNAL_HOSTS", "127.0.0.1"));
    }

    @AfterEach
    void stop() {
        cluster.close();
        vertx.close().await();
    }

    @Test
    void while_both_live_each_event_arrives_once_and_after_the_death_of_either_at_least_once() {
        var hook = new JsonObject()
                .put("kind", "webhook")
                .put("url", "http://127.0.0.1:" + webhook.actualPort() + "/in")
                .put("fold", false);
        cluster.overFirst.expect(201, cluster.overFirst.put("/api/notification-targets/hook", hook));
        var rule = new JsonObject()
                .put("types", new JsonArray().add("node.created").add("node.updated"))
                .put("targets", new JsonArray().add("hook"));
        cluster.overFirst.expect(201, cluster.overFirst.put("/api/notification-rules/nodes", rule));
        // what happens before the sender has read the rule is not sent
        cluster.overFirst.expect(201, cluster.overFirst.post("/api/nodes", new JsonObject().put("id", "first")));
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            cluster.overFirst.expect(
                    200,
                    cluster.overFirst.patch("/api/nodes/first", new JsonObject().put("zone", "z" + System.nanoTime())));
            return !received.isEmpty();
        });
        for (int node = 0; node < NODES; node++) {
            cluster.overFirst.expect(201, cluster.overFirst.post("/api/nodes", new JsonObject().put("id", "n" + node)));
        }
        change(CHANGES, cluster.both());
        arrive();
        assertThat(ofNodes()).hasSize(NODES + made);

        killed(cluster.first, cluster.overFirst, cluster.overSecond);
        killed(cluster.second, cluster.overSecond, cluster.overFirst);
        int twice = ofNodes().size() - distinct().size();
        System.out.println(new JsonObject()
                .put("events", NODES + made)
                .put("distinct", distinct().size())
                .put("twice", twice)
                .encode());
        // what had arrived, and was not noted yet
        assertThat(twice).isLessThanOrEqualTo(2 * NODES);
        inOrder().forEach((node, revisions) -> assertThat(revisions).as(node).isSorted());
    }

    /** Kills a controller among changes. */
    private void killed(AiwmProcess process, AiwmClient own, AiwmClient other) {
        change(CHANGES / 2, List.of(own, other));
        process.kill9();
        change(CHANGES / 2, List.of(other));
        arrive();
        process.startAndWait();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> own.get("/api/health/ready").status() == 200);
    }

    private void change(int count, List<AiwmClient> over) {
        for (int i = 0; i < count; i++) {
            AiwmClient api = over.get(i % over.size());
            api.expect(200, api.patch("/api/nodes/n" + made % NODES, new JsonObject().put("zone", "z" + made)));
            made++;
        }
    }

    private void arrive() {
        await().atMost(TAKEN_OVER).until(() -> distinct().size() >= NODES + made);
        assertThat(distinct()).hasSize(NODES + made);
    }

    private List<JsonObject> ofNodes() {
        return received.stream()
                .filter(event -> !"first".equals(event.getString("resourceId")))
                .toList();
    }

    private Set<String> distinct() {
        var ids = new HashSet<String>();
        ofNodes().forEach(event -> ids.add(event.getString("id")));
        return ids;
    }

    /** Of each node the revisions in the order in which they came first. */
    private Map<String, List<Long>> inOrder() {
        var seen = new HashSet<String>();
        var all = new HashMap<String, List<Long>>();
        for (JsonObject event : ofNodes()) {
            if (seen.add(event.getString("id"))) {
                all.computeIfAbsent(event.getString("resourceId"), first -> new ArrayList<>())
                        .add(event.getLong("revision"));
            }
        }
        return all;
    }
}
