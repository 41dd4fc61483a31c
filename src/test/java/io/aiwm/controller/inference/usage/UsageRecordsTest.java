package io.aiwm.controller.inference.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.deployment.DyingStore;
import io.aiwm.controller.inference.usage.UsageReport.Asked;
import io.aiwm.controller.inference.usage.UsageReport.Group;
import io.aiwm.controller.inference.usage.UsageReport.Line;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.CallUsageBuilder;
import io.aiwm.inference.usage.UsageSink;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** Usage in a real store. */
class UsageRecordsTest extends UsageRig {
    private UsageCollector collector(UsageRecords records, String gateway) {
        var collector = new UsageCollector(vertx, records, gateway, folder.resolve("unstored"));
        done(collector.start(vertx));
        return collector;
    }

    private static CallUsage call(String user, String model, Instant at, long tokens) {
        return CallUsageBuilder.builder()
                .id("call")
                .at(at)
                .user(user)
                .keyId("key_" + user)
                .model(model)
                .deploymentId(model == null ? null : "dep_1")
                .status(model == null ? 404 : 200)
                .promptTokens(tokens)
                .completionTokens(1)
                .build();
    }

    private List<Line> by(UsageRecords records, String user, Group... groups) {
        return done(new UsageReport(records)
                        .of(new Asked(
                                NOON.minus(Duration.ofDays(2)), NOON.plus(Duration.ofDays(2)), List.of(groups), user)))
                .lines();
    }

    @Test
    void calls_are_added_up_by_what_is_asked_and_for_one_user_alone() {
        var records = new UsageRecords(store, InstantSource.system(), KEPT);
        var collector = collector(records, "ctl_1");
        for (int i = 0; i < 3; i++) {
            collector.ended(call("ada", "tiny", NOON.plusSeconds(i), 10));
        }
        done(collector.flush());
        collector.ended(call("ada", "tiny", NOON.plusSeconds(4_000), 10));
        collector.ended(call("bob", null, NOON, 0));
        done(collector.flush());
        done(collector.flush());

        assertThat(by(records, null, Group.USER, Group.MODEL))
                .containsExactly(
                        new Line(List.of("ada", "tiny"), new UsageCounts(4, 0, 40, 4, 0, 0)),
                        new Line(List.of("bob", "unknown"), new UsageCounts(1, 1, 0, 1, 0, 0)));
        assertThat(by(records, "ada", Group.HOUR))
                .extracting(line -> line.group().get(0))
                .containsExactly("2026-11-27T12:00:00Z", "2026-11-27T13:00:00Z");
        assertThat(by(records, "ada", Group.DAY))
                .extracting(line -> line.group().get(0))
                .containsExactly("2026-11-27");
        assertThat(by(records, "eve")).isEmpty();
    }

    @Test
    void calls_that_were_refused_belong_to_the_model_that_was_asked_for_if_there_is_one() {
        var records = new UsageRecords(store, InstantSource.system(), KEPT);
        var collector = collector(records, "ctl_1");
        var refused = CallUsageBuilder.builder(call("ada", "tiny", NOON, 0)).deploymentId(null);
        collector.ended(refused.status(429).build());
        collector.ended(refused.status(403).build());
        collector.ended(refused.status(404).model("what-an-earlier-proxy-tells").build());
        done(collector.flush());
        assertThat(by(records, null, Group.MODEL))
                .containsExactly(
                        new Line(List.of("tiny"), new UsageCounts(2, 2, 0, 2, 0, 0)),
                        new Line(List.of("unknown"), new UsageCounts(1, 1, 0, 1, 0, 0)));
    }

    @Test
    void an_orderly_stop_stores_also_what_came_while_a_batch_was_under_way() {
        var records = new UsageRecords(store, InstantSource.system(), KEPT);
        var collector = collector(records, "ctl_2");
        collector.ended(call("ada", "tiny", NOON, 10));
        Future<Void> underWay = collector.flush();
        collector.ended(call("ada", "tiny", NOON, 10));
        done(collector.close());
        assertThat(underWay.succeeded()).isTrue();
        assertThat(by(records, null, Group.USER))
                .containsExactly(new Line(List.of("ada"), new UsageCounts(2, 0, 20, 2, 0, 0)));
    }

    @Test
    void what_was_added_beside_a_write_is_stored_when_that_is_awaited() {
        var records = new UsageRecords(store, InstantSource.system(), KEPT);
        var collector = collector(records, "ctl_3");
        done(collector.store());
        collector.ended(call("ada", "tiny", NOON, 10));
        Future<Void> underWay = collector.flush();
        collector.ended(call("ada", "tiny", NOON, 10));
        done(collector.store());
        assertThat(underWay.succeeded()).isTrue();
        assertThat(by(records, null, Group.USER))
                .containsExactly(new Line(List.of("ada"), new UsageCounts(2, 0, 20, 2, 0, 0)));
    }

