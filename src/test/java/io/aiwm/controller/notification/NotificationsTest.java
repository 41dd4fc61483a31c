package io.aiwm.controller.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.eventlog.Severity;
import io.aiwm.controller.notification.Delivery.State;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Events that rules name arrive at webhooks and in the inbox. */
class NotificationsTest extends NotificationRig {
    @Test
    void an_event_that_a_rule_names_arrives_signed_and_others_do_not() {
        webhook(false);
        begin("127.0.0.1");
        happens("execution.completed", "e1", Severity.INFO);
        happens("worker.left", "n1", Severity.ERROR);
        await().until(() -> received.size() == 1);
        Received one = received.get(0);
        assertThat(one.data().getString("type")).isEqualTo("worker.left");
        assertThat(one.data().getString("resourceId")).isEqualTo("n1");
        long timestamp = Long.parseLong(one.headers().get("webhook-timestamp"));
        assertThat(timestamp).isEqualTo(now.get().getEpochSecond());
        assertThat(one.headers().get("webhook-signature"))
                .isEqualTo(WebhookSignature.of(SECRET, one.id(), timestamp, one.body()));
        await().until(() -> deliveries.count("hook", State.WAITING).await() == 0);
    }

    @Test
    void a_storm_is_one_message_and_a_few_events_are_not() {
        webhook(true);
        begin("127.0.0.1");
        for (int i = 0; i < 200; i++) {
            happens("worker.left", "n" + i, Severity.ERROR);
        }
        for (int i = 0; i < 3; i++) {
            happens("node.cordoned", "n" + i, Severity.INFO);
        }
        await().until(() -> deliveries.count("hook", State.WAITING).await() == 203);
        assertThat(received).isEmpty();
        pass(Dispatch.GATHER);
        await().until(() -> deliveries.count("hook", State.WAITING).await() == 0);
        assertThat(received).hasSize(4);
        JsonObject storm = received.get(0).data();
        assertThat(storm.getInteger("count")).isEqualTo(200);
        assertThat(storm.getString("type")).isEqualTo("worker.left");
        assertThat(storm.getString("text")).startsWith("n0, n1, ").endsWith(" and 180 more");
        assertThat(received.subList(1, 4))
                .allMatch(one -> one.data().getString("type").equals("node.cordoned"));
    }

    @Test
    void one_that_never_began_ends_at_once() throws Exception {
        begin();
        next().close().await(5, TimeUnit.SECONDS);
    }

    @Test
    void what_happened_before_the_first_start_is_no_news() {
        webhook(false);
        happens("worker.left", "before", Severity.ERROR);
        begin("127.0.0.1");
        happens("worker.left", "after", Severity.ERROR);
        await().until(() -> received.size() == 1);
        assertThat(received.get(0).data().getString("resourceId")).isEqualTo("after");
    }

    @Test
    void the_inbox_has_troubles_and_each_user_reads_for_himself() {
        begin();
        happens("worker.joined", "n1", Severity.INFO);
        happens("worker.left", "n1", Severity.ERROR);
        happens("audit.user", "u1", Severity.WARNING);
        pass(Dispatch.GATHER);
        var vera = reader("vera", Role.VIEWER);
        var ada = reader("ada", Role.ADMIN);
        await().until(() -> {
            pass(Dispatch.GATHER);
            return inbox.page(ada, false, null, 10).await().items().size() == 2;
        });
        List<Inbox.Shown> hers = inbox.page(vera, false, null, 10).await().items();
        assertThat(hers).singleElement().satisfies(one -> {
            assertThat(one.item().type()).isEqualTo("worker.left");
            assertThat(one.read()).isFalse();
        });
        long revision = hers.get(0).item().revision();
        inbox.read(vera, revision).await();
        assertThat(inbox.page(vera, true, null, 10).await().items()).isEmpty();
        assertThat(inbox.page(vera, false, null, 10).await().items().get(0).read())
                .isTrue();
        assertThat(inbox.page(ada, true, null, 10).await().items()).hasSize(2);
        inbox.readUpTo(ada, Long.MAX_VALUE).await();
        assertThat(inbox.page(ada, true, null, 10).await().items()).isEmpty();
        // a later user of the name has read nothing
        inbox.userDeleted("vera").await();
        assertThat(inbox.page(vera, true, null, 10).await().items()).hasSize(1);
        happens("worker.left", "n2", Severity.ERROR);
        await().until(() -> {
            pass(Dispatch.GATHER);
            return inbox.page(ada, true, null, 10).await().items().size() == 1;
        });
    }

    private static Inbox.Reader reader(String name, Role role) {
        return new Inbox.Reader(new Principal(name, role, "t", null), Instant.EPOCH);
    }

    @Test
    void what_is_a_users_own_is_in_no_other_inbox_also_where_many_are_told_as_one() {
        begin();
        for (int i = 0; i < 12; i++) {
            JsonObject event = new JsonObject()
                    .put("id", "executions/e" + i + "@1.0")
                    .put("revision", i)
                    .put("type", "execution.failed")
                    .put("kind", "execution")
                    .put("resourceId", "e" + i)
                    .put("severity", "error")
                    .put("at", now.get().toString())
                    .put("owner", i % 2 == 0 ? "vera" : "otto");
            deliveries
                    .add(List.of(Delivery.of(
                            Target.BUILT_IN.get(1),
                            Notice.of(event),
                            now.get(),
                            now.get().plusSeconds(1))))
                    .await();
        }
        var vera = reader("vera", Role.VIEWER);
        await().until(() -> {
            pass(Duration.ofSeconds(5));
            return inbox.page(reader("ada", Role.ADMIN), false, null, 20)
                            .await()
                            .items()
                            .size()
                    == 2;
        });
        assertThat(inbox.page(vera, false, null, 20).await().items())
                .singleElement()
                .satisfies(
                        one -> assertThat(one.item().resources()).containsExactly("e0", "e2", "e4", "e6", "e8", "e10"));
        assertThat(inbox.page(reader("eve", Role.VIEWER), false, null, 20)
                        .await()
                        .items())
                .isEmpty();
        var laterVera = new Inbox.Reader(vera.principal(), now.get().plusSeconds(1));
        assertThat(inbox.page(laterVera, false, null, 20).await().items()).isEmpty();
    }
}
