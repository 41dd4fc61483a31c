package io.aiwm.controller.batch;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The only writer of files of {@code /v1/files}. A file's record is there before its content, so that whatever breaks off is found. */
public final class BatchFiles {
    private static final Logger LOG = LoggerFactory.getLogger(BatchFiles.class);
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            "batchFiles",
            List.of(Field.text("owner"), Field.text("keyId"), Field.text("purpose"), Field.number("expiresAtMs")));
    public static final String ID_PREFIX = "file";
    /** How long content may come, where other controllers may take it in. */
    private static final Duration LONGEST_UPLOAD = Duration.ofHours(6);

    private final IsolatedForEach each = new IsolatedForEach(LOG, "file of batches");
    private final Records<BatchFile> records;
    private final ObjectStore objects;
    private final InstantSource clock;
    private final Config.Batches limits;
    private final boolean alone;
    private final String self = Ids.next("proc");

    /** @param alone whether no other process takes in files */
    public BatchFiles(
            DocumentStore store, ObjectStore objects, InstantSource clock, Config.Batches limits, boolean alone) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                BatchFile.class,
                Records.Shape.of(BatchFile::id, BatchFile::version, BatchFile::withVersion),
                one -> false,
                false);
        this.objects = objects;
        this.clock = clock;
        this.limits = limits;
        this.alone = alone;
    }

    /**
     * What somebody sends.
     *
     * @param keptSeconds null: as all files
     */
    public record Sent(Owner by, String name, Long keptSeconds) {}

    public Config.Batches limits() {
        return limits;
    }

    /**
     * Begins a file that somebody uploads. Fails with TOO_LARGE when it is or would be larger than what is left to its owner, with
     * CONFLICT when there are too many.
     *
     * @param atMost bytes that may come
     */
    public Future<BatchFile> begin(Sent sent, long atMost) {
        if (atMost > limits.maxFileBytes()) {
            return Future.failedFuture(tooLarge());
        }
        BatchFile begun =
                file(Ids.next(ID_PREFIX), sent, BatchFile.INPUT).bytes(atMost).build();
        // those that are begun at once see each other after this
        return records.insert(begun)
                .compose(kept -> room(kept).recover(full -> drop(kept).transform(gone -> Future.failedFuture(full))));
    }

    private BatchFileBuilder file(String id, Sent sent, String purpose) {
        Instant now = clock.instant();
        long keptMillis = sent.keptSeconds() == null
                ? limits.retention().toMillis()
                : Duration.ofSeconds(sent.keptSeconds()).toMillis();
        return BatchFileBuilder.builder()
                .id(id)
                .version(1)
                .owner(sent.by().user())
                .ownerSince(sent.by().since())
                .keyId(sent.by().keyId())
                .name(sent.name())
                .purpose(purpose)
                .holder(self)
                .createdAt(now)
                .expiresAtMs(now.toEpochMilli() + keptMillis);
    }

    /** What is taken in now counts with what was said, up to what is left. */
    private Future<BatchFile> room(BatchFile begun) {
        var ofOwner = Query.where(Condition.eq("owner", begun.owner())).limit(Query.MAX_LIMIT);
        return records.find(ofOwner).compose(page -> {
            long others = page.items().stream()
                    .filter(one -> !one.id().equals(begun.id()))
                    .mapToLong(BatchFile::bytes)
                    .sum();
            if (page.items().size() > limits.maxFiles()) {
                throw Failure.conflict("you have " + limits.maxFiles() + " files; delete some first");
            }
            if (others + begun.bytes() > limits.maxUserBytes()) {
                throw new Failure(
                        Failure.Kind.TOO_LARGE,
                        "your files may have " + limits.maxUserBytes() + " bytes, of which "
                                + Math.max(0, limits.maxUserBytes() - others) + " are left; delete some first");
            }
            return Future.succeededFuture(begun);
        });
    }

    private Failure tooLarge() {
        return new Failure(Failure.Kind.TOO_LARGE, "a file may have " + limits.maxFileBytes() + " bytes");
    }

    /** Takes in the content of a file that was begun. Fails with TOO_LARGE past what it may have, and forgets the file then. */
    public Future<BatchFile> fill(BatchFile begun, ReadStream<Buffer> content) {
        return objects.put(begun.key(), content, begun.bytes())
                .compose(stored -> records.update(
                        begun.id(),
                        seen -> seen.but()
                                .bytes(stored.sizeBytes())
                                .ready(true)
                                .holder(null)
                                .build()))
                .recover(cause -> drop(begun).transform(gone -> Future.failedFuture(cause)));
    }

    /** Has a file deleted so many seconds after it was made. */
    public Future<BatchFile> keep(BatchFile file, long seconds) {
        return records.update(
                file.id(),
                seen -> seen.but()
                        .expiresAtMs(seen.createdAt().toEpochMilli() + seconds * 1_000)
                        .build());
    }

    /** Makes a file of results; the same id twice replaces it. It is kept also where its owner has too much already. */
    Future<BatchFile> results(String id, Sent sent, ReadStream<Buffer> content) {
        BatchFile made = file(id, sent, BatchFile.OUTPUT).build();
        return objects.put(made.key(), content, Long.MAX_VALUE).compose(stored -> {
            BatchFile whole = made.but()
                    .bytes(stored.sizeBytes())
                    .ready(true)
                    .holder(null)
                    .build();
            return records.insert(whole)
                    .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                            ? records.get(id)
                            : Future.failedFuture(cause));
        });
    }

    /** Fails with NOT_FOUND also where the caller may not see it. */
    public Future<BatchFile> get(String id, Owner caller) {
        return records.get(id)
                .recover(cause -> Future.failedFuture(unknown(cause, id)))
                .map(file -> {
                    if (!file.ready() || !file.by().isSeenBy(caller) || file.expiresAtMs() <= clock.millis()) {
                        throw Failure.notFound("file", id);
                    }
                    return file;
                });
    }

    private static Throwable unknown(Throwable cause, String id) {
        return Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Failure.notFound("file", id) : cause;
    }

    /**
     * A page of what a caller sees, by time.
     *
     * @param after id of the last one of the page before; null: the first page
     * @param purpose null: any
     */
    public record Wanted(String purpose, int limit, String after, boolean newestFirst) {}

    /** One more than wanted, where there are more. */
    public Future<List<BatchFile>> list(Owner caller, Wanted wanted) {
        return records.find(page(caller, wanted)).compose(page -> {
            List<BatchFile> shown = page.items().stream()
                    .filter(file -> file.ready() && file.by().isSeenBy(caller))
                    .filter(file -> file.expiresAtMs() > clock.millis())
                    .toList();
            if (page.items().size() <= wanted.limit() || shown.size() > wanted.limit()) {
                return Future.succeededFuture(shown);
            }
            // where some are not shown, those behind them are
            String last = page.items().get(page.items().size() - 1).id();
            var behind = new Wanted(wanted.purpose(), wanted.limit() - shown.size(), last, wanted.newestFirst());
            return list(caller, behind)
                    .map(rest -> Stream.concat(shown.stream(), rest.stream()).toList());
        });
    }

    private static Query page(Owner caller, Wanted wanted) {
        var where = new ArrayList<Condition>();
        where.add(Condition.eq("owner", caller.user()));
        if (caller.keyId() != null) {
            where.add(Condition.eq("keyId", caller.keyId()));
        }
        if (wanted.purpose() != null) {
            where.add(Condition.eq("purpose", wanted.purpose()));
        }
        if (wanted.after() != null) {
            where.add(new Condition("id", wanted.newestFirst() ? Query.Op.LT : Query.Op.GT, wanted.after()));
        }
        return Query.where(where).orderBy("id", wanted.newestFirst()).limit(wanted.limit() + 1);
    }

    /** Opens its content, paused. It must be read to its end or closed. */
    public Future<ObjectContent> content(BatchFile file) {
        return objects.get(file.key(), 0, -1);
    }

    /** Reads its lines. */
    LineReader lines(String fileId) {
        return new LineReader(objects, "batch/files/" + fileId);
    }

    public Future<Void> delete(BatchFile file) {
        return drop(file);
    }

    private Future<Void> drop(BatchFile file) {
        return objects.delete(file.key())
                .compose(gone -> records.delete(file.id()))
                .mapEmpty();
    }

    /**
     * A sweep: deletes files whose time is over, and those whose content broke off.
     *
     * @param inUse whether a file of this id is still read; it stays until it is not
     */
    public Future<Void> run(Function<String, Future<Boolean>> inUse) {
        long now = clock.millis();
        Instant late = clock.instant().minus(LONGEST_UPLOAD);
        return records.find(Query.where(Condition.lt("expiresAtMs", now)))
                .compose(old -> each.all(
                        old.items(),
                        BatchFile::id,
                        one -> inUse.apply(one.id()).compose(used -> used ? Future.succeededFuture() : drop(one))))
                .compose(gone -> records.find(
                        Query.where(Condition.gte("expiresAtMs", now)).limit(Query.MAX_LIMIT)))
                .compose(all -> each.all(
                        all.items().stream()
                                .filter(one -> !one.ready() && !self.equals(one.holder()))
                                .filter(one -> alone || one.createdAt().isBefore(late))
                                .toList(),
                        BatchFile::id,
                        this::drop))
                .mapEmpty();
    }
}