    /** A proxy gives a batch again until it hears that it is stored; another controller takes it then. */
    @Test
    void a_batch_that_is_replayed_after_a_kill_between_any_two_writes_counts_once() {
        for (int writes = 0; writes <= 6; writes++) {
            String gateway = "proxy" + writes;
            String user = "u" + writes;
            var first = new ArrayList<CallUsage>();
            for (String model : List.of("a", "b", "c")) {
                first.add(call(user, model, NOON, 10));
            }
            var second = List.of(call(user, "a", NOON, 5), call(user, "d", NOON, 5));
            var dying = new DyingStore(store, writes);
            var killed = new UsageRecords(dying, InstantSource.system(), KEPT);
            Future<Void> counted = killed.count(gateway, 1, first, call -> {})
                    .compose(done -> killed.count(gateway, 2, second, call -> {}));
            await().until(() -> dying.dead || counted.isComplete());

            var next = new UsageRecords(store, InstantSource.system(), KEPT);
            done(next.count(gateway, 1, first, call -> {}));
            done(next.count(gateway, 2, second, call -> {}));
            done(next.count(gateway, 2, second, call -> {}));
            assertThat(by(next, user, Group.MODEL))
                    .as("killed after " + writes + " writes")
                    .extracting(line -> line.counts().promptTokens())
                    .containsExactly(15L, 10L, 10L, 5L);
        }
    }

    /** As metrics want it, which have no memory of batches. */
    @Test
    void each_call_is_told_of_once_however_often_and_to_whomever_its_batch_is_given() {
        for (int writes = 0; writes <= 4; writes++) {
            String gateway = "told" + writes;
            String user = "t" + writes;
            var told = new ConcurrentLinkedQueue<String>();
            UsageSink sink = call -> told.add(call.model());
            var batch = new ArrayList<CallUsage>();
            for (String model : List.of("a", "b", "b", "c")) {
                batch.add(call(user, model, NOON, 10));
            }
            var dying = new DyingStore(store, writes);
            Future<Void> counted = new UsageRecords(dying, InstantSource.system(), KEPT).count(gateway, 1, batch, sink);
            await().until(() -> dying.dead || counted.isComplete());
            var other = new UsageRecords(store, InstantSource.system(), KEPT);
            done(other.count(gateway, 1, batch, sink));
            done(new UsageRecords(store, InstantSource.system(), KEPT).count(gateway, 1, batch, sink));
            await().until(() -> told.size() >= batch.size());
            assertThat(told).as("killed after " + writes + " writes").containsExactlyInAnyOrder("a", "b", "b", "c");
        }
    }

    @Test
    void a_record_that_cannot_be_read_keeps_away_what_is_in_it_and_nothing_else() {
        CallUsage call = call("ada", "tiny", NOON, 10);
        String id = UsageKey.of(call).id();
        done(store.insert(
                UsageRecords.COLLECTION.name(),
                new DocumentStore.Document(
                        id, 1, "{\"id\":\"" + id + "\",\"version\":1,\"key\":{\"hour\":\"" + NOON + "\"}}")));
        var records = new UsageRecords(store, InstantSource.fixed(NOON), KEPT);
        var collector = collector(records, "ctl_1");
        collector.ended(call);
        collector.ended(call("bob", "tiny", NOON, 5));
        done(collector.flush());
        done(collector.close());
        done(records.run());
        assertThat(by(records, null, Group.USER))
                .containsExactly(
                        new Line(List.of("ada"), new UsageCounts(1, 0, 10, 1, 0, 0)),
                        new Line(List.of("bob"), new UsageCounts(1, 0, 5, 1, 0, 0)));
    }

    @Test
    void a_store_that_is_away_loses_nothing_and_counts_nothing_twice() {
        var dying = new DyingStore(store, 0);
        var away = collector(new UsageRecords(dying, InstantSource.system(), KEPT), "ctl_1");
        away.ended(call("ada", "tiny", NOON, 1));
        Future<Void> hangs = away.flush();
        await().until(() -> dying.dead);
        away.ended(call("ada", "tiny", NOON, 1));
        assertThat(away.flush()).as("one write at a time").isSameAs(hangs);
    }

    @Test
    void hours_that_are_older_than_is_set_are_deleted() {
        var records = new UsageRecords(store, InstantSource.fixed(NOON.plus(KEPT)), KEPT);
        done(records.count(
                "g",
                1,
                List.of(call("ada", "old", NOON.minusSeconds(3_600), 1), call("ada", "new", NOON, 1)),
                call -> {}));
        done(records.run());
        assertThat(by(records, null, Group.MODEL))
                .extracting(line -> line.group().get(0))
                .containsExactly("new");
    }

    @Test
    void no_cell_of_a_csv_is_a_formula_and_separators_are_quoted() {
        var text = new StringBuilder();
        Csv.line(
                text, Arrays.asList("=1+1", "+x", "-x", "@x", "\tx", "a,b", "say \"hi\"", "two\nlines", null, "", -5L));
        assertThat(text.toString())
                .isEqualTo("'=1+1,'+x,'-x,'@x,'\tx,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",,,-5\r\n");
    }
}
