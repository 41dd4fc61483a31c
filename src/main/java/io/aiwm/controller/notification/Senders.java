package io.aiwm.controller.notification;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.secret.StoredSecrets;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The senders of this controller, by the kind of target. */
public final class Senders {
    static final String QUEUE = "notifications";

    private final Sender queue;
    private final Sender mail;
    private final Sender webhooks;
    private final Inbox inbox;

    /** Which servers there are. */
    public record Settings(Config.Redis redis, Config.Smtp smtp, Config.Notifications notifications) {
        public static Settings of(Config config) {
            return new Settings(config.redis(), config.smtp(), config.notifications());
        }
    }

    public Senders(Vertx vertx, Settings settings, StoredSecrets secrets, Inbox inbox, InstantSource clock) {
        this.queue = settings.redis.host() == null ? null : new QueueSender(vertx, settings.redis, QUEUE);
        this.mail = settings.smtp.host() == null ? null : new MailSender(vertx, settings.smtp);
        this.webhooks = new WebhookSender(vertx, secrets, settings.notifications.internalHosts(), clock);
        this.inbox = inbox;
    }

    /** Returns null where the settings name no server: what is for the target waits. */
    Sender of(Target target) {
        return switch (target.kind()) {
            case QUEUE -> queue;
            case INBOX -> inbox;
            case WEBHOOK -> webhooks;
            case EMAIL -> mail;
        };
    }

    /** Whether there is a server for targets of this kind. */
    public boolean has(Target target) {
        return of(target) != null;
    }

    /** Tells a target that it can be reached. Fails with UNPROCESSABLE that says why it cannot. */
    public Future<Void> test(Target target, Notice notice) {
        Sender sender = of(target);
        return sender == null
                ? Future.failedFuture(Failure.unprocessable("/name", "no server is set for targets of this kind"))
                : sender.send(target, List.of(notice))
                        .recover(cause -> Future.failedFuture(Failure.unprocessable(
                                "/name",
                                "the target did not take it: "
                                        + SendFailure.of(cause).getMessage())));
    }

    public Future<Void> close() {
        return Future.join(Stream.of(queue, mail, webhooks)
                        .filter(Objects::nonNull)
                        .map(Sender::close)
                        .toList())
                .mapEmpty();
    }
}
