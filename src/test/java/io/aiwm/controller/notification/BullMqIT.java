package io.aiwm.controller.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigRedisBuilder;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.BullWorker;
import io.aiwm.testing.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the queue is given is taken by a stock BullMQ worker. Needs redis-server, node and npm. */
@Timeout(300)
class BullMqIT {
    private static final int DATABASE = 3;

    @TempDir
    static Path installed;

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private RedisServer redis;
    private BullWorker worker;
    private QueueSender sender;

    @BeforeAll
    static void install() throws IOException {
        BullWorker.install(installed);
    }

    @BeforeEach
    void open() {
        redis = new RedisServer(folder.resolve("redis")).start();
        sender = sender(RedisServer.PASSWORD);
    }

    @AfterEach
    void close() {
        if (worker != null) {
            worker.close();
        }
        sender.close().await();
        redis.close();
        vertx.close().await();
    }

    private QueueSender sender(String password) {
        return new QueueSender(
                vertx,
                ConfigRedisBuilder.builder()
                        .host("127.0.0.1")
                        .port(redis.port)
                        .user(RedisServer.USER)
                        .password(password)
                        .database(DATABASE)
                        .tls(new Config.ServerTls(false, null))
                        .build(),
                "notifications");
    }

    private void work() {
        worker = new BullWorker(
                installed,
                new JsonObject()
                        .put("host", "127.0.0.1")
                        .put("port", redis.port)
                        .put("username", RedisServer.USER)
                        .put("password", RedisServer.PASSWORD)
                        .put("db", DATABASE));
        await().atMost(Duration.ofSeconds(60)).until(worker::isReady);
    }

    private static List<Notice> notices(int from, int to) {
        var all = new ArrayList<Notice>();
        for (int i = from; i < to; i++) {
            all.add(Notice.of(new JsonObject()
                    .put("id", "nodes/n" + i + "@1.0")
                    .put("revision", i)
                    .put("type", "node.created")
                    .put("kind", "node")
                    .put("resourceId", "n" + i)
                    .put("at", "2026-11-27T10:00:00Z")
                    .put("severity", "info")));
        }
        return all;
    }

    private void send(List<Notice> notices) {
        sender.send(Target.BUILT_IN.get(0), notices).await();
    }

    private List<String> ids() {
        return worker.jobs().stream().map(job -> job.getString("id")).toList();
    }

    @Test
    void a_worker_takes_each_once_in_order_also_what_is_sent_twice() {
        send(notices(0, 20));
        send(notices(10, 30));
        work();
        await().atMost(Duration.ofSeconds(30)).until(() -> worker.jobs().size() >= 30);
        send(notices(0, 31)); // those that are done are known for a day
        await().atMost(Duration.ofSeconds(30)).until(() -> worker.jobs().size() >= 31);
        assertThat(ids())
                .containsExactlyElementsOf(
                        notices(0, 31).stream().map(Notice::id).toList());
        JsonObject first = worker.jobs().get(0);
        assertThat(first.getString("name")).isEqualTo("node.created");
        assertThat(first.getInteger("attempts")).isEqualTo(5);
        assertThat(first.getJsonObject("data").getString("resourceId")).isEqualTo("n0");
        assertThat(first.getJsonObject("data").getLong("revision")).isZero();
    }

    @Test
    void a_worker_that_waits_is_woken_and_a_queue_that_is_paused_keeps_what_comes() {
        work();
        send(notices(0, 1));
        await().atMost(Duration.ofSeconds(10)).until(() -> worker.jobs().size() == 1);
        worker.say("pause");
        await().atMost(Duration.ofSeconds(10)).until(() -> worker.did("pause"));
        send(notices(1, 11));
        worker.say("resume");
        await().atMost(Duration.ofSeconds(10)).until(() -> worker.jobs().size() == 11);
    }

    @Test
    void a_sender_goes_on_when_redis_is_back() {
        send(notices(0, 1));
        redis.kill();
        assertThatThrownBy(() -> send(notices(1, 2)))
                .isInstanceOf(SendFailure.class)
                .hasMessage("Redis refuses the connection");
        redis.start();
        send(notices(0, 2));
        work();
        await().atMost(Duration.ofSeconds(30)).until(() -> worker.jobs().size() == 2);
    }

    @Test
    void a_redis_with_tls_is_spoken_to_by_its_name_and_authority() throws Exception {
        Path key = folder.resolve("key.pem");
        Path certificate = folder.resolve("certificate.pem");
        openssl(
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString());
        int tlsPort = AiwmProcess.freePort();
        var secure = new RedisServer(
                        folder.resolve("secure"),
                        "tls-port " + tlsPort,
                        "tls-cert-file " + certificate,
                        "tls-key-file " + key,
                        "tls-auth-clients no")
                .start();
        try {
            var trusting = tls("localhost", tlsPort, certificate);
            trusting.send(Target.BUILT_IN.get(0), notices(0, 1)).await();
            trusting.close().await();
            // neither another name nor an authority that is not known
            for (QueueSender refusing :
                    List.of(tls("127.0.0.1", tlsPort, certificate), tls("localhost", tlsPort, null))) {
                assertThatThrownBy(() -> refusing.send(Target.BUILT_IN.get(0), notices(1, 2))
                                .await())
                        .isInstanceOf(SendFailure.class);
                refusing.close().await();
            }
        } finally {
            secure.close();
        }
    }

    private QueueSender tls(String host, int port, Path ca) {
        return new QueueSender(
                vertx,
                ConfigRedisBuilder.builder()
                        .host(host)
                        .port(port)
                        .user(RedisServer.USER)
                        .password(RedisServer.PASSWORD)
                        .tls(new Config.ServerTls(true, ca))
                        .build(),
                "notifications");
    }

    private static void openssl(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void a_password_that_is_wrong_is_refused() {
        var wrong = sender("wrong");
        assertThatThrownBy(
                        () -> wrong.send(Target.BUILT_IN.get(0), notices(0, 1)).await())
                .isInstanceOf(SendFailure.class)
                .hasMessage("Redis answers WRONGPASS");
        wrong.close().await();
    }
}
