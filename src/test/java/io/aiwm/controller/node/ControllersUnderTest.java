package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.LIMITS;
import static io.aiwm.controller.node.FleetUnderTest.await;

import io.aiwm.boot.Config;
import io.aiwm.boot.Secrets;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Controllers over one real store, each on an event bus of its own, so that no hint of one reaches another; a clock turned
 * by hand. Workers are heard by the controller they are connected to, and register again when it ends their session.
 */
final class ControllersUnderTest implements AutoCloseable {
    private final Vertx storeVertx = Vertx.vertx();
    final DocumentStore store;
    private final List<Controller> all = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");

    ControllersUnderTest(Path folder) {
        store = new SqliteStore(storeVertx, folder.resolve("test.db"), Config.Storage.Sync.NORMAL);
        await(store.open(List.of(Nodes.COLLECTION, NodeTokens.COLLECTION, Storms.COLLECTION, Controllers.COLLECTION)));
    }

    /** One process. */
    final class Controller {
        final Vertx vertx = Vertx.vertx();
        final String id;
        final ControllerPresence presence;
        final Controllers controllers;
        final Nodes nodes;
        final NodeAdmission admission;
        final Storms storms;
        final SilentNodes silent;
        /** Nodes that are connected here. */
        final Set<String> connected = new TreeSet<>();
        /** Nodes whose session it ended. */
        final List<String> ended = new ArrayList<>();

        final List<String> lost = new ArrayList<>();
        private boolean paused;
        private Instant looked = now;

        Controller(String id, Duration wallClockAhead) {
            this.id = id;
            InstantSource clock = () -> now.plus(wallClockAhead);
            presence = new ControllerPresence(
                    LIMITS, () -> Duration.between(Instant.EPOCH, now).toNanos());
            controllers = new Controllers(store, presence, clock, id, "a test", "a key");
            nodes = new Nodes(vertx, store, clock, LIMITS, id);
            storms = new Storms(store, clock);
            silent = new SilentNodes(nodes, presence, storms, clock, LIMITS);
            var jwt = new JwtTokens(vertx, new Secrets("0123456789abcdef0123456789abcdef", null, null, null), clock);
            admission = new NodeAdmission(
                    nodes, new NodeTokens(store, nodes, jwt, clock, Duration.ofDays(1)), clock, LIMITS);
            admission.onLost(node -> {
                if (connected.remove(node)) {
                    ended.add(node);
                    admission.left(node, AbsenceReason.disconnected("taken for lost; register again"));
                }
            });
            nodes.onLost(lost::add);
            await(controllers.run());
            await(nodes.start());
            all.add(this);
        }

        void register(String... ids) {
            for (String node : ids) {
                await(nodes.get(node)); // as the check of its token does
                await(nodes.registered(node, FleetUnderTest.registration(node, "z", Map.of()), "websocket"));
                connected.add(node);
            }
        }

        /** Stands still, connections and all, until {@link #resume}. */
        void pause() {
            paused = true;
        }

        /** Its sweep comes before whatever its connections have for it. */
        void resume() {
            paused = false;
            await(silent.run());
        }

        /** Is gone, and its connections with it. */
        void kill() {
            paused = true;
            connected.clear();
        }

        void look() {
            looked = now;
            await(controllers.run());
        }

        void second() {
            connected.forEach(node -> admission.seen(node, List.of()));
            if (Duration.between(looked, now).compareTo(presence.every()) >= 0) {
                look();
            }
            await(silent.run());
            for (String node : List.copyOf(ended)) {
                if (!connected.contains(node) && status(node) == NodeStatus.OFFLINE) {
                    register(node);
                }
            }
        }
    }

    Controller controller(String id) {
        return new Controller(id, Duration.ZERO);
    }

    Controller controller(String id, Duration wallClockAhead) {
        return new Controller(id, wallClockAhead);
    }

    void create(String... ids) {
        for (String node : ids) {
            await(all.get(0).nodes.create(NewNodeBuilder.builder().id(node).build()));
        }
    }

    Node stored(String node) {
        return await(new io.aiwm.controller.store.Records<>(
                                store, Nodes.COLLECTION.name(), NodeRecord.class, NodeRecord.SHAPE, any -> false, false)
                        .get(node))
                .node();
    }

    Instant now() {
        return now;
    }

    NodeStatus status(String node) {
        return stored(node).status();
    }

    /** Second by second: workers are heard where they are connected, and the sweeps run. */
    void pass(Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            now = now.plusSeconds(1);
            all.stream().filter(one -> !one.paused).forEach(Controller::second);
        }
    }

    @Override
    public void close() {
        all.forEach(one -> await(one.vertx.close()));
        await(store.close());
        await(storeVertx.close());
    }
}
