package io.aiwm.controller.notification;

import static org.assertj.core.api.Assertions.assertThat;
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
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A target that takes connections and says nothing: what is given up keeps none of the few connections. */
@Timeout(30)
class SilentTargetsTest {
    private static final Duration PATIENCE = Duration.ofMillis(600);
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
        assertThatThrownBy(() -> sender.send(target, List.of(NOTICE)).await())
                .isInstanceOf(SendFailure.class)
                .hasMessageEndingWith(" did not answer in time");
        await().atMost(Duration.ofSeconds(5)).until(() -> opened.get() > 0 && closed.get() == opened.get());
    }

    @Test
    void one_that_refuses_connections_is_told_from_one_that_is_silent() {
        int nobody = server.actualPort();
        server.close().await();
        var redis = ConfigRedisBuilder.builder()
                .host("127.0.0.1")
                .port(nobody)
                .tls(new Config.ServerTls(false, null))
                .build();
        var smtp = new Config.Smtp("127.0.0.1", nobody, Config.Smtp.Security.NONE, null, null, "aiwm@example.org");
        assertThatThrownBy(() -> new QueueSender(vertx, redis, "q")
                        .send(Target.BUILT_IN.get(0), List.of(NOTICE))
                        .await())
                .hasMessage("Redis refuses the connection");
        assertThatThrownBy(() -> new MailSender(vertx, smtp)
                        .send(mail(), List.of(NOTICE))
                        .await())
                .hasMessage("the mail server refuses the connection");
        assertThatThrownBy(() -> new WebhookSender(vertx, null, List.of("127.0.0.1"), InstantSource.system())
                        .send(hook(nobody), List.of(NOTICE))
                        .await())
                .hasMessage("it refuses the connection");
    }

    /** Redis begins an answer with a code; what follows may repeat what was sent. */
    @Test
    void of_what_redis_answers_the_code_alone_is_told() {
        assertThat(UnreachableReason.ofRedis(
                        new IllegalStateException("ERR [0] READONLY you cannot write\nERR [1] OOM too")))
                .hasMessage("Redis answers READONLY");
        assertThat(UnreachableReason.ofRedis(new IllegalStateException("OOM command not allowed, secret")))
                .hasMessage("Redis answers OOM");
        assertThat(UnreachableReason.ofRedis(new IllegalStateException("Connection closed")))
                .hasMessage("Redis cannot be reached, or ends the connection");
        assertThat(UnreachableReason.of("it", new IllegalStateException(new SSLHandshakeException("PKIX secret"))))
                .hasMessage("it cannot be spoken to with TLS, or its certificate is not trusted");
    }

    private static Target hook(int port) {
        return TargetBuilder.builder()
                .id("hook")
                .kind(Target.Kind.WEBHOOK)
                .form(Target.Form.SLACK)
                .url("http://127.0.0.1:" + port + "/")
                .build();
    }

    private static Target mail() {
        return TargetBuilder.builder()
                .id("ops")
                .kind(Target.Kind.EMAIL)
                .to(List.of("ops@example.org"))
                .build();
    }

    @Test
    void a_webhook() {
        givesUp(
                new WebhookSender(vertx, null, List.of("127.0.0.1"), InstantSource.system(), PATIENCE),
                hook(server.actualPort()));
    }

    @Test
    void a_mail_server() {
        var settings = new Config.Smtp(
                "127.0.0.1", server.actualPort(), Config.Smtp.Security.NONE, null, null, "aiwm@example.org");
        givesUp(new MailSender(vertx, settings, PATIENCE), mail());
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
