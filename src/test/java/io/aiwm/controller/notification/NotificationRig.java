package io.aiwm.controller.notification;

import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigRedisBuilder;
import io.aiwm.controller.change.ChangeFeed;
import io.aiwm.controller.change.ConsumerLease;
import io.aiwm.controller.eventlog.EventBlocks;
import io.aiwm.controller.eventlog.EventLogs;
import io.aiwm.controller.eventlog.Severity;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From the log of events to a webhook, on a real store. */
@Timeout(60)
abstract class NotificationRig {
    static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-27T10:00:00Z"));
    /** What arrived at the webhook. */
    final List<Received> received = new CopyOnWriteArrayList<>();

    final AtomicReference<Function<Received, Integer>> answer = new AtomicReference<>(one -> 204);
    DocumentStore store;
    EventLogs log;
    StoredSecrets secrets;
    Targets targets;
    Rules rules;
    Deliveries deliveries;
    Inbox inbox;
    HttpServer webhook;
    NotificationRun run;
    Senders senders;

    record Received(Map<String, String> headers, String body) {
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

    void begin(String... internalHosts) {
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

    NotificationRun next() {
        return new NotificationRun(
                vertx,
                log.tail(),
                ConsumerLease.of(store, NotificationRun.NAME, "c1", true),
                new Dispatch(rules, targets, deliveries, now::get),
                deliveries,
                senders::of,
                now::get);
    }

    void webhook(boolean fold) {
        secrets.put("sign", new SecretValue(SECRET, null), "ada", null).await();
        targets.put("hook", hook(Target.Form.STANDARD, fold), "ada", null).await();
        rules.put(
                        "all",
                        new RuleRequest(List.of("node.*", "worker.*"), null, null, null, List.of("hook"), true, null),
                        "ada",
                        null)
                .await();
    }

    TargetRequest hook(Target.Form form, boolean fold) {
        return TargetRequestBuilder.builder()
                .kind(Target.Kind.WEBHOOK)
                .form(form)
                .url("http://127.0.0.1:" + webhook.actualPort() + "/in?x=1")
                .signingSecret(new SecretRef("sign"))
                .fold(fold)
                .enabled(true)
                .build();
    }

    void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
        run.hint();
    }

    void happens(String type, String node, Severity severity) {
        log.append(type, "node", node, severity);
    }
}
