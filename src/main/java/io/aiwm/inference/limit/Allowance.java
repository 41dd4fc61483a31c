package io.aiwm.inference.limit;

import io.aiwm.inference.limit.Allowances.Kind;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * The ledger's page for one limit, as stored: who holds how much in the present window. What is leased counts as spent until its
 * holder gives it back, or the lease ends: {@link #SILENT_MILLIS} after the holder's last word, or with the first word of a process
 * that has taken the holder's place. The ledger then gives back in the holder's name what it has not reported as spent. A holder that
 * lives after all is told so, and what it has spent beyond counts when it reports it; so nothing is given back twice.
 *
 * @param id of the account
 * @param window its beginning; never an earlier one than before
 * @param settled what holders have used that are not listed any more
 * @param changedAt milliseconds since 1970
 */
@RecordBuilder
public record Allowance(
        String id,
        long version,
        Allowances.Account account,
        long window,
        long settled,
        Map<String, Holding> holdings,
        long changedAt) {
    /** After so long without a word a lease ends. Who holds one reports at least every {@link LocalLimiter#KEEP_ALIVE_MILLIS}. */
    static final long SILENT_MILLIS = 30_000;
    /** After so long without a word a holder is not listed any more: longer than a gateway remembers an account that it does not use. */
    static final long FORGOTTEN_MILLIS = 600_000;

    private static final int MOST_HOLDERS = 1_000;
    /** Of what is left, one part is leased for calls that have not come yet. */
    private static final int PARTS = 8;

    /** What one holder was leased in the window, and what became of it. */
    public record Holding(long granted, long spent, long returned, long seenAt) {
        private static final Holding NONE = new Holding(0, 0, 0, 0);

        Holding reported(long nextSpent, long nextReturned, long now) {
            long mostSpent = Math.max(spent, nextSpent);
            long mostReturned = Math.max(returned, nextReturned);
            // a holder may use more than it was leased: a call that took more than was estimated, or while the ledger
            // was away
            return new Holding(Math.max(granted, mostSpent + mostReturned), mostSpent, mostReturned, now);
        }

        Holding granted(long more) {
            return new Holding(granted + more, spent, returned, seenAt);
        }

        Holding ended() {
            return new Holding(granted, spent, granted - spent, seenAt);
        }

        /** What it may still use or give back. */
        long open() {
            return granted - spent - returned;
        }
    }

    public Allowance {
        holdings = Map.copyOf(holdings);
    }

    public static Allowance empty(Allowances.Account account) {
        return new Allowance(account.id(), 1, account, 0, 0, Map.of(), 0);
    }

    public Allowance withVersion(long next) {
        return AllowanceBuilder.builder(this).version(next).build();
    }

    /** Takes a report and leases what is asked for, as far as it is left. */
    public Allowance exchanged(String holder, Allowances.Report report, long now) {
        Allowance present = in(AllowanceWindow.of(report.account(), now).start(), report.account())
                .withoutGone(holder, now);
        var next = new HashMap<>(present.holdings);
        Holding own = next.get(holder);
        if (report.lease().window() != present.window) {
            own = own == null ? Holding.NONE : own;
            own = own.reported(0, 0, now);
        } else if (own == null) {
            own = new Holding(report.lease().granted(), 0, 0, now)
                    .reported(report.lease().spent(), report.lease().returned(), now);
        } else {
            own = own.reported(report.lease().spent(), report.lease().returned(), now);
        }
        next.put(holder, own);
        Allowance counted = present.with(next, now);
        next.put(holder, own.granted(counted.grant(report)));
        return counted.with(next, now);
    }

    /** What the holder is told of it. */
    public Allowances.Told told(String holder, long now) {
        Holding own = holdings.getOrDefault(holder, Holding.NONE);
        long end = AllowanceWindow.of(account, Math.max(window, now)).end();
        long others = holdings.values().stream().mapToLong(Holding::open).sum() - own.open();
        return new Allowances.Told(
                new Allowances.Lease(window, own.granted, own.spent, own.returned),
                end == Long.MAX_VALUE ? end : Math.max(0, end - now),
                left(),
                others,
                holdings.size());
    }

    /** What nobody holds. */
    long left() {
        long held = holdings.values().stream()
                .mapToLong(each -> each.granted - each.returned)
                .sum();
        return account.limit() - settled - held;
    }

    /** Whether nothing is lost when this is forgotten. */
    public boolean isOver(long now) {
        return now - changedAt > FORGOTTEN_MILLIS
                && (account.kind() == Kind.CONCURRENT
                        || now >= AllowanceWindow.of(account, window).end());
    }

    private long grant(Allowances.Report report) {
        long left = left();
        if (left <= 0 || report.first() > left) {
            return 0;
        }
        return Math.min(left, Math.max(report.waiting(), Math.min(report.ahead(), left / PARTS)));
    }

    private Allowance in(long start, Allowances.Account asked) {
        boolean later = start > window;
        return AllowanceBuilder.builder(this)
                .account(asked)
                .window(later ? start : window)
                .settled(later ? 0 : settled)
                .holdings(later ? Map.of() : holdings)
                .build();
    }

    /**
     * Ends the leases of those that are gone. Their places are free. What they have spent of tokens stays listed until the window
     * ends: one that comes back says what it has had since the window began, and that would count twice.
     */
    private Allowance withoutGone(String reports, long now) {
        var listed = new HashMap<>(holdings);
        for (var each : holdings.entrySet()) {
            if (isGone(each.getKey(), each.getValue(), reports, now)) {
                if (account.kind() == Kind.CONCURRENT) {
                    listed.remove(each.getKey());
                } else {
                    listed.put(each.getKey(), each.getValue().ended());
                }
            }
        }
        long gone = 0;
        while (listed.size() > MOST_HOLDERS) {
            String longest = Collections.min(listed.keySet(), Comparator.comparingLong(id -> listed.get(id).seenAt));
            Holding removed = listed.remove(longest);
            gone += account.kind() == Kind.CONCURRENT ? 0 : removed.granted - removed.returned;
        }
        return AllowanceBuilder.builder(this)
                .settled(settled + gone)
                .holdings(listed)
                .build();
    }

    private static boolean isGone(String holder, Holding holding, String reports, long now) {
        return !holder.equals(reports)
                && (now - holding.seenAt > SILENT_MILLIS || LeaseHolders.isSuccessor(reports, holder));
    }

    private Allowance with(Map<String, Holding> next, long now) {
        return AllowanceBuilder.builder(this).holdings(next).changedAt(now).build();
    }
}
