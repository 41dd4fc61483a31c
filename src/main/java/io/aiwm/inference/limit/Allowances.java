package io.aiwm.inference.limit;

import io.vertx.core.Future;
import java.util.List;

/**
 * The ledger that all gateways share: it leases to each what it may use without asking again. Counters of a holder only grow within
 * a window, so an exchange that is repeated, or whose answer is lost, neither leases nor gives back twice.
 */
public interface Allowances {
    /** Reports in one exchange. */
    int MOST_REPORTS = 1_000;

    /**
     * Takes what a gateway has used and gives back, and leases what it lacks. A gateway has one exchange at a time.
     *
     * @param holder a gateway while its process lives; another process has another one
     * @return an answer for each report, in order
     */
    Future<List<Told>> exchange(String holder, List<Report> reports);

    /** Takes the last reports of a gateway, however many. Those that fail keep none of the others back. */
    default Future<Void> tell(String holder, List<Report> reports) {
        if (reports.isEmpty()) {
            return Future.succeededFuture();
        }
        int some = Math.min(MOST_REPORTS, reports.size());
        return exchange(holder, reports.subList(0, some))
                .transform(told -> tell(holder, reports.subList(some, reports.size()))
                        .compose(rest ->
                                told.succeeded() ? Future.succeededFuture() : Future.failedFuture(told.cause())));
    }

    /** What a limit counts. */
    enum Kind {
        REQUESTS,
        TOKENS,
        /** Places of calls that run; they are used by nobody for good. */
        CONCURRENT,
        BUDGET
    }

    /**
     * One limit of one subject.
     *
     * @param subject {@code key:<id>}, {@code team:<name>} or {@code user:<name>}
     * @param period of BUDGET; null for others
     */
    record Account(String subject, Kind kind, long limit, KeyLimits.Period period) {
        /** The same whatever the limit is. */
        public String id() {
            return subject + "." + kind + (period == null ? "" : "." + period);
        }
    }

    /**
     * What one holder was leased in a window, and what became of it. Totals since the window began.
     *
     * @param window its beginning, in milliseconds since 1970; −1: none is known
     * @param spent used for good
     * @param returned given back unused
     */
    record Lease(long window, long granted, long spent, long returned) {
        /** Of a gateway that was told nothing yet. */
        public static final Lease UNKNOWN = new Lease(-1, 0, 0, 0);
    }

    /**
     * What a gateway knows of its lease, and what it needs.
     *
     * @param lease its window and grant as last told, or as the gateway's clock says while it is alone
     * @param first what the first of the waiting calls needs; less is of no use
     * @param waiting what all waiting calls need
     * @param ahead what calls may need soon
     */
    record Report(Account account, Lease lease, long first, long waiting, long ahead) {}

    /**
     * What the ledger knows.
     *
     * @param lease of this holder
     * @param endsInMillis until the window ends; {@link Long#MAX_VALUE}: it never does
     * @param left what nobody holds; negative: overdrawn
     * @param heldByOthers what other holders may still use or give back
     * @param holders how many hold, this one included
     */
    record Told(Lease lease, long endsInMillis, long left, long heldByOthers, int holders) {}
}
