package io.aiwm.controller.metrics;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;

/** The stored hours. Each is written by one controller alone, and again once a minute until it is over. */
public final class MetricHours {
    private static final String NAME = "metricHours";
    private static final String RESOURCE = "resource";
    private static final String HOUR = "hour";

    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            NAME, List.of(Field.text(RESOURCE), Field.time(HOUR)), List.of(List.of(RESOURCE, HOUR)));

    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(MetricHours.class));
    private static final int AT_ONCE = 200;
    private static final int PAGE = 500;
    /** Of one answer: a week of a hundred replicas. */
    private static final int MOST_READ = 20_000;

    private static final int DELETED_AT_ONCE = 5_000;

    private final DocumentStore store;
    private final InstantSource clock;
    private final Duration kept;

    /** @param kept how long an hour is kept */
    public MetricHours(DocumentStore store, InstantSource clock, Duration kept) {
        this.store = store;
        this.clock = clock;
        this.kept = kept;
    }

    /** Stores hours in place of what was known of them before. */
    Future<Void> put(List<MetricHour> hours) {
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < hours.size(); from += AT_ONCE) {
            List<MetricHour> some = hours.subList(from, Math.min(hours.size(), from + AT_ONCE));
            done = done.compose(before -> store.putAll(
                    NAME,
                    some.stream()
                            .map(one -> store.encode(NAME, one.id(), one.version(), one))
                            .toList()));
        }
        return done;
    }

    /** An hour that was read. @param writer the controller that stored it */
    record Read(SeriesId id, Instant hour, String writer, HourData data) {}

    /** Returns the hours that have something of this time. Fails with UNPROCESSABLE where they are too many. */
    Future<List<Read>> find(String resource, Instant from, Instant to) {
        return find(resource, from.truncatedTo(ChronoUnit.HOURS), to, null, new ArrayList<>());
    }

    private Future<List<Read>> find(String resource, Instant from, Instant to, String cursor, List<Read> found) {
        Query query = Query.where(Condition.eq(RESOURCE, resource), Condition.gte(HOUR, from), Condition.lt(HOUR, to))
                .orderBy(HOUR, false)
                .limit(PAGE)
                .after(cursor);
        return store.find(NAME, query).compose(page -> {
            page.documents().forEach(document -> read(document, found));
            if (page.nextCursor() == null) {
                return Future.succeededFuture(found);
            }
            if (found.size() >= MOST_READ) {
                throw Failure.unprocessable("query:from", "is followed by more than one answer tells; ask for less");
            }
            return find(resource, from, to, page.nextCursor(), found);
        });
    }

    private void read(Document document, List<Read> found) {
        try {
            MetricHour hour = store.decode(document, MetricHour.class);
            var series = new SeriesId(hour.resource(), hour.part());
            found.add(new Read(series, hour.hour(), hour.writer(), HourData.of(hour.data())));
        } catch (RuntimeException unreadable) {
            // a gap in a picture is no reason to show nothing
            LOG.failed("an hour of metrics cannot be read and is left out: " + document.id(), unreadable.toString());
        }
    }

    /** A sweep: deletes what is too old. */
    public Future<Void> run() {
        return store.deleteWhere(
                        NAME,
                        Query.where(Condition.lt(HOUR, clock.instant().minus(kept)))
                                .limit(DELETED_AT_ONCE))
                .mapEmpty();
    }

    Duration kept() {
        return kept;
    }
}
