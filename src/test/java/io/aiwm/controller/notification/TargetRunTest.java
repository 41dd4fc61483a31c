package io.aiwm.controller.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.controller.notification.Delivery.State;
import io.aiwm.controller.notification.SendFailure.Concerns;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What waits for one target on a real store, with a clock that the test turns. */
@Timeout(60)
class TargetRunTest {
    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-28T10:00:00Z"));
    private final Target target = TargetBuilder.builder()
            .id("hook")
            .kind(Target.Kind.WEBHOOK)
            .enabled(true)
            .build();
    private final List<String> tried = new ArrayList<>();
    private final List<String> arrived = new ArrayList<>();
    private final AtomicReference<Function<Notice, SendFailure>> answer = new AtomicReference<>(notice -> null);
    private DocumentStore store;
    private Deliveries deliveries;
    private TargetRun run;
    private long revision;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("test.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(Deliveries.COLLECTION)).await();
        deliveries = new Deliveries(store, now::get);
        run = new TargetRun("hook", deliveries, now::get, () -> true);
    }

    @AfterEach
    void close() {
        store.close().await();
        vertx.close().await();
    }

    private final Sender sender = new Sender() {
        @Override
        public Future<Void> send(Target to, List<Notice> notices) {
            Notice notice = notices.get(0);
            tried.add(notice.resourceId());
            SendFailure failure = answer.get().apply(notice);
            if (failure != null) {
                return Future.failedFuture(failure);
            }
            arrived.add(notice.resourceId());
            return Future.succeededFuture();
        }

        @Override
        public int atOnce() {
            return 1;
        }
    };

    private void waits(String resource, int count) {
        var all = new ArrayList<Delivery>();
        for (int i = 0; i < count; i++) {
            revision++;
            Notice notice = Notice.of(new JsonObject()
                    .put("id", "nodes/" + resource + "@" + revision)
                    .put("revision", revision)
                    .put("type", "node.updated")
                    .put("kind", "node")
                    .put("resourceId", resource)
                    .put("at", now.get().toString()));
            all.add(Delivery.of(target, notice, now.get(), now.get()));
        }
        deliveries.add(all).await();
        run.hint(now.get());
    }

    private void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
        run();
    }

    /** As the loop does it: as long as something is due. */
    private void run() {
        for (int i = 0; i < 200 && run.idle().isZero(); i++) {
            run.run(target, sender).await();
        }
        assertThat(run.idle()).isPositive();
    }

    private static SendFailure refused() {
        return new SendFailure("it answered 400", false, Concerns.NOTICE, Duration.ZERO);
    }

    private static SendFailure refusing(Notice notice, String... resources) {
        return List.of(resources).contains(notice.resourceId()) ? refused() : null;
    }

    @Test
    void one_resource_that_is_refused_holds_no_other_however_much_of_it_waits() {
        answer.set(notice -> refusing(notice, "n1"));
        waits("n1", TargetRun.PAGE + 200);
        waits("n2", 2);
        run();
        assertThat(tried).containsExactly("n1", "n2", "n2");
        waits("n3", 1);
        run();
        assertThat(arrived).containsExactly("n2", "n2", "n3");
        // its own order stays: the first is tried again, and what follows waits for it
        answer.set(notice -> null);
        pass(DeliveryRetries.wait(1, Duration.ZERO));
        assertThat(arrived).hasSize(3 + TargetRun.PAGE + 200);
        assertThat(deliveries.count("hook", State.WAITING).await()).isZero();
    }

    @Test
    void what_stands_behind_more_than_one_look_takes_in_is_found_by_the_next_look() {
        answer.set(notice -> refusing(notice, "n1"));
        waits("n1", 1);
        run();
        waits("n1", TargetRun.MOST_PAGES * TargetRun.PAGE);
        waits("n2", 1);
        run();
        assertThat(arrived).isEmpty();
        pass(Duration.ofSeconds(4).plusMillis(999));
        waits("n3", 1);
        run();
        assertThat(arrived).containsExactly("n2", "n3");
    }

    @Test
    void a_refusal_of_one_notice_does_not_pause_the_target_and_a_lost_connection_does() {
        answer.set(notice -> refusing(notice, "n1", "n2", "n3", "n4", "n5"));
        for (int i = 1; i <= 6; i++) {
            waits("n" + i, 1);
        }
        run();
        assertThat(tried).containsExactly("n1", "n2", "n3", "n4", "n5", "n6");
        assertThat(arrived).containsExactly("n6");
        waits("n7", 1);
        run();
        assertThat(arrived).containsExactly("n6", "n7");

        answer.set(notice -> SendFailure.passing("it cannot be reached"));
        tried.clear();
        for (int i = 8; i <= 12; i++) {
            waits("n" + i, 1);
        }
        run();
        assertThat(tried).containsExactly("n8", "n9", "n10");
        answer.set(notice -> null);
        waits("n13", 1);
        run();
        assertThat(arrived).hasSize(2);
        pass(DeliveryRetries.pause(3));
        assertThat(arrived).containsExactly("n6", "n7", "n11", "n12", "n13");
    }

    @Test
    void a_target_that_refuses_everything_is_not_flooded() {
        answer.set(notice -> refused());
        for (int i = 0; i < 2 * TargetRun.REFUSALS_IN_A_ROW; i++) {
            waits("n" + i, 1);
        }
        run();
        assertThat(tried).hasSize(TargetRun.REFUSALS_IN_A_ROW + 3);
        pass(DeliveryRetries.pause(3));
        assertThat(tried).hasSize(TargetRun.REFUSALS_IN_A_ROW + 4);
    }

    @Test
    void the_oldest_of_what_waits_together_says_why() {
        var queue = new Sender() {
            @Override
            public Future<Void> send(Target to, List<Notice> notices) {
                return Future.failedFuture(answer.get().apply(notices.get(0)));
            }

            @Override
            public int atOnce() {
                return 10;
            }
        };
        answer.set(notice -> SendFailure.passing("Redis answers NOAUTH"));
        waits("n1", 3);
        run.run(target, queue).await();
        List<Delivery> waiting =
                deliveries.page("hook", State.WAITING, 10, null).await().items();
        assertThat(waiting).extracting(Delivery::error).containsExactly("Redis answers NOAUTH", null, null);
        assertThat(waiting).extracting(Delivery::attempts).containsOnly(0);
    }

    @Test
    void a_clock_that_is_set_back_holds_nothing_up() {
        answer.set(notice -> new SendFailure("it answered 429", false, Concerns.TARGET, Duration.ofHours(1)));
        waits("n1", 1);
        run();
        answer.set(notice -> null);
        waits("n2", 1);
        pass(Duration.ofDays(-1));
        assertThat(arrived).containsExactly("n2");
    }

    @Test
    void what_an_answer_says_about_the_target_pauses_it() {
        answer.set(notice -> new SendFailure("it answered 429", false, Concerns.TARGET, Duration.ofSeconds(60)));
        waits("n1", 1);
        run();
        answer.set(notice -> null);
        waits("n2", 1);
        pass(Duration.ofSeconds(59));
        assertThat(arrived).isEmpty();
        pass(Duration.ofSeconds(1));
        assertThat(arrived).containsExactly("n1", "n2");
    }
}
