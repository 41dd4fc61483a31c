package io.aiwm.controller.notification;

import io.aiwm.common.Failure;
import io.aiwm.controller.secret.SecretUsers;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The only writer of targets. The queue and the inbox are there without a record. */
public final class Targets implements SecretUsers {
    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection("notificationTargets", List.of());
    static final int MOST = 100;

    private final Records<Target> records;
    private final StoredSecrets secrets;
    private final InstantSource clock;
    private final boolean mail;

    /** @param mail whether there is a server for e-mails */
    public Targets(DocumentStore store, StoredSecrets secrets, InstantSource clock, boolean mail) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                Target.class,
                Records.Shape.of(Target::id, Target::version, Target::withVersion),
                target -> false,
                false);
        this.secrets = secrets;
        this.clock = clock;
        this.mail = mail;
        secrets.usedBy(this);
    }

    /** Calls back when a target was set or deleted here, before the caller is answered. */
    void onChange(Runnable listener) {
        records.onWritten((before, after) -> listener.run());
        records.onDeleted(id -> listener.run());
    }

    /** @param created whether there was none of this name */
    public record Put(Target target, boolean created) {}

    /**
     * Creates or replaces a target. Fails with UNPROCESSABLE naming the field, with PRECONDITION when it is not at that version,
     * with CONFLICT when there are too many.
     *
     * @param version the one that was seen; null: any
     */
    public Future<Put> put(String name, TargetRequest wanted, String actor, Long version) {
        TargetRules.refuse(name, wanted, mail);
        return readable(
                        "/urlSecret",
                        wanted.urlSecret() == null ? null : wanted.urlSecret().secret())
                .compose(there -> readable(
                        "/signingSecret",
                        wanted.signingSecret() == null
                                ? null
                                : wanted.signingSecret().secret()))
                .compose(there -> records.update(name, seen -> {
                    requireVersion(seen, version);
                    return set(TargetBuilder.builder(seen), wanted, url(wanted, seen), actor);
                }))
                .map(replaced -> new Put(replaced, false))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND && version == null
                        ? insert(name, wanted, actor)
                        : Future.failedFuture(cause));
    }

    private Future<Void> readable(String pointer, String secret) {
        return secret == null
                ? Future.succeededFuture()
                : secrets.value(secret).<Void>mapEmpty().recover(cause -> switch (Failure.of(cause).kind) {
                    case NOT_FOUND, UNPROCESSABLE ->
                        Future.failedFuture(Failure.unprocessable(pointer, cause.getMessage()));
                    default -> Future.failedFuture(cause);
                });
    }

    private Future<Put> insert(String name, TargetRequest wanted, String actor) {
        return records.count(List.of()).compose(there -> {
            if (there >= MOST) {
                throw Failure.conflict("there are " + there + " targets; delete some first");
            }
            var begun = TargetBuilder.builder().id(name).version(1).createdAt(clock.instant());
            return records.insert(set(begun, wanted, url(wanted, null), actor)).map(made -> new Put(made, true));
        });
    }

    /**
     * Who sends back what is shown of a URL means the stored one.
     *
     * @param seen null: there is none yet
     */
    private static String url(TargetRequest wanted, Target seen) {
        String url = wanted.url() == null ? null : wanted.url().strip();
        if (url == null || !url.endsWith(Target.MASKED_PATH)) {
            return url;
        }
        if (seen == null || !url.equals(seen.shownUrl())) {
            throw Failure.unprocessable(
                    "/url",
                    "is what is shown of a URL; give all of it. A stored one is kept where the host is the same");
        }
        return seen.url();
    }

    private Target set(TargetBuilder begun, TargetRequest wanted, String url, String actor) {
        Instant now = clock.instant();
        Target.Form form = wanted.kind() == Target.Kind.WEBHOOK
                ? Objects.requireNonNullElse(wanted.form(), Target.Form.STANDARD)
                : null;
        return begun.kind(wanted.kind())
                .form(form)
                .url(url)
                .urlSecret(wanted.urlSecret())
                .signingSecret(wanted.signingSecret())
                .to(wanted.to())
                .fold(!Boolean.FALSE.equals(wanted.fold()))
                .enabled(!Boolean.FALSE.equals(wanted.enabled()))
                .description(wanted.description())
                .updatedAt(now)
                .updatedBy(actor)
                .build();
    }

    private static void requireVersion(Target seen, Long version) {
        if (version != null && version != seen.version()) {
            throw new Failure(
                    Failure.Kind.PRECONDITION,
                    "the target is at version " + seen.version() + ", not at " + version + "; read it again");
        }
    }

    /** Fails with NOT_FOUND. */
    public Future<Target> get(String name) {
        return Target.BUILT_IN.stream()
                .filter(one -> one.id().equals(name))
                .findFirst()
                .map(Future::succeededFuture)
                .orElseGet(() -> records.get(name)
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.failedFuture(Failure.notFound("target", name))
                                : Future.failedFuture(cause)));
    }

    /** Returns all, the built-in ones first. */
    public Future<List<Target>> all() {
        return records.find(Query.all().limit(MOST)).map(page -> {
            var all = new ArrayList<>(Target.BUILT_IN);
            all.addAll(page.items());
            return all;
        });
    }

    /** Fails with NOT_FOUND, with PRECONDITION when it is not at that version, with CONFLICT when it is built in. */
    public Future<Void> delete(String name, Long version) {
        return get(name)
                .compose(seen -> {
                    if (seen.isBuiltIn()) {
                        throw Failure.conflict(name + " is built in");
                    }
                    requireVersion(seen, version);
                    return version == null ? records.delete(name) : records.delete(seen);
                })
                .mapEmpty();
    }

    @Override
    public Future<List<Use>> of(String secret) {
        return records.find(Query.all().limit(MOST))
                .map(page -> page.items().stream()
                        .filter(one -> one.secrets().contains(secret))
                        .map(one -> new Use("notification target", one.id(), null))
                        .toList());
    }
}
