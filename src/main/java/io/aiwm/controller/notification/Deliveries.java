package io.aiwm.controller.notification;

import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.notification.Delivery.State;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The only writer of deliveries: what is on its way, in the store. */
public final class Deliveries {
    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
    private static final String NAME = "notificationDeliveries";
    private static final String TARGET = "target";
    private static final String STATE = "state";
    private static final String REVISION = "revision";

    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            NAME,
            List.of(Field.text(TARGET), Field.text(STATE), Field.number(REVISION), Field.time(Query.CREATED)),
            List.of(List.of(TARGET, STATE, REVISION)));

    /** Of one target; of more the oldest are dropped, with a line in the log. */
    public static final int MOST_WAITING = 100_000;

    /** Of one target; of more the oldest are dropped. */
    static final int MOST_DEAD = 10_000;

    private static final Duration DEAD_KEPT = Duration.ofDays(30);
    private static final int AT_ONCE = 500;

    private final IsolatedForEach each = new IsolatedForEach(LOG, "notification");
    private final DocumentStore store;
    private final InstantSource clock;
    private final int mostWaiting;

    public Deliveries(DocumentStore store, InstantSource clock) {
        this(store, clock, MOST_WAITING);
    }

    Deliveries(DocumentStore store, InstantSource clock, int mostWaiting) {
        this.store = store;
        this.clock = clock;
        this.mostWaiting = mostWaiting;
    }

    /** Stores those that are not there. Done twice it is done once. */
    Future<Void> add(List<Delivery> news) {
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < news.size(); from += AT_ONCE) {
            List<Delivery> some = news.subList(from, Math.min(news.size(), from + AT_ONCE));
            done = done.compose(before -> store.insertAll(
                            NAME,
                            some.stream()
                                    .map(one -> store.encode(NAME, one.id(), 1, one))
                                    .toList())
                    .mapEmpty());
        }
        return done;
    }

    private static List<Condition> of(String target, State state) {
        return List.of(
                Condition.eq(TARGET, target), Condition.eq(STATE, state.name().toLowerCase(java.util.Locale.ROOT)));
    }

    /** @param nextCursor null on the last page */
    public record Page(List<Delivery> items, String nextCursor) {}

    /** Returns a page in the order of revisions. */
    public Future<Page> page(String target, State state, int limit, String cursor) {
        return store.find(
                        NAME,
                        Query.where(of(target, state))
                                .orderBy(REVISION, false)
                                .limit(limit)
                                .after(cursor))
                .map(page -> new Page(
                        page.documents().stream()
                                .map(one -> store.decode(one, Delivery.class))
                                .toList(),
                        page.nextCursor()));
    }

    public Future<Long> count(String target, State state) {
        return store.count(NAME, of(target, state));
    }

    /** They have arrived. */
    Future<Void> arrived(List<Delivery> all) {
        List<String> ids = all.stream().map(Delivery::id).toList();
        return ids.isEmpty()
                ? Future.succeededFuture()
                : store.deleteWhere(NAME, Query.where(Condition.in("id", ids)).limit(ids.size()))
                        .mapEmpty();
    }

    /** Stores what became of an attempt; nothing where another one has changed it. */
    Future<Void> update(Delivery next) {
        return store.replaceIf(NAME, store.encode(NAME, next.id(), next.version(), next))
                .mapEmpty();
    }

    /**
     * Drops the oldest of those that are too many. @return how many were dropped
     */
    Future<Long> bound(String target) {
        return bound(target, State.WAITING, mostWaiting).compose(dropped -> {
            if (dropped > 0) {
                LOG.warn(
                        "{} notifications for target {} were dropped: more than {} wait, since it cannot be reached",
                        dropped,
                        target,
                        mostWaiting);
            }
            return bound(target, State.DEAD, MOST_DEAD).map(dead -> dropped);
        });
    }

    private Future<Long> bound(String target, State state, int most) {
        return count(target, state)
                .compose(there -> there <= most
                        ? Future.succeededFuture(0L)
                        : store.deleteWhere(
                                NAME,
                                Query.where(of(target, state))
                                        .orderBy(REVISION, false)
                                        .limit((int) Math.min(Query.MAX_LIMIT, there - most))));
    }

    /** Has those that were given up sent again. @return how many */
    public Future<Integer> replay(String target) {
        return replay(target, MOST_DEAD / AT_ONCE);
    }

    private Future<Integer> replay(String target, int pages) {
        return page(target, State.DEAD, AT_ONCE, null).compose(page -> {
            var again = new ArrayList<Delivery>();
            page.items().forEach(one -> again.add(one.again(clock.instant())));
            Future<Integer> done = each.all(again, Delivery::id, this::update).map(all -> again.size());
            return page.nextCursor() == null || pages == 1
                    ? done
                    : done.compose(some -> replay(target, pages - 1).map(more -> some + more));
        });
    }

    /** What is for a target that is no more is dropped. */
    public Future<Void> forget(String target) {
        return store.deleteWhere(NAME, Query.where(Condition.eq(TARGET, target)).limit(Query.MAX_LIMIT))
                .compose(gone -> gone == Query.MAX_LIMIT ? forget(target) : Future.succeededFuture());
    }

    /** A sweep: drops what was given up long ago. */
    public Future<Void> run() {
        return store.deleteWhere(
                        NAME,
                        Query.where(
                                        Condition.eq(STATE, "dead"),
                                        Condition.lt(
                                                Query.CREATED, clock.instant().minus(DEAD_KEPT)))
                                .limit(1_000))
                .mapEmpty();
    }
}
