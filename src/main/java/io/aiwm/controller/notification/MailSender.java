package io.aiwm.controller.notification;

import io.aiwm.boot.Config;
import io.aiwm.common.RateLimitedLog;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Sends notices as e-mails, in plain text, to each recipient one of its own: one that is refused keeps it from no other. A message that
 * is sent again has the same {@code Message-ID}, and goes to those alone that did not take it, as far as this process knows.
 */
final class MailSender implements Sender {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MOST_SUBJECT = 200;
    private static final int MOST_REMEMBERED = 1_000;
    /** Permanent by their number, but what the settings say has to change, not the message: it is needed then. */
    private static final Set<Integer> OF_THE_SETTINGS = Set.of(521, 530, 534, 535, 538);

    private static final RateLimitedLog LOG =
            RateLimitedLog.troubles(LoggerFactory.getLogger(MailSender.class), Level.WARN);

    private final Vertx vertx;
    private final MailConfig config;
    private final String from;
    private final Duration patience;
    /** Who has a message already that others of its recipients do not have. */
    private final Map<String, Set<String>> took = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Set<String>> eldest) {
            return size() > MOST_REMEMBERED;
        }
    };

    MailSender(Vertx vertx, Config.Smtp settings) {
        this(vertx, settings, PATIENCE);
    }

    MailSender(Vertx vertx, Config.Smtp settings, Duration patience) {
        this.from = settings.from();
        this.patience = patience;
        this.config = new MailConfig()
                .setHostname(settings.host())
                .setPort(settings.port())
                .setMaxPoolSize(1)
                .setKeepAlive(false)
                .setSsl(settings.security() == Config.Smtp.Security.TLS)
                .setHostnameVerificationAlgorithm("HTTPS")
                // a message that is given up must not keep its connection. Later than it is given up, which says why
                .setIdleTimeout((int) patience.multipliedBy(2).toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setStarttls(
                        settings.security() == Config.Smtp.Security.STARTTLS
                                ? StartTLSOptions.REQUIRED
                                : StartTLSOptions.DISABLED);
        if (settings.user() != null) {
            config.setLogin(LoginOption.REQUIRED).setUsername(settings.user()).setPassword(settings.password());
        }
        this.vertx = vertx;
    }

    @Override
    public int atOnce() {
        return 1;
    }

    @Override
    public Future<Void> send(Target target, List<Notice> notices) {
        Notice notice = notices.get(0);
        String message = target.id() + " " + notice.id();
        Set<String> before = took(message);
        var refused = new ArrayList<SendFailure>();
        Future<Void> done = Future.succeededFuture();
        for (String to : target.to()) {
            if (!before.contains(to)) {
                done = done.compose(go -> send(to, notice))
                        .onSuccess(sent -> before.add(to))
                        .recover(why -> why instanceof SendFailure failure && failure.concerns == Concerns.NOTICE
                                ? Future.succeededFuture(noted(refused, failure))
                                : Future.failedFuture(why));
            }
        }
        return done.timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .recover(cause -> Future.failedFuture(
                        cause instanceof SendFailure ? cause : UnreachableReason.of("the mail server", cause)))
                .compose(all -> settled(target, message, refused));
    }

    private static Void noted(List<SendFailure> refused, SendFailure why) {
        refused.add(why);
        return null;
    }

    private synchronized Set<String> took(String message) {
        return took.computeIfAbsent(message, first -> ConcurrentHashMap.newKeySet());
    }

    private synchronized void forget(String message) {
        took.remove(message);
    }

    /** Whom the server takes nothing for, for good, is let be as long as another one has it. */
    private Future<Void> settled(Target target, String message, List<SendFailure> refused) {
        for (SendFailure why : refused) {
            if (!why.isFinal) {
                return Future.failedFuture(why);
            }
        }
        boolean nobody = refused.size() == target.to().size();
        forget(message);
        if (nobody) {
            return Future.failedFuture(refused.get(0));
        }
        if (!refused.isEmpty()) {
            LOG.trouble(
                    target.id(),
                    "",
                    refused.size() + " of " + target.to().size() + " recipients of target " + target.id()
                            + " are refused: " + refused.get(0).getMessage(),
                    null);
        }
        return Future.succeededFuture();
    }

    private Future<Void> send(String to, Notice notice) {
        String subject = "[aiwm] " + notice.title();
        var message = new MailMessage()
                .setFrom(from)
                .setTo(to)
                .setSubject(subject.length() > MOST_SUBJECT ? subject.substring(0, MOST_SUBJECT) : subject)
                .setText(text(notice));
        message.addHeader(
                "Message-ID",
                "<" + notice.id().replaceAll("[^A-Za-z0-9.@-]", "-").replace('@', '.') + "@aiwm>");
        // no answer to an absence, and no loop of two machines
        message.addHeader("Auto-Submitted", "auto-generated");
        // the client keeps a connection over which something was refused, and never uses it again: each message has its
        // own
        MailClient client = MailClient.create(vertx, config);
        return client.sendMail(message)
                .<Void>mapEmpty()
                .eventually(client::close)
                .recover(cause -> Future.failedFuture(
                        cause instanceof SMTPException refused
                                ? answered(refused.getReplyCode(), refused.isPermanent())
                                : UnreachableReason.of("the mail server", cause)));
    }

    /** A server that wants no more at the moment says 421; what else passes may be of one recipient, as a grey list is. */
    private static SendFailure answered(int code, boolean permanent) {
        boolean ofTheTarget = code == 421 || OF_THE_SETTINGS.contains(code);
        return new SendFailure(
                "the mail server answered " + code,
                permanent && !ofTheTarget,
                ofTheTarget ? Concerns.TARGET : Concerns.NOTICE,
                Duration.ZERO);
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
        return Future.succeededFuture();
    }
}
