package io.aiwm.controller.notification;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Query.Op;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The only writer of what users read here, and of what each has read. */
public final class Inbox implements Sender {
    private static final String NAME = "notifications";
    private static final String REVISION = "revision";

    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection(NAME, List.of(Field.number(REVISION), Field.time(Query.CREATED)));
    public static final DocumentStore.Collection MARKS = new DocumentStore.Collection("notificationMarks", List.of());

    /** Of more the oldest go. */
    static final int MOST = 10_000;

    private static final Duration KEPT = Duration.ofDays(30);
    private static final String OF_ADMINISTRATORS = "audit.";
    /** One request looks at so many at most. */
    private static final int MOST_LOOKED_AT = 2_000;

    private final DocumentStore store;
    private final Records<InboxMarks> marks;
    private final InstantSource clock;
    private final int most;

    public Inbox(DocumentStore store, InstantSource clock) {
        this(store, clock, MOST);
    }

    Inbox(DocumentStore store, InstantSource clock, int most) {
        this.store = store;
        this.clock = clock;
        this.most = most;
        this.marks = new Records<>(
                store,
                MARKS.name(),
                InboxMarks.class,
                Records.Shape.of(InboxMarks::id, InboxMarks::version, InboxMarks::withVersion),
                mark -> false,
                false);
    }

    @Override
    public int atOnce() {
        return 200;
    }

    @Override
    public Future<Void> send(Target target, List<Notice> notices) {
        Instant now = clock.instant();
        return store.insertAll(
                        NAME,
                        notices.stream()
                                .map(notice -> store.encode(NAME, notice.id(), 1, InboxItem.of(notice, now)))
                                .toList())
                .mapEmpty();
    }

    /** @param since when the reader's user was made: what an earlier user of the name did is not theirs */
    public record Reader(Principal principal, Instant since) {
        private boolean maySee(InboxItem item) {
            return principal.role().includes(Role.ADMIN)
                    || (!item.type().startsWith(OF_ADMINISTRATORS)
                            && (item.owner() == null
                                    || (item.owner().equals(principal.name())
                                            && !item.at().isBefore(since))));
        }
    }

    /** @param read whether the reader has */
    public record Shown(InboxItem item, boolean read) {}

    /** @param next the revision before which to go on; null on the last page */
    public record Page(List<Shown> items, Long next) {}

    /**
     * Returns what the reader may see, newest first.
     *
     * @param before only those with a lower revision; null: all
     */
    public Future<Page> page(Reader reader, boolean unread, Long before, int limit) {
        return marksOf(reader.principal.name())
                .compose(read -> page(reader, read, unread, before, limit, new ArrayList<>(), MOST_LOOKED_AT));
    }

    private Future<Page> page(
            Reader reader, InboxMarks read, boolean unread, Long before, int limit, List<Shown> found, int left) {
        var where = before == null ? List.<Condition>of() : List.of(Condition.lt(REVISION, before));
        int size = Math.min(500, left);
        return store.find(NAME, Query.where(where).orderBy(REVISION, true).limit(size))
                .compose(page -> {
                    Long at = before;
                    for (DocumentStore.Document document : page.documents()) {
                        InboxItem item = store.decode(document, InboxItem.class);
                        boolean isRead = read.isRead(item.revision());
                        if (reader.maySee(item) && !(unread && isRead)) {
                            if (found.size() == limit) {
                                return Future.succeededFuture(new Page(found, at));
                            }
                            found.add(new Shown(item, isRead));
                        }
                        at = item.revision();
                    }
                    boolean end = page.documents().size() < size;
                    return end || left <= size
                            ? Future.succeededFuture(new Page(found, end ? null : at))
                            : page(reader, read, unread, at, limit, found, left - size);
                });
    }

    private Future<InboxMarks> marksOf(String user) {
        return marks.get(user)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(InboxMarks.none(user))
                        : Future.failedFuture(cause));
    }

    /** Marks one as read. Fails with NOT_FOUND where there is none of this revision that the reader may see. */
    public Future<Void> read(Reader reader, long revision) {
        return store.find(NAME, Query.where(Condition.eq(REVISION, revision)).limit(1))
                .compose(page -> {
                    if (page.documents().isEmpty()
                            || !reader.maySee(store.decode(page.documents().get(0), InboxItem.class))) {
                        throw Failure.notFound("notification", Long.toString(revision));
                    }
                    return change(reader.principal.name(), marks -> marks.reading(revision));
                });
    }

    /** Marks all up to a revision as read. */
    public Future<Void> readUpTo(Reader reader, long revision) {
        return store.find(NAME, Query.all().orderBy(REVISION, true).limit(1)).compose(page -> {
            // a number that is still to come would hide what comes
            long newest = page.documents().isEmpty()
                    ? 0
                    : store.decode(page.documents().get(0), InboxItem.class).revision();
            return change(reader.principal.name(), marks -> marks.readingUpTo(Math.min(revision, newest)));
        });
    }

    /** Forgets what a user has read who is deleted: a later one of the same name has read nothing. */
    public Future<Void> userDeleted(String user) {
        return marks.delete(user).mapEmpty();
    }

    private Future<Void> change(String user, UnaryOperator<InboxMarks> change) {
        return marks.update(user, change)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? marks.insert(change.apply(InboxMarks.none(user)))
                                // another request of the same user made it in between
                                .recover(taken -> marks.update(user, change))
                        : Future.failedFuture(cause))
                .mapEmpty();
    }

    /** A sweep: drops what is too old, or too many. */
    public Future<Void> run() {
        return store.deleteWhere(
                        NAME,
                        Query.where(Condition.lt(Query.CREATED, clock.instant().minus(KEPT)))
                                .limit(1_000))
                .compose(old -> store.count(NAME, List.of()))
                .compose(there -> there <= most
                        ? Future.succeededFuture(0L)
                        : store.deleteWhere(
                                NAME,
                                Query.where(new Condition(REVISION, Op.GTE, 0))
                                        .orderBy(REVISION, false)
                                        .limit((int) Math.min(5_000, there - most))))
                .mapEmpty();
    }
}
