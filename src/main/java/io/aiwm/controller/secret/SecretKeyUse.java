package io.aiwm.controller.secret;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which keys seal the secrets of one store. Each controller leaves the id of its key there, so that one which is started with
 * another key says so, also before any secret is stored. Seals anew what is sealed with an earlier key.
 */
public final class SecretKeyUse {
    private static final Logger LOG = LoggerFactory.getLogger(SecretKeyUse.class);
    public static final Duration EVERY = Duration.ofMinutes(1);
    /** A key that no controller has named for so long is used by none. */
    private static final Duration FORGOTTEN = Duration.ofMinutes(5);

    private static final int MOST_KEYS = 100;

    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection("secretKeys", List.of());

    /** @param id of a key that a controller seals with */
    record Key(String id, long version, Instant usedAt) {
        Key withVersion(long next) {
            return new Key(id, next, usedAt);
        }
    }

    private final StoredSecrets secrets;
    private final SecretCipher cipher;
    private final Records<Key> keys;
    private final InstantSource clock;
    private final boolean alone;
    private final Set<String> named = ConcurrentHashMap.newKeySet();

    /** @param alone whether no other controller uses this store */
    public SecretKeyUse(
            StoredSecrets secrets, SecretCipher cipher, DocumentStore store, InstantSource clock, boolean alone) {
        this.secrets = secrets;
        this.cipher = cipher;
        this.keys = new Records<>(
                store,
                COLLECTION.name(),
                Key.class,
                Records.Shape.of(Key::id, Key::version, Key::withVersion),
                key -> false,
                false);
        this.clock = clock;
        this.alone = alone;
    }

    /** A sweep, also to be run at the start. */
    public Future<Void> run() {
        return (alone ? Future.succeededFuture(Set.<String>of()) : ofOthers())
                // what others seal with stays, or each would seal anew what the other has sealed
                .compose(secrets::sealAnew)
                .compose(anew -> {
                    if (anew > 0) {
                        LOG.info("{} stored secrets are sealed with secrets.key now", anew);
                    }
                    return secrets.countByKey();
                })
                .compose(this::tellUnreadable);
    }

    private Future<Void> tellUnreadable(Map<String, Long> byKey) {
        byKey.forEach((id, count) -> {
            if (!cipher.keyIds().contains(id) && named.add(id)) {
                LOG.error(
                        "{} stored secrets are sealed with key {}, which this controller lacks (its own is {}), and"
                                + " cannot be used here: give the key as secrets.key or in secrets.previousKeys"
                                + " (AIWM_SECRETS_KEY_FILE, AIWM_SECRETS_PREVIOUS_KEYS_FILE), or set them anew",
                        count,
                        id,
                        cipher.keyId());
            }
        });
        return Future.succeededFuture();
    }

    /** Leaves the id of this controller's key, and returns those of the others' keys that are in use. */
    private Future<Set<String>> ofOthers() {
        Instant now = clock.instant();
        return keys.update(cipher.keyId(), seen -> new Key(seen.id(), seen.version(), now))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? insert(new Key(cipher.keyId(), 1, now))
                        : Future.failedFuture(cause))
                .compose(noted -> keys.find(Query.all().limit(MOST_KEYS)))
                .compose(page -> Future.join(page.items().stream()
                                .filter(key -> isForgotten(key, now))
                                .map(keys::delete)
                                .toList())
                        .map(gone -> {
                            Set<String> others = page.items().stream()
                                    .filter(key -> !isForgotten(key, now))
                                    .map(Key::id)
                                    .filter(id -> !id.equals(cipher.keyId()))
                                    .collect(Collectors.toSet());
                            others.forEach(this::compare);
                            return others;
                        }));
    }

    private Future<Key> insert(Key made) {
        return keys.insert(made)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        ? Future.succeededFuture(made)
                        : Future.failedFuture(cause));
    }

    private static boolean isForgotten(Key key, Instant now) {
        return key.usedAt().isBefore(now.minus(FORGOTTEN));
    }

    private void compare(String other) {
        if (!cipher.keyIds().contains(other) && named.add(other)) {
            LOG.error(
                    "another controller of this database seals secrets with key {}, which this controller lacks (its own"
                            + " is {}): give all controllers the same secrets.key (AIWM_SECRETS_KEY_FILE), and start"
                            + " them again",
                    other,
                    cipher.keyId());
        }
    }
}
