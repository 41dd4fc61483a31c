package io.aiwm.controller.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.eventlog.Severity;
import io.aiwm.controller.notification.Delivery.State;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Targets that refuse, vanish or may not be reached, and what waits for them. */
class DeliveryFailuresTest extends NotificationRig {
    private List<Delivery> waiting(String target) {
        return deliveries.page(target, State.WAITING, 100, null).await().items();
    }

    private List<String> ids() {
        return received.stream().map(one -> one.data().getString("id")).toList();
    }

    @Test
    void what_a_target_refuses_is_tried_again_in_the_order_of_each_resource() {
        webhook(false);
        var refusals = new AtomicInteger(1);
        answer.set(
                one -> one.data().getString("resourceId").equals("n1") && refusals.getAndDecrement() > 0 ? 500 : 204);
        begin("127.0.0.1");
        happens("worker.left", "n1", Severity.ERROR);
        happens("worker.left", "n2", Severity.ERROR);
        happens("worker.joined", "n1", Severity.INFO);
        // the other resource does not wait for it
        await().until(() -> {
            pass(Duration.ofMillis(200));
            return received.size() == 1;
        });
        assertThat(received.get(0).data().getString("resourceId")).isEqualTo("n2");
        await().until(() -> {
            pass(Duration.ofSeconds(5));
            return received.size() == 3;
        });
        assertThat(received.stream().map(one -> one.data().getString("type")))
                .containsExactly("worker.left", "worker.left", "worker.joined");
    }

    @Test
    void what_is_refused_again_and_again_is_given_up_and_can_be_sent_again() {
        webhook(false);
        answer.set(one -> 500);
        begin("127.0.0.1");
        happens("worker.left", "n1", Severity.ERROR);
        await().until(() -> {
            pass(Duration.ofHours(3));
            return deliveries.count("hook", State.DEAD).await() == 1;
        });
        Delivery dead =
                deliveries.page("hook", State.DEAD, 10, null).await().items().get(0);
        assertThat(dead.attempts()).isEqualTo(DeliveryRetries.MOST_ATTEMPTS);
        assertThat(dead.error()).isEqualTo("it answered 500");
        assertThat(received).isEmpty();
        answer.set(one -> 204);
        assertThat(deliveries.replay("hook").await()).isEqualTo(1);
        await().until(() -> {
            pass(Duration.ofSeconds(6));
            return received.size() == 1;
        });
        await().until(() -> deliveries.count("hook", State.DEAD).await() == 0);
    }

    @Test
    void what_is_gone_is_given_up_at_once() {
        webhook(false);
        answer.set(one -> 410);
        begin("127.0.0.1");
        happens("worker.left", "n1", Severity.ERROR);
        await().until(() -> deliveries.count("hook", State.DEAD).await() == 1);
    }

    @Test
    void internal_addresses_are_reached_only_where_the_settings_name_them() {
        webhook(false);
        begin();
        happens("worker.left", "n1", Severity.ERROR);
        await().untilAsserted(() -> {
            List<Delivery> waiting = waiting("hook");
            assertThat(waiting).hasSize(1);
            assertThat(waiting.get(0).error()).contains("internal address").doesNotContain("127.0.0.1");
        });
        assertThat(received).isEmpty();
    }

    @Test
    void whoever_goes_on_after_a_death_sends_what_was_not_sent() {
        webhook(false);
        answer.set(one -> 500);
        begin("127.0.0.1");
        for (int i = 0; i < 20; i++) {
            happens("worker.left", "n" + i, Severity.ERROR);
        }
        await().until(() -> {
            List<Delivery> waiting = waiting("hook");
            return waiting.size() == 20 && waiting.stream().anyMatch(one -> one.attempts() > 0);
        });
        run.close().await();
        happens("worker.left", "last", Severity.ERROR);
        answer.set(one -> 204);
        run = next();
        run.start();
        await().until(() -> {
            pass(Duration.ofSeconds(11));
            return new HashSet<>(ids()).size() == 21;
        });
        // the one that was under way is answered by what was set after it, and comes again
        assertThat(received).hasSizeBetween(21, 22);
    }

    @Test
    void without_a_server_the_queue_waits_within_its_bound() {
        deliveries = new Deliveries(store, now::get, 50);
        begin();
        for (int i = 0; i < 80; i++) {
            happens("worker.left", "n" + i, Severity.INFO);
        }
        await().until(() -> {
            List<Delivery> waiting = waiting(Target.THE_QUEUE);
            return waiting.size() == 50
                    && waiting.get(49).notice().resourceId().equals("n79")
                    && waiting.get(0).notice().resourceId().equals("n30");
        });
    }
}
