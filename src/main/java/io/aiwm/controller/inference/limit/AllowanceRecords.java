package io.aiwm.controller.inference.limit;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.aiwm.inference.limit.Allowance;
import io.aiwm.inference.limit.Allowances;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * The ledger of limits in the store, one record for each limit. Each change is a compare-and-set, so several controllers keep one
 * ledger exactly. The only writer of collection {@code allowances}.
 */
public final class AllowanceRecords implements Allowances {
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            "allowances", List.of(DocumentStore.Field.number("changedAt"), DocumentStore.Field.text("account.period")));

    /** A budget may be of a month, and a gateway that comes back late still reports on it. */
    private static final Duration BUDGETS_KEPT = Duration.ofDays(35);

    private static final Duration OTHERS_KEPT = Duration.ofHours(1);
    private static final int DELETED_AT_ONCE = 1_000;
    private static final long NOTHING_FOR_MILLIS = 1_000;
    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(AllowanceRecords.class));

    private final Records<Allowance> records;
    private final InstantSource clock;

    public AllowanceRecords(DocumentStore store, InstantSource clock) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                Allowance.class,
                Records.Shape.of(Allowance::id, Allowance::version, Allowance::withVersion),
                allowance -> true,
                false);
        this.clock = clock;
    }

    @Override
    public Future<List<Told>> exchange(String holder, List<Report> reports) {
        if (reports.size() > MOST_REPORTS) {
            return Future.failedFuture(Failure.invalid("/reports", "are more than " + MOST_REPORTS));
        }
        var answers = new ArrayList<Future<Told>>(reports.size());
        for (Report report : reports) {
            answers.add(exchange(holder, report));
        }
        return Future.all(answers)
                .map(done -> answers.stream().map(Future::result).toList());
    }

    private Future<Told> exchange(String holder, Report report) {
        long now = clock.millis();
        return records.update(report.account().id(), page -> page.exchanged(holder, report, now))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? begin(holder, report, now)
                        : Future.failedFuture(cause))
                .map(page -> page.told(holder, now))
                .recover(cause -> {
                    if (Failure.of(cause).kind != Failure.Kind.INTERNAL) {
                        return Future.failedFuture(cause);
                    }
                    // nothing is left of a limit whose record cannot be read; those of others hold on
                    LOG.failed("the limit " + report.account().id() + " cannot be read", cause.toString());
                    return Future.succeededFuture(new Told(report.lease(), NOTHING_FOR_MILLIS, 0, 0, 1));
                });
    }

    private Future<Allowance> begin(String holder, Report report, long now) {
        return records.insert(Allowance.empty(report.account()).exchanged(holder, report, now))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        // another call or controller was faster
                        ? records.update(report.account().id(), page -> page.exchanged(holder, report, now))
                        : Future.failedFuture(cause));
    }

    /** Deletes what no gateway asks for any more. Called by a sweep; the rest is left to the next run. */
    public Future<Void> deleteOld() {
        long now = clock.millis();
        return records.deleteWhere(Query.where(
                                Query.Condition.lt("changedAt", now - OTHERS_KEPT.toMillis()),
                                Query.Condition.eq("account.period", null))
                        .limit(DELETED_AT_ONCE))
                .compose(others ->
                        records.deleteWhere(Query.where(Query.Condition.lt("changedAt", now - BUDGETS_KEPT.toMillis()))
                                .limit(DELETED_AT_ONCE)))
                .onComplete(done -> records.release(id -> true))
                .mapEmpty();
    }
}
