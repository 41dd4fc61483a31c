package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.Sha256;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.aiwm.inference.limit.KeyLimits;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * The only writer of API keys. A key has the form {@code aiwm_<id>_<secret>}, so that a check is a read by id, and a key found in a log
 * can be identified. A deleted key ends here at once, at other controllers within {@link RefreshingCache#LIMIT}.
 */
public final class ApiKeys {
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    "apiKeys", List.of(DocumentStore.Field.text("owner"), DocumentStore.Field.time(Query.CREATED)))
            .telling();

    /** The prefix of every key; no signed token has it. */
    static final String PREFIX = "aiwm_";

    static final String ID_PREFIX = "key";
    private static final Duration MAX_LIFETIME = Duration.ofDays(3650);
    private static final int MAX_PER_USER = 100;
    private static final int MAX_KEY_CHARS = 100;
    private static final int MOST_SOUGHT = 1_000;

    private static final int ALL_PAGE = 1_000;

    private final Records<ApiKey> records;
    private final Users users;
    private final InstantSource clock;
    private final RefreshingCache<ApiKey> recent;
    /** Last use of keys, until {@link #flush} writes it. */
    private final LastUsed used = new LastUsed();

    public ApiKeys(DocumentStore store, Users users, InstantSource clock) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                ApiKey.class,
                Records.Shape.of(ApiKey::id, ApiKey::version, (key, version) -> key.with(version, key.lastUsedAt())),
                key -> false,
                false);
        this.users = users;
        this.clock = clock;
        this.recent = new RefreshingCache<>(this::find, clock);
        users.onDelete(this::deleteAll);
    }

    /**
     * @return the key, shown only here; fails with FORBIDDEN when the caller may not, with CONFLICT at the limit of keys, with INVALID
     */
    public Future<IssuedKey> create(Principal caller, KeyRequest wanted) {
        if (caller.isApiKey()) {
            return forbidden("an API key cannot make API keys; sign in");
        }
        if (!caller.role().includes(wanted.role())) {
            return forbidden("a key can have your own role, " + caller.role() + ", at most");
        }
        if (wanted.team() != null && caller.role() != Role.ADMIN) {
            return forbidden("only an administrator puts a key into a team; without one it is in yours");
        }
        if (caller.role() != Role.ADMIN && OwnLimits.isPreferred(wanted.limits())) {
            return forbidden("only an administrator gives a key a priority above 0 (/limits/priority)");
        }
        Long expiresIn = wanted.expiresIn();
        if (expiresIn != null && (expiresIn < 1 || expiresIn > MAX_LIFETIME.toSeconds())) {
            return Future.failedFuture(
                    Failure.invalid("/expiresIn", "must be 1 to " + MAX_LIFETIME.toSeconds() + " seconds"));
        }
        return users.get(caller.name())
                .compose(owner -> records.count(List.of(Query.Condition.eq("owner", owner.id())))
                        .compose(count -> count >= MAX_PER_USER
                                ? Future.failedFuture(
                                        Failure.conflict("you have " + MAX_PER_USER + " API keys; delete some first"))
                                : within(caller, owner, wanted)
                                        .compose(good -> insert(owner, wanted, caller.role() == Role.ADMIN))));
    }

    /** Nobody makes a key with more than an administrator has left to another key of the same owner. */
    private Future<Void> within(Principal caller, User owner, KeyRequest wanted) {
        if (caller.role() == Role.ADMIN) {
            return Future.succeededFuture();
        }
        return records.find(Query.where(Query.Condition.eq("owner", owner.id())))
                .compose(page -> {
                    for (ApiKey key : page.items()) {
                        String looser = Boolean.TRUE.equals(key.limitsGranted()) && key.limits() != null
                                ? OwnLimits.looser(wanted.limits(), key.limits())
                                : null;
                        if (looser != null) {
                            return forbidden("/limits/" + looser
                                    + " must be no looser than what an administrator has set for " + key.id());
                        }
                    }
                    return Future.succeededFuture();
                });
    }

    private Future<IssuedKey> insert(User owner, KeyRequest wanted, boolean byAdmin) {
        String id = Ids.next(ID_PREFIX);
        String text = PREFIX + id.substring(ID_PREFIX.length() + 1) + "_" + Ids.secret();
        Instant now = clock.instant();
        Instant expiresAt = wanted.expiresIn() == null ? null : now.plusSeconds(wanted.expiresIn());
        return records.insert(ApiKeyBuilder.builder()
                        .id(id)
                        .version(1)
                        .owner(owner.id())
                        .ownerSince(owner.createdAt())
                        .name(wanted.name())
                        .role(wanted.role())
                        .hash(Sha256.hex(text))
                        .createdAt(now)
                        .expiresAt(expiresAt)
                        .scope(wanted.scope())
                        .team(wanted.team())
                        .limits(wanted.limits())
                        .limitsGranted(byAdmin)
                        .build())
                .map(key -> new IssuedKey(text, key));
    }

    /**
     * Newest first.
     *
     * @param owner null: everyone's, if the caller is an administrator, else the caller's own. Fails with FORBIDDEN when it
     *     names somebody else and the caller is none
     */
    public Future<Records.Page<ApiKey>> list(Principal caller, String owner, int pageSize, String pageToken) {
        return where(caller, owner)
                .compose(where -> records.find(
                        Query.where(where).newestFirst().limit(pageSize).after(pageToken)))
                .map(page -> new Records.Page<>(
                        page.items().stream()
                                .map(key -> key.with(key.version(), used.of(key.id(), key.lastUsedAt())))
                                .toList(),
                        page.nextCursor()));
    }

    /**
     * Returns those of the newest {@value #MOST_SOUGHT} keys that have this in their name, in any case of its letters, newest first.
     * Fails as {@link #list}.
     */
    public Future<List<ApiKey>> named(Principal caller, String owner, String part, int most) {
        String wanted = part.toLowerCase(Locale.ROOT);
        return list(caller, owner, MOST_SOUGHT, null)
                .map(page -> page.items().stream()
                        .filter(key -> key.name() != null
                                && key.name().toLowerCase(Locale.ROOT).contains(wanted))
                        .limit(most)
                        .toList());
    }

    public Future<Long> count(Principal caller, String owner) {
        return where(caller, owner).compose(records::count);
    }

    /** Sets what a key may use. Fails with FORBIDDEN unless an administrator does, with NOT_FOUND. */
    public Future<ApiKey> limit(Principal caller, String id, KeyLimits limits) {
        if (caller.role() != Role.ADMIN) {
            return forbidden("only an administrator changes the limits of a key");
        }
        return records.update(
                        id,
                        key -> ApiKeyBuilder.builder(key)
                                .limits(limits)
                                .limitsGranted(true)
                                .build())
                .andThen(done -> recent.forget(id)) // before the caller goes on, whatever its thread
                .recover(cause -> Future.failedFuture(
                        Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Failure.notFound("apiKey", id) : cause));
    }

    /** Fails with NOT_FOUND. For rooms that act for its owner; it shows the key to nobody. */
    public Future<ApiKey> get(String id) {
        return records.get(id);
    }

    /** Returns every key, a page at a time; expired ones too. */
    public Future<Records.Page<ApiKey>> all(String cursor) {
        return records.find(Query.all().limit(ALL_PAGE).after(cursor));
    }

    /** Deletes a key: the caller's own; an administrator any. Fails with NOT_FOUND. */
    public Future<Void> delete(Principal caller, String id) {
        return records.get(id).compose(key -> {
            if (!key.owner().equals(caller.name()) && caller.role() != Role.ADMIN) {
                return Future.failedFuture(Failure.notFound("apiKey", id));
            }
            return remove(id);
        });
    }

    /** Returns whose key this is. Fails with UNAUTHENTICATED and the reason. */
    Future<IdentifiedCaller> identify(String text) {
        int end = text.indexOf('_', PREFIX.length());
        if (end < 0 || text.length() > MAX_KEY_CHARS) {
            return Future.failedFuture(refused("the API key is malformed"));
        }
        String id = ID_PREFIX + "_" + text.substring(PREFIX.length(), end);
        return recent.get(id).compose(key -> {
            if (key == null || !isHashOf(key, text)) {
                return Future.failedFuture(refused("the API key is unknown or was deleted"));
            }
            return identified(key).onSuccess(good -> used.at(id, clock.instant()));
        });
    }

    Future<Principal> recheck(Principal principal) {
        return again(principal.tokenId()).map(IdentifiedCaller::principal);
    }

    /** Returns whose key this still is. Fails with UNAUTHENTICATED and the reason. */
    Future<IdentifiedCaller> again(String id) {
        return recent.get(id)
                .compose(
                        key -> key == null ? Future.failedFuture(refused("the API key was deleted")) : identified(key));
    }

    /** Writes the last use of keys. Called by a sweep every minute. */
    public Future<Void> flush() {
        return used.flush((id, when) -> records.update(id, key -> key.with(key.version(), when)));
    }

    private Future<IdentifiedCaller> identified(ApiKey key) {
        if (key.expiresAt() != null && !key.expiresAt().isAfter(clock.instant())) {
            return Future.failedFuture(refused("the API key has expired"));
        }
        return users.active(key.owner(), 0).map(owner -> {
            if (!Objects.equals(owner.createdAt(), key.ownerSince())) {
                throw refused("the API key's owner was deleted");
            }
            // a key of an owner whose role was lowered has the lower role
            Role role = owner.role().includes(key.role()) ? key.role() : owner.role();
            return new IdentifiedCaller(
                    new Principal(owner.id(), role, key.id(), key.expiresAt()),
                    key,
                    key.team() == null ? owner.team() : key.team());
        });
    }

    private static Future<List<Query.Condition>> where(Principal caller, String owner) {
        if (caller.role() == Role.ADMIN) {
            return Future.succeededFuture(owner == null ? List.of() : List.of(Query.Condition.eq("owner", owner)));
        }
        return owner == null || owner.equals(caller.name())
                ? Future.succeededFuture(List.of(Query.Condition.eq("owner", caller.name())))
                : forbidden("only an administrator sees the keys of others");
    }

    private Future<Void> deleteAll(String owner) {
        return records.find(Query.where(Query.Condition.eq("owner", owner)))
                .compose(page -> Future.all(
                        page.items().stream().map(key -> remove(key.id())).toList()))
                .mapEmpty();
    }

    private Future<Void> remove(String id) {
        return records.delete(id)
                .andThen(done -> {
                    recent.forget(id);
                    used.forget(id);
                })
                .mapEmpty();
    }

    private Future<ApiKey> find(String id) {
        return records.get(id)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }

    private static boolean isHashOf(ApiKey key, String text) {
        return MessageDigest.isEqual(
                key.hash().getBytes(StandardCharsets.US_ASCII), Sha256.hex(text).getBytes(StandardCharsets.US_ASCII));
    }

    private static <T> Future<T> forbidden(String why) {
        return Future.failedFuture(new Failure(Failure.Kind.FORBIDDEN, why));
    }

    private static Failure refused(String why) {
        return new Failure(Failure.Kind.UNAUTHENTICATED, why);
    }
}
