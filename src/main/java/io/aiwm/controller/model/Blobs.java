package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Content by its checksum; the only writer of {@link Blob}. A user is written into the record before it counts on the
 * content, and the record is marked before the object goes, so no user ever has a record without an object.
 */
final class Blobs {
    private static final String NAME = "blobs";
    static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection(NAME, List.of(Field.text("phase"), Field.text("place")));

    /** How often a record may change while one is added to it. */
    private static final int TRIES = 5;

    private static final int MOST_FOUND = 1_000;

    private final IsolatedForEach each = new IsolatedForEach(LoggerFactory.getLogger(Blobs.class), "content");
    private final Records<Blob> records;
    private final ObjectStore objects;
    private final InstantSource clock;

    Blobs(DocumentStore store, ObjectStore objects, InstantSource clock) {
        this.records = new Records<>(
                store,
                NAME,
                Blob.class,
                Records.Shape.of(Blob::id, Blob::version, Blob::withVersion),
                blob -> false,
                false);
        this.objects = objects;
        this.clock = clock;
    }

    /** Fails with NOT_FOUND, also for one that goes. */
    Future<Blob> get(String sha256) {
        return records.get(sha256).map(blob -> {
            if (blob.deleting()) {
                throw Failure.notFound("content", sha256);
            }
            return blob;
        });
    }

    /**
     * Makes this user one of the content that was put under a key. When the content is stored already the answer has
     * another key, and the object under the given one is the caller's to delete.
     */
    Future<Blob> use(String sha256, long sizeBytes, String key, String user) {
        Blob made = BlobBuilder.builder()
                .id(sha256)
                .version(1)
                .key(key)
                .sizeBytes(sizeBytes)
                .place(objects.place())
                .users(List.of(user))
                .createdAt(clock.instant())
                .build();
        return use(made, TRIES);
    }

    private Future<Blob> use(Blob made, int triesLeft) {
        return records.insert(made).recover(taken -> {
            if (Failure.of(taken).kind != Failure.Kind.CONFLICT || triesLeft == 0) {
                return Future.failedFuture(taken);
            }
            return records.get(made.id())
                    .compose(there -> lost(there).compose(lost -> lost ? renew(there, made) : join(there, made)))
                    .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                            ? use(made, triesLeft - 1)
                            : Future.failedFuture(cause));
        });
    }

    /** Whether there is no object to count on: it is being deleted, or somebody has taken it away. */
    private Future<Boolean> lost(Blob there) {
        if (there.deleting()) {
            return Future.succeededFuture(true);
        }
        return !isHere(there)
                ? Future.succeededFuture(false)
                : objects.size(there.key())
                        .map(size -> size != there.sizeBytes())
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.succeededFuture(true)
                                : Future.failedFuture(cause));
    }

    private Future<Blob> join(Blob there, Blob made) {
        return records.update(there.id(), seen -> {
            if (seen.deleting()) {
                throw Failure.busy("this content is being deleted; send it again");
            }
            return seen.usedBy(made.users().get(0));
        });
    }

    /** The old object goes first: once the record names the new one nobody knows the old one's key. */
    private Future<Blob> renew(Blob there, Blob made) {
        return (isHere(there) ? objects.delete(there.key()) : Future.<Void>succeededFuture())
                .compose(gone -> records.update(there.id(), seen -> {
                    if (!seen.key().equals(there.key())) {
                        return seen.deleting()
                                ? refuseDeleting()
                                : seen.usedBy(made.users().get(0));
                    }
                    return seen.in(made.key(), made.place()).usedBy(made.users().get(0));
                }));
    }

    private static Blob refuseDeleting() {
        throw Failure.busy("this content is being deleted; send it again");
    }

    /** Makes another user of it, too. Fails with NOT_FOUND when it is gone or goes. */
    Future<Blob> share(String sha256, String user) {
        return records.update(sha256, seen -> {
            if (seen.deleting()) {
                throw Failure.notFound("content", sha256);
            }
            return seen.usedBy(user);
        });
    }

    /** Takes users away; the content of nobody is deleted. Repeating it is harmless, and so is content that is gone. */
    Future<Void> release(String sha256, List<String> users) {
        return records.update(sha256, seen -> seen.notUsedBy(users))
                .compose(seen -> seen.deleting() ? remove(seen) : Future.succeededFuture())
                .recover(Blobs::unlessGone);
    }

    /** One whose object is at another place stays for who has that place. */
    private Future<Void> remove(Blob blob) {
        return isHere(blob)
                ? objects.delete(blob.key())
                        .compose(gone -> records.delete(blob))
                        .mapEmpty()
                : Future.succeededFuture();
    }

    private boolean isHere(Blob blob) {
        return objects.place().equals(blob.place());
    }

    /** A sweep: goes on with what was marked and not deleted. */
    Future<Void> run() {
        return records.find(Query.where(Condition.eq("phase", "deleting"), Condition.eq("place", objects.place()))
                        .limit(MOST_FOUND))
                .compose(page -> each.all(page.items(), Blob::id, this::remove))
                .mapEmpty();
    }

    static Future<Void> unlessGone(Throwable cause) {
        return Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Future.succeededFuture() : Future.failedFuture(cause);
    }
}
