package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Json;
import io.aiwm.controller.change.ChangeFeed;
import io.aiwm.controller.eventlog.Event;
import io.aiwm.controller.eventlog.EventLog;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.Query;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DeploymentEventsTest extends FleetRig {
    private static DeploymentRequest request(String image, int replicas) {
        return DeploymentRulesTest.request(
                "{'name':'web','replicas':" + replicas + ",'spec':{'image':'" + image + "'}}");
    }

    private Deployment running(int replicas) {
        var made = await(fleet.deployments.create(request("web:1", replicas), "alice"));
        work(made.id());
        return fleet.get(made.id());
    }

    private void work(String id) {
        await().pollInterval(Duration.ofMillis(5)).until(() -> {
            await(new DeploymentSweep(fleet.deployments).run());
            Deployment seen = fleet.get(id);
            seen.instances().stream()
                    .filter(one -> one.state().isTransitional())
                    .forEach(one -> fleet.work(one.lastExecutionId()));
            Deployment after = fleet.get(id);
            return !after.isRolling()
                    && after.instances().stream().noneMatch(one -> one.state().isTransitional());
        });
    }

    private List<Event> events(String id) {
        await(fleet.deployments.events().resync());
        return await(fleet.deployments.events().page(id, 0L, 1_000, null)).events();
    }

    private List<String> codes(String id) {
        return events(id).stream()
                .map(one -> one.code() + (one.replica() == null ? "" : " " + one.replica()))
                .toList();
    }

    @Test
    void what_a_user_asked_for_and_what_came_of_it_is_told_in_order_and_by_whom() {
        String id = running(2).id();
        assertThat(codes(id))
                .containsExactly(
                        "deployment.created",
                        "replica.starting 0",
                        "replica.starting 1",
                        "replica.ready 0",
                        "replica.ready 1");
        assertThat(events(id).get(0)).returns("alice", Event::actor).returns("2 replicas of web:1", Event::text);
        assertThat(events(id).get(3)).returns("n1", Event::nodeId).returns("it is ready on node n1", Event::text);

        await(fleet.deployments.rollouts().scale(id, 1, "bob"));
        work(id);
        assertThat(events(id).subList(5, 7))
                .extracting(Event::code, Event::actor, Event::replica)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("deployment.scaled", "bob", null),
                        org.assertj.core.groups.Tuple.tuple("replica.removed", null, 1));
    }

    @Test
    void an_update_that_fails_is_told_until_the_generation_before_is_back() {
        String id = running(1).id();
        await(fleet.deployments.update(id, request("web:2", 1), null, "carol"));
        fleet.work(
                fleet.get(id).lastExecutionId(),
                command -> command.equals("deployment.update") ? Fleet.error("no such image") : null);
        work(id);
        var all = events(id);
        var after = all.subList(3, all.size());
        assertThat(after.stream().map(Event::code))
                .startsWith("deployment.updated", "rollout.started", "replica.updating")
                .containsSubsequence("rollout.rolling-back", "rollout.rolled-back");
        assertThat(after.stream().filter(one -> one.code().equals("rollout.rolling-back")))
                .singleElement()
                .satisfies(one -> assertThat(one.text()).contains("replica 0", "no such image"));
        assertThat(after.get(0).actor()).isEqualTo("carol");
        assertThat(all.stream().map(Event::seq))
                .isEqualTo(LongStream.rangeClosed(1, all.size()).boxed().toList());
    }

    @Test
    void a_lost_node_is_told_once_with_the_node() {
        String id = running(1).id();
        fleet.node("n2", NodeStatus.IDLE);
        fleet.node("n1", NodeStatus.OFFLINE);
        work(id);
        assertThat(events(id).stream().filter(one -> one.code().equals("replica.lost")))
                .singleElement()
                .returns("n1", Event::nodeId);
        assertThat(codes(id)).endsWith("replica.ready 0");
    }

    @Test
    void the_record_forgets_what_is_in_the_log_and_a_controller_that_begins_tells_nothing_twice() {
        String id = running(1).id();
        int told = events(id).size();
        fleet.restartController();
        assertThat(events(id)).hasSize(told);
        await(fleet.deployments.stop(id, "alice"));
        work(id);
        assertThat(fleet.get(id).outbox().waiting().stream().map(Event::seq)).allMatch(seq -> seq > told);
        assertThat(codes(id)).endsWith("deployment.stopping", "replica.stopped 0");
    }

    @Test
    void a_kill_while_the_log_is_written_loses_nothing_and_repeats_nothing() {
        String id = running(3).id();
        for (int writes = 0; writes < 3; writes++) {
            var store = new DyingStore(fleet.store, writes);
            fleet.restartController(store);
            int wanted = 2 - writes;
            fleet.deployments.rollouts().scale(id, wanted, "alice");
            fleet.deployments.events().resync();
            await().pollInterval(Duration.ofMillis(5)).until(() -> store.dead || replicasStored(id) == wanted);
            fleet.restartController();
            work(id);
            var all = events(id);
            assertThat(all.stream().map(Event::seq))
                    .isEqualTo(LongStream.rangeClosed(1, all.size()).boxed().toList());
            assertThat(all.get(all.size() - 1).seq())
                    .isEqualTo(fleet.get(id).outbox().last());
        }
    }

    /** As the store has it, which answers also when the controller's does not any more. */
    private int replicasStored(String id) {
        return new JsonObject(await(fleet.store.get(Deployments.COLLECTION.name(), id))
                        .json())
                .getInteger("replicas");
    }

    @Test
    void the_feed_brings_them_to_the_log_by_itself_and_the_oldest_go() {
        var feed = new ChangeFeed(fleet.vertx, fleet.store, "c1", true).add(fleet.deployments.events());
        feed.start();
        String id = running(1).id();
        for (int i = 0; i < 200; i++) {
            await(fleet.deployments.rollouts().scale(id, i % 2, "alice"));
        }
        await().untilAsserted(() -> assertThat(await(fleet.deployments.events().page(id, null, 1, null))
                        .events())
                .first()
                .returns(fleet.get(id).outbox().last(), Event::seq));
        long last = fleet.get(id).outbox().last();
        var kept = await(fleet.deployments.events().page(id, 0L, 1_000, null)).events();
        assertThat(kept.size()).isBetween(200, 300);
        assertThat(kept.get(kept.size() - 1).seq()).isEqualTo(last);
        assertThat(fleet.get(id).outbox().waiting()).hasSizeLessThan(300);
        await(feed.close());
    }

    @Test
    void events_go_with_their_age() {
        String id = running(1).id();
        assertThat(events(id)).isNotEmpty();
        var log = new EventLog(fleet.store, Fleet.EVENTS, fleet.now::get);
        await(log.run());
        assertThat(events(id)).isNotEmpty();
        fleet.now.updateAndGet(now -> now.plus(Duration.ofDays(31)));
        await(log.run());
        assertThat(await(fleet.store.find(EventLog.COLLECTION.name(), Query.all()))
                        .documents())
                .isEmpty();
    }

    @Test
    void an_event_is_stored_as_it_is_read() {
        var event = DeploymentEventNotes.deleted(fleet.now.get());
        assertThat(Json.decode(Json.encode(event), Event.class)).isEqualTo(event);
    }
}
