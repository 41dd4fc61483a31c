package io.aiwm.controller.notification;

import io.aiwm.boot.Config;
import io.aiwm.controller.notification.SendFailure.Concerns;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailConfig;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.SMTPException;
import io.vertx.ext.mail.StartTLSOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Sends notices as e-mails, in plain text. A message that is sent again has the same {@code Message-ID}. */
final class MailSender implements Sender {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MOST_CONNECTIONS = 2;
    private static final int MOST_SUBJECT = 200;

    private final MailClient client;
    private final String from;
    private final Duration patience;

    MailSender(Vertx vertx, Config.Smtp settings) {
        this(vertx, settings, PATIENCE);
    }

    MailSender(Vertx vertx, Config.Smtp settings, Duration patience) {
        this.from = settings.from();
        this.patience = patience;
        var config = new MailConfig()
                .setHostname(settings.host())
                .setPort(settings.port())
                .setMaxPoolSize(MOST_CONNECTIONS)
                .setSsl(settings.security() == Config.Smtp.Security.TLS)
                .setHostnameVerificationAlgorithm("HTTPS")
                // a message that is given up must not keep its connection: there are two. Later than it is given up,
                // which says why
                .setIdleTimeout((int) patience.multipliedBy(2).toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setStarttls(
                        settings.security() == Config.Smtp.Security.STARTTLS
                                ? StartTLSOptions.REQUIRED
                                : StartTLSOptions.DISABLED);
        if (settings.user() != null) {
            config.setLogin(LoginOption.REQUIRED).setUsername(settings.user()).setPassword(settings.password());
        }
        this.client = MailClient.create(vertx, config);
    }

    @Override
    public int atOnce() {
        return 1;
    }

    @Override
    public Future<Void> send(Target target, List<Notice> notices) {
        Notice notice = notices.get(0);
        String subject = "[aiwm] " + notice.title();
        var message = new MailMessage()
                .setFrom(from)
                .setTo(target.to())
                .setSubject(subject.length() > MOST_SUBJECT ? subject.substring(0, MOST_SUBJECT) : subject)
                .setText(text(notice));
        message.addHeader(
                "Message-ID",
                "<" + notice.id().replaceAll("[^A-Za-z0-9.@-]", "-").replace('@', '.') + "@aiwm>");
        // no answer to an absence, and no loop of two machines
        message.addHeader("Auto-Submitted", "auto-generated");
        return client.sendMail(message)
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .<Void>mapEmpty()
                .recover(cause -> Future.failedFuture(
                        cause instanceof SMTPException refused
                                ? new SendFailure(
                                        "the mail server answered " + refused.getReplyCode(),
                                        refused.isPermanent(),
                                        refused.isPermanent() ? Concerns.NOTICE : Concerns.TARGET,
                                        Duration.ZERO)
                                : UnreachableReason.of("the mail server", cause)));
    }

    private static String text(Notice notice) {
        var text = new StringBuilder(notice.title()).append("\n\n");
        if (notice.text() != null) {
            text.append(notice.text()).append("\n\n");
        }
        text.append("when: ").append(notice.at()).append('\n');
        text.append("severity: ").append(notice.severity().word()).append('\n');
        return text.append("revision: ").append(notice.revision()).append('\n').toString();
    }

    @Override
    public Future<Void> close() {
        return client.close();
    }
}
