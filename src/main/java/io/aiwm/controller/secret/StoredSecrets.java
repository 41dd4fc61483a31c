package io.aiwm.controller.secret;

import io.aiwm.common.Failure;
import io.aiwm.common.KeyedQueue;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Named values that are written and never shown. Values are sealed in the store and are opened only by {@link #value}, for
 * rooms that send them where the caller wanted.
 */
public final class StoredSecrets {
    private static final Logger LOG = LoggerFactory.getLogger(StoredSecrets.class);
    private static final String NAME = "secrets";
    static final long MOST_SECRETS = 1_000;
    private static final int SEALED_AT_ONCE = 50;

    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection(NAME, List.of(Field.text("keyId"), Field.time(Query.CREATED))).telling();

    private final Vertx vertx;
    private final Records<StoredSecret> records;
    private final InstantSource clock;
    private final SecretCipher cipher;
    private final KeyedQueue insertions = new KeyedQueue();
    private final List<SecretUsers> users = new CopyOnWriteArrayList<>();

    public StoredSecrets(Vertx vertx, DocumentStore store, InstantSource clock, SecretCipher cipher) {
        this.vertx = vertx;
        this.records = new Records<>(
                store,
                NAME,
                StoredSecret.class,
                Records.Shape.of(StoredSecret::id, StoredSecret::version, StoredSecret::withVersion),
                secret -> false,
                false);
        this.clock = clock;
        this.cipher = cipher;
    }

    /** A secret without its value. @param readable whether a key of this controller opens it */
    public record Described(StoredSecret secret, boolean readable) {}

    /** @param created whether there was none of this name */
    public record Put(Described secret, boolean created) {}

    /** Adds to those who are asked before a secret is deleted. */
    public void usedBy(SecretUsers more) {
        users.add(more);
    }

    /**
     * Creates a secret or replaces its value. Fails with UNPROCESSABLE naming the field, with PRECONDITION when the record is
     * not at that version, with CONFLICT when there are {@link #MOST_SECRETS} others.
     *
     * @param version of the record that was seen; null: any
     */
    public Future<Put> put(String name, SecretValue wanted, String actor, Long version) {
        wanted.refuse();
        return replace(name, wanted, actor, version)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND && version == null
                        ? insertions.take(NAME, () -> insert(name, wanted, actor))
                        : Future.failedFuture(cause))
                // another controller made it in between
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                                && !(cause instanceof Failure full && full.errors.size() == 1)
                        ? replace(name, wanted, actor, version)
                        : Future.failedFuture(cause))
                .onSuccess(put -> LOG.info(
                        "{} set version {} of secret {}",
                        actor,
                        put.secret().secret().number(),
                        name));
    }

    private Future<Put> replace(String name, SecretValue wanted, String actor, Long version) {
        return records.update(name, seen -> {
                    requireVersion(seen, version);
                    int number = seen.number() + 1;
                    return seen.but()
                            .number(number)
                            .description(wanted.description() == null ? seen.description() : wanted.description())
                            .updatedBy(actor)
                            .updatedAt(clock.instant())
                            .build()
                            .sealedAs(cipher.seal(name, number, wanted.value()));
                })
                .map(secret -> new Put(new Described(secret, true), false));
    }

    private Future<Put> insert(String name, SecretValue wanted, String actor) {
        return records.count(List.of()).compose(there -> {
            if (there >= MOST_SECRETS) {
                throw new Failure(
                        Failure.Kind.CONFLICT,
                        "there are " + there + " secrets, and no more than " + MOST_SECRETS + " are kept",
                        List.of(new Failure.FieldError("path:name", "is one more than " + MOST_SECRETS + " secrets")));
            }
            Instant now = clock.instant();
            SecretCipher.Sealed sealed = cipher.seal(name, 1, wanted.value());
            return records.insert(StoredSecretBuilder.builder()
                            .id(name)
                            .description(wanted.description())
                            .number(1)
                            .keyId(sealed.keyId())
                            .sealed(sealed.text())
                            .createdBy(actor)
                            .updatedBy(actor)
                            .createdAt(now)
                            .updatedAt(now)
                            .build())
                    .map(secret -> new Put(new Described(secret, true), true));
        });
    }

    private static void requireVersion(StoredSecret seen, Long version) {
        if (version != null && version != seen.version()) {
            throw new Failure(
                    Failure.Kind.PRECONDITION,
                    "the secret is at version " + seen.version() + ", not at " + version + "; read it again");
        }
    }

    /** Fails with NOT_FOUND. */
    public Future<Described> get(String name) {
        return found(name).compose(secret -> described(List.of(secret)).map(all -> all.get(0)));
    }

    private Future<StoredSecret> found(String name) {
        return records.get(name)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.failedFuture(Failure.notFound("secret", name))
                        : Future.failedFuture(cause));
    }

    /** Returns one page, newest first. */
    public Future<Records.Page<Described>> find(int limit, String cursor) {
        return records.find(Query.where(List.of()).newestFirst().limit(limit).after(cursor))
                .compose(page -> described(page.items())
                        .map(items -> new Records.Page<>(items, page.nextCursor(), page.unreadable())));
    }

    private Future<List<Described>> described(List<StoredSecret> secrets) {
        return vertx.executeBlocking(
                () -> secrets.stream()
                        .map(secret -> new Described(secret, opened(secret) != null))
                        .toList(),
                false);
    }

    /** Returns the value, or null if no key of this controller opens it. */
    private String opened(StoredSecret secret) {
        return cipher.open(secret.id(), secret.number(), new SecretCipher.Sealed(secret.keyId(), secret.sealed()))
                .orElse(null);
    }

    public Future<Long> count() {
        return records.count(List.of());
    }

    /** Returns how many secrets are sealed with each key, by the key's id. */
    Future<Map<String, Long>> countByKey() {
        return records.countBy("keyId", List.of());
    }

    /** Returns how many there are for whose key this controller has, and for whose it lacks. */
    public Future<Map<Boolean, Long>> countByReadable() {
        return countByKey().map(byKey -> {
            long lacking = byKey.entrySet().stream()
                    .filter(key -> !cipher.keyIds().contains(key.getKey()))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
            long all = byKey.values().stream().mapToLong(Long::longValue).sum();
            return Map.of(true, all - lacking, false, lacking);
        });
    }

    /** Returns the value as it is now. Fails with NOT_FOUND, or with UNPROCESSABLE if no key of this controller opens it. */
    public Future<String> value(String name) {
        return found(name).map(secret -> {
            String value = opened(secret);
            if (value == null) {
                throw new Failure(
                        Failure.Kind.UNPROCESSABLE,
                        "secret " + name + " cannot be read: it is sealed with a key that this controller lacks"
                                + " (secrets.key, secrets.previousKeys), or is damaged; set it anew");
            }
            return value;
        });
    }

    /**
     * Deletes a secret. Fails with CONFLICT naming who uses it.
     *
     * @param force also when somebody uses it
     * @param version of the record that was seen; null: any
     */
    public Future<Void> delete(String name, String actor, boolean force, Long version) {
        return found(name)
                .compose(secret -> {
                    requireVersion(secret, version);
                    return (force ? Future.<Void>succeededFuture() : unused(name))
                            .compose(free -> version == null ? records.delete(name) : records.delete(secret));
                })
                .compose(
                        gone -> gone ? Future.succeededFuture() : Future.failedFuture(Failure.notFound("secret", name)))
                .onSuccess(gone -> LOG.info("{} deleted secret {}", actor, name))
                .mapEmpty();
    }

    private Future<Void> unused(String name) {
        var asked = users.stream().map(each -> each.of(name)).toList();
        return Future.all(asked).map(answers -> {
            var found = new ArrayList<String>();
            asked.forEach(each -> each.result().forEach(use -> found.add(use.words())));
            if (found.isEmpty()) {
                return null;
            }
            String named = String.join(", ", found.subList(0, Math.min(10, found.size())))
                    + (found.size() > 10 ? " and " + (found.size() - 10) + " more" : "");
            throw new Failure(
                    Failure.Kind.CONFLICT,
                    "not deleted, unless force=true says so all the same: in use by " + named,
                    List.of(new Failure.FieldError("query:force", "in use by " + named)));
        });
    }

    /** Seals anew what is sealed with an earlier key. @param except ids of keys that stay. @return how many */
    Future<Integer> sealAnew(Set<String> except) {
        List<String> earlier = cipher.keyIds().stream()
                .filter(id -> !id.equals(cipher.keyId()) && !except.contains(id))
                .toList();
        return earlier.isEmpty()
                ? Future.succeededFuture(0)
                : sealAnew(Query.where(Condition.in("keyId", earlier)).limit(SEALED_AT_ONCE), 0);
    }

    private Future<Integer> sealAnew(Query query, int before) {
        return records.find(query)
                .compose(page -> Future.join(page.items().stream()
                                .map(secret -> records.update(secret.id(), this::sealedAnew))
                                .toList())
                        .compose(done -> {
                            int sealed = before
                                    + (int) page.items().stream()
                                            .filter(secret -> opened(secret) != null)
                                            .count();
                            return page.nextCursor() == null
                                    ? Future.succeededFuture(sealed)
                                    : sealAnew(query.after(page.nextCursor()), sealed);
                        }));
    }

    private StoredSecret sealedAnew(StoredSecret secret) {
        String value = secret.keyId().equals(cipher.keyId()) ? null : opened(secret);
        return value == null ? secret : secret.sealedAs(cipher.seal(secret.id(), secret.number(), value));
    }
}
