package io.aiwm.controller.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigRedisBuilder;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.change.ChangeFeed;
import io.aiwm.controller.change.ConsumerLease;
import io.aiwm.controller.eventlog.EventBlocks;
import io.aiwm.controller.eventlog.EventLogs;
import io.aiwm.controller.eventlog.Severity;
import io.aiwm.controller.notification.Delivery.State;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.SecretValue;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From the log of events to webhooks that take, refuse and fail, on a real store. */
@Timeout(60)
class NotificationsTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-27T10:00:00Z"));
    /** What arrived at the webhook. */
    private final List<Received> received = new CopyOnWriteArrayList<>();

    private final AtomicReference<Function<Received, Integer>> answer = new AtomicReference<>(one -> 204);
    private DocumentStore store;
    private EventLogs log;
    private StoredSecrets secrets;
    private Targets targets;
    private Rules rules;
    private Deliveries deliveries;
    private Inbox inbox;
    private HttpServer webhook;
    private NotificationRun run;
    private Senders senders;

    private record Received(Map<String, String> headers, String body) {
        JsonObject data() {
            return new JsonObject(body).getJsonObject("data");
        }

        String id() {
            return headers.get("webhook-id");
        }
    }

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("test.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(
                        ChangeFeed.COLLECTION,
                        EventBlocks.COLLECTION,
                        StoredSecrets.COLLECTION,
                        Targets.COLLECTION,
                        Rules.COLLECTION,
                        Deliveries.COLLECTION,
                        Inbox.COLLECTION,
                        Inbox.MARKS))
                .await();
        log = new EventLogs(vertx, store, now::get);
        secrets = new StoredSecrets(vertx, store, now::get, new SecretCipher(new byte[32], List.of()));
        targets = new Targets(store, secrets, now::get, false);
        rules = new Rules(store, targets, now::get);
        deliveries = new Deliveries(store, now::get);
        inbox = new Inbox(store, now::get);
        webhook = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    var headers = new HashMap<String, String>();
                    request.headers()
                            .forEach(header ->
                                    headers.put(header.getKey().toLowerCase(java.util.Locale.ROOT), header.getValue()));
                    var one = new Received(headers, body.toString());
                    int status = answer.get().apply(one);
                    if (status == 204) {
                        received.add(one);
                    }
                    request.response().setStatusCode(status).end();
                }))
                .listen(0, "127.0.0.1")
                .await();
    }

    @AfterEach
    void close() {
        if (run != null) {
            run.close().await();
            senders.close().await();
        }
        store.close().await();
        vertx.close().await();
    }

    private void begin(String... internalHosts) {
        var config = new Config.Notifications(List.of(internalHosts));
        senders = new Senders(
                vertx,
                new Senders.Settings(
                        ConfigRedisBuilder.builder().build(),
                        new Config.Smtp(null, 25, Config.Smtp.Security.NONE, null, null, "aiwm@localhost"),
                        config),
                secrets,
                inbox,
                now::get);
        run = next();
        run.start();
        await().until(() ->
                store.get(ChangeFeed.COLLECTION.name(), NotificationRun.NAME).await() != null
                        && store.get(ChangeFeed.COLLECTION.name(), NotificationRun.NAME)
                                .await()
                                .json()
                                .contains("position"));
    }

    private NotificationRun next() {
        return new NotificationRun(
                vertx,
                log.tail(),
                ConsumerLease.of(store, NotificationRun.NAME, "c1", true),
                new Dispatch(rules, targets, deliveries, now::get),
                deliveries,
                senders::of,
                now::get);
    }

    private void webhook(boolean fold) {
        secrets.put("sign", new SecretValue(SECRET, null), "ada", null).await();
        targets.put("hook", hook(Target.Form.STANDARD, fold), "ada", null).await();
        rules.put(
                        "all",
                        new RuleRequest(List.of("node.*", "worker.*"), null, null, null, List.of("hook"), true, null),
                        "ada",
                        null)
                .await();
    }

    private TargetRequest hook(Target.Form form, boolean fold) {
        return TargetRequestBuilder.builder()
                .kind(Target.Kind.WEBHOOK)
                .form(form)
                .url("http://127.0.0.1:" + webhook.actualPort() + "/in?x=1")
                .signingSecret(new SecretRef("sign"))
                .fold(fold)
                .enabled(true)
                .build();
    }

    private void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
        run.hint();
    }

    private void happens(String type, String node, Severity severity) {
        log.append(type, "node", node, severity);
    }

    private List<Delivery> waiting(String target) {
        return deliveries.page(target, State.WAITING, 100, null).await().items();
    }

    private List<String> ids() {
        return received.stream().map(one -> one.data().getString("id")).toList();
    }

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
    void one_that_never_began_ends_at_once() throws Exception {
        begin();
        next().close().await(5, TimeUnit.SECONDS);
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
                    .add(List.of(Delivery.of(Target.BUILT_IN.get(1), Notice.of(event), now.get(), now.get())))
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
