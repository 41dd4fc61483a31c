package io.aiwm.controller.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.aiwm.boot.Config;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** E-mails, to a small server that speaks SMTP. */
@Timeout(30)
class MailSenderTest {
    private final Vertx vertx = Vertx.vertx();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private volatile String toRecipient = "250 ok";
    private volatile String toOthers = "250 ok";
    private final AtomicInteger open = new AtomicInteger();
    private NetServer server;
    private MailSender sender;

    @BeforeEach
    void open() {
        server = vertx.createNetServer()
                .connectHandler(this::serve)
                .listen(0, "127.0.0.1")
                .await();
        sender = sender(Config.Smtp.Security.NONE);
    }

    @AfterEach
    void close() {
        sender.close().await();
        vertx.close().await();
    }

    private MailSender sender(Config.Smtp.Security security) {
        return new MailSender(
                vertx, new Config.Smtp("127.0.0.1", server.actualPort(), security, null, null, "aiwm@example.org"));
    }

    private void serve(NetSocket socket) {
        open.incrementAndGet();
        socket.closeHandler(closed -> open.decrementAndGet());
        socket.write("220 here\r\n");
        var inData = new boolean[1];
        socket.handler(RecordParser.newDelimited("\r\n", buffer -> {
            String line = buffer.toString();
            lines.add(line);
            if (inData[0]) {
                if (line.equals(".")) {
                    inData[0] = false;
                    socket.write("250 taken\r\n");
                }
            } else if (line.startsWith("RCPT")) {
                socket.write((line.contains("<ops@") ? toRecipient : toOthers) + "\r\n");
            } else if (line.startsWith("DATA")) {
                inData[0] = true;
                socket.write("354 go on\r\n");
            } else if (line.startsWith("QUIT")) {
                socket.write("221 bye\r\n");
            } else {
                socket.write("250 ok\r\n");
            }
        }));
    }

    private static Target ops() {
        return TargetBuilder.builder()
                .id("ops")
                .kind(Target.Kind.EMAIL)
                .to(List.of("ops@example.org", "night@example.org"))
                .build();
    }

    private static Notice notice(String name) {
        return Notice.of(new JsonObject()
                .put("id", "nodes/n1@2.0")
                .put("revision", 7)
                .put("type", "worker.left")
                .put("kind", "node")
                .put("resourceId", "n1")
                .put("name", name)
                .put("at", "2026-11-27T10:00:00Z")
                .put("severity", "error")
                .put("text", "silent for 180 s"));
    }

    @Test
    void an_e_mail_says_what_happened_and_has_the_same_id_each_time() {
        sender.send(ops(), List.of(notice("gpu-1"))).await();
        assertThat(lines)
                .contains(
                        "RCPT TO:<ops@example.org>",
                        "RCPT TO:<night@example.org>",
                        "Subject: [aiwm] worker.left: gpu-1",
                        "Message-ID: <nodes-n1.2.0@aiwm>",
                        "silent for 180 s",
                        "severity: error");
    }

    @Test
    void a_name_cannot_add_a_header() {
        sender.send(ops(), List.of(notice("x\r\nBcc: evil@example.org"))).await();
        assertThat(lines).noneMatch(line -> line.startsWith("Bcc:"));
    }

    @Test
    void a_recipient_that_is_refused_for_good_is_given_up() {
        toRecipient = "550 nobody of that name";
        toOthers = toRecipient;
        assertThatThrownBy(() -> sender.send(ops(), List.of(notice("n"))).await())
                .isInstanceOfSatisfying(SendFailure.class, why -> {
                    assertThat(why.isFinal).isTrue();
                    assertThat(why).hasMessage("the mail server answered 550");
                });
        toRecipient = "450 later";
        toOthers = toRecipient;
        assertThatThrownBy(() -> sender.send(ops(), List.of(notice("n"))).await())
                .isInstanceOfSatisfying(
                        SendFailure.class, why -> assertThat(why.isFinal).isFalse());
    }

    @Test
    void refusals_keep_no_connection_and_hold_no_other_message_up() {
        toRecipient = "550 nobody of that name";
        toOthers = toRecipient;
        for (int i = 0; i < 6; i++) {
            assertThatThrownBy(() -> sender.send(ops(), List.of(notice("n"))).await())
                    .hasMessage("the mail server answered 550");
        }
        await().untilAtomic(open, equalTo(0));
    }

    private long mailsTo(String recipient) {
        return lines.stream().filter(line -> line.equals("To: " + recipient)).count();
    }

    @Test
    void a_recipient_that_is_refused_keeps_a_message_from_no_other() {
        toRecipient = "550 nobody of that name";
        sender.send(ops(), List.of(notice("n"))).await();
        assertThat(mailsTo("night@example.org")).isEqualTo(1);
        assertThat(mailsTo("ops@example.org")).isZero();
    }

    @Test
    void what_is_tried_again_goes_to_those_alone_that_did_not_take_it() {
        toRecipient = "451 on a grey list";
        assertThatThrownBy(() -> sender.send(ops(), List.of(notice("n"))).await())
                .isInstanceOfSatisfying(
                        SendFailure.class, why -> assertThat(why.isFinal).isFalse());
        toRecipient = "250 ok";
        sender.send(ops(), List.of(notice("n"))).await();
        assertThat(mailsTo("night@example.org")).isEqualTo(1);
        assertThat(mailsTo("ops@example.org")).isEqualTo(1);
    }

    @Test
    void what_the_settings_have_wrong_gives_up_no_message() {
        toRecipient = "530 say who you are first";
        assertThatThrownBy(() -> sender.send(ops(), List.of(notice("n"))).await())
                .isInstanceOfSatisfying(SendFailure.class, why -> {
                    assertThat(why.isFinal).isFalse();
                    assertThat(why.concerns).isEqualTo(SendFailure.Concerns.TARGET);
                });
    }

    @Test
    void nothing_is_sent_readably_where_tls_is_asked_for() {
        var secure = sender(Config.Smtp.Security.STARTTLS);
        assertThatThrownBy(() -> secure.send(ops(), List.of(notice("n"))).await())
                .isInstanceOf(SendFailure.class);
        assertThat(lines).noneMatch(line -> line.startsWith("MAIL FROM"));
        secure.close().await();
    }
}
