package io.aiwm.controller.notification;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigRedisBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A target that takes connections and says nothing: what is given up keeps none of the few connections. */
@Timeout(30)
class SilentTargetsTest {
    private static final Duration PATIENCE = Duration.ofMillis(300);
    private static final Notice NOTICE = Notice.of(new JsonObject()
            .put("id", "nodes/n1@2.0")
            .put("revision", 7)
            .put("type", "worker.left")
            .put("kind", "node")
            .put("resourceId", "n1")
            .put("at", "2026-11-27T10:00:00Z"));

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private NetServer server;

    @BeforeEach
    void open() {
        server = vertx.createNetServer()
                .connectHandler(socket -> {
                    opened.incrementAndGet();
                    socket.handler(said -> {});
                    socket.closeHandler(gone -> closed.incrementAndGet());
                })
                .listen(0, "127.0.0.1")
                .await();
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private void givesUp(Sender sender, Target target) {
        assertThatThrownBy(() -> sender.send(target, List.of(NOTICE)).await()).isInstanceOf(SendFailure.class);
        await().atMost(Duration.ofSeconds(5)).until(() -> opened.get() > 0 && closed.get() == opened.get());
    }

    @Test
    void a_webhook() {
        givesUp(
                new WebhookSender(vertx, null, List.of("127.0.0.1"), InstantSource.system(), PATIENCE),
                TargetBuilder.builder()
                        .id("hook")
                        .kind(Target.Kind.WEBHOOK)
                        .form(Target.Form.SLACK)
                        .url("http://127.0.0.1:" + server.actualPort() + "/")
                        .build());
    }

    @Test
    void a_mail_server() {
        var settings = new Config.Smtp(
                "127.0.0.1", server.actualPort(), Config.Smtp.Security.NONE, null, null, "aiwm@example.org");
        givesUp(
                new MailSender(vertx, settings, PATIENCE),
                TargetBuilder.builder()
                        .id("ops")
                        .kind(Target.Kind.EMAIL)
                        .to(List.of("ops@example.org"))
                        .build());
    }

    @Test
    void a_redis() {
        var settings = ConfigRedisBuilder.builder()
                .host("127.0.0.1")
                .port(server.actualPort())
                .tls(new Config.ServerTls(false, null))
                .build();
        givesUp(new QueueSender(vertx, settings, "q", PATIENCE), Target.BUILT_IN.get(0));
    }
}
