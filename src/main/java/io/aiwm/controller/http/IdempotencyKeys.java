package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Lets a caller repeat a creation of which it heard no answer ({@code Idempotency-Key}): the same key, body and caller
 * give the record that was made first. The key is stored with the record's id before the record, so that a controller
 * that dies in between, or another one, makes that record and no second. Keys are kept for a day.
 */
public final class IdempotencyKeys {
    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection("idempotencyKeys", List.of(Field.number("expiresAtMs"), Field.text("user")));

    private static final String HEADER = "Idempotency-Key";
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,200}");
    private static final Duration KEPT = Duration.ofDays(1);

    private final DocumentStore store;
    private final InstantSource clock;

    /**
     * @param recordId of the record that the key makes
     * @param made whether it was made: if it is missing now, it was deleted
     * @param user whose key it is; null: of a version before this one
     */
    private record Claim(String id, String recordId, String bodyHash, boolean made, long expiresAtMs, String user) {}

    /**
     * Whose key it is: the same text of another user, or for another purpose, is another key.
     *
     * @param purpose what is made, and by what of the user's
     */
    public record Owner(String user, String purpose) {}

    public IdempotencyKeys(DocumentStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Forgets the keys whose day is over. */
    public Future<Void> run() {
        var old = new Query.Condition("expiresAtMs", Query.Op.LT, clock.millis());
        return store.deleteWhere(COLLECTION.name(), Query.where(old).limit(Query.MAX_LIMIT))
                .mapEmpty();
    }

    /** Forgets the keys of a user who is deleted: a later one of the same name has used none. */
    public Future<Void> userDeleted(String user) {
        var theirs = new Query.Condition("user", Query.Op.EQ, user);
        return store.deleteWhere(COLLECTION.name(), Query.where(theirs).limit(Query.MAX_LIMIT))
                .compose(gone -> gone < Query.MAX_LIMIT ? Future.succeededFuture() : userDeleted(user));
    }

    /**
     * Makes a record, or finds the one that this key made. Fails with UNPROCESSABLE when the key came with another body,
     * with CONFLICT when its record was deleted since.
     *
     * @param operation keys of different operations have nothing to do with each other
     * @param newId of the record, should it be made now
     * @param find fails with NOT_FOUND when there is no record of this id
     * @param make makes the record of this id; may fail with CONFLICT when there is one
     */
    public <T> Future<T> once(
            Request request,
            String operation,
            String newId,
            Function<String, Future<T>> find,
            Function<String, Future<T>> make) {
        String key = request.header(HEADER);
        return key == null
                ? make.apply(newId)
                : once(new Owner(request.principal().name(), operation), key, request.raw(), newId, find, make);
    }

    /** The same, of a key that did not come with a request of the API. */
    public <T> Future<T> once(
            Owner owner,
            String key,
            Buffer body,
            String newId,
            Function<String, Future<T>> find,
            Function<String, Future<T>> make) {
        if (!KEY.matcher(key).matches()) {
            throw Failure.invalid("header:" + HEADER, "must have 1 to 200 visible ASCII characters");
        }
        var claim = new Claim(
                Sha256.hex(owner.user() + "\n" + owner.purpose() + "\n" + key),
                newId,
                Sha256.hex(body.getBytes()),
                false,
                clock.millis() + KEPT.toMillis(),
                owner.user());
        return store.insert(COLLECTION.name(), document(claim, 1))
                .map(claim)
                .recover(cause ->
                        Failure.of(cause).kind == Failure.Kind.CONFLICT ? first(claim) : Future.failedFuture(cause))
                .compose(first -> first == claim ? made(first, find, make) : again(first, find, make));
    }

    private Future<Claim> first(Claim mine) {
        return store.get(COLLECTION.name(), mine.id()).compose(document -> {
            if (document == null) { // its day ended this very moment
                return Future.failedFuture(Failure.busy("the day of this key ended this very moment; try again"));
            }
            Claim first = Json.decode(document.json(), Claim.class);
            return first.bodyHash().equals(mine.bodyHash())
                    ? Future.succeededFuture(first)
                    : Future.failedFuture(Failure.unprocessable(
                            "header:" + HEADER, "was used with another body; a new request needs a new key"));
        });
    }

    private <T> Future<T> again(Claim first, Function<String, Future<T>> find, Function<String, Future<T>> make) {
        return find.apply(first.recordId()).recover(cause -> {
            if (Failure.of(cause).kind != Failure.Kind.NOT_FOUND) {
                return Future.failedFuture(cause);
            }
            return first.made()
                    ? Future.failedFuture(Failure.conflict("what this key made is deleted; a new one needs a new key"))
                    : made(first, find, make);
        });
    }

    private <T> Future<T> made(Claim claim, Function<String, Future<T>> find, Function<String, Future<T>> make) {
        return Future.succeededFuture(claim.recordId())
                .compose(make) // which may throw
                .recover(cause -> switch (Failure.of(cause).kind) {
                    // somebody with the same key was faster; or else it is refused and nothing was made
                    case CONFLICT -> find.apply(claim.recordId()).recover(none -> released(claim, cause));
                    case INVALID, UNPROCESSABLE -> released(claim, cause);
                    default -> Future.failedFuture(cause);
                })
                .compose(record -> mark(claim).map(record));
    }

    /** A refused request has not used its key up: its sender may mend it. */
    private <T> Future<T> released(Claim claim, Throwable why) {
        return store.delete(COLLECTION.name(), claim.id(), 1).transform(done -> Future.failedFuture(why));
    }

    private Future<Void> mark(Claim claim) {
        var made = new Claim(claim.id(), claim.recordId(), claim.bodyHash(), true, claim.expiresAtMs(), claim.user());
        // it only tells a deleted record from one that was never made: not worth failing for
        return store.replaceIf(COLLECTION.name(), document(made, 2))
                .otherwise(false)
                .mapEmpty();
    }

    private static Document document(Claim claim, long version) {
        return new Document(claim.id(), version, Json.encode(claim));
    }
}
