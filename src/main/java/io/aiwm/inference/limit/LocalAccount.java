package io.aiwm.inference.limit;

import io.aiwm.inference.limit.Allowances.Account;
import io.aiwm.inference.limit.Allowances.Kind;

/**
 * What a gateway holds of one limit. Not thread-safe: the limiter's lock guards it.
 *
 * <p>Free is what was leased and is neither used, nor reserved by a call, nor given back.
 */
final class LocalAccount {
    /** What was not used for a whole period is given back, so within a second at the latest. */
    private static final long PERIOD_MILLIS = 250;
    /** What was used is told at least so often. */
    private static final long REPORT_MILLIS = 1_000;
    /** After a refusal the ledger is asked again so much later at the earliest. */
    private static final long REFUSE_MILLIS = 250;

    private static final long UNKNOWN = -1;

    private Account account;
    private long window = UNKNOWN;
    private long endsAt = Long.MAX_VALUE;
    private long granted;
    private long borrowed;
    private boolean hasBorrowed;
    private long spent;
    private long returned;
    private long reserved;
    private long left;
    private long heldByOthers;

    private long refusedUntil = Long.MIN_VALUE;
    private long usedAt;
    private long periodStart;
    private long leastFree;
    private long usedInPeriod;
    private long usedBefore;
    private long lease;

    private long reportedAt;
    private boolean isDirty;
    private boolean runsLow;
    /** Of calls that wait; counted anew for each exchange. */
    private long first;

    private long waiting;

    LocalAccount(Account account, long now) {
        this.account = account;
        this.usedAt = now;
        this.periodStart = now;
        this.reportedAt = now;
    }

    Account account() {
        return account;
    }

    void limit(long limit) {
        if (limit != account.limit()) {
            account = new Account(account.subject(), account.kind(), limit, account.period());
            refusedUntil = Long.MIN_VALUE;
        }
    }

    long window() {
        return window;
    }

    private boolean isPlaces() {
        return account.kind() == Kind.CONCURRENT;
    }

    /** What a call with this estimate needs of it; one that is larger than the limit takes all of it. */
    long amount(long tokens) {
        return account.kind() == Kind.REQUESTS || isPlaces() ? 1 : Math.max(1, Math.min(tokens, account.limit()));
    }

    long free(long now) {
        if (now >= endsAt) {
            begin(UNKNOWN, Long.MAX_VALUE);
        }
        return granted + borrowed - spent - returned - reserved;
    }

    private void begin(long nextWindow, long nextEnd) {
        window = nextWindow;
        endsAt = nextEnd;
        granted = 0;
        borrowed = 0;
        hasBorrowed = false;
        spent = 0;
        returned = 0;
        reserved = 0;
        left = account.limit();
        heldByOthers = 0;
        leastFree = 0;
        lease = 0;
        isDirty = false;
        refusedUntil = Long.MIN_VALUE;
    }

    /** @return whether the ledger should be asked for more before the next call needs it */
    boolean take(long amount, long now) {
        if (account.kind() == Kind.REQUESTS) {
            spent += amount;
        } else {
            reserved += amount;
        }
        isDirty = true;
        usedAt = now;
        usedInPeriod += amount;
        long free = granted + borrowed - spent - returned - reserved;
        leastFree = Math.min(leastFree, free);
        runsLow |= free < lease / 4 && left > 0;
        return runsLow;
    }

    /** @param ofWindow in which it was taken: what is over is over */
    void settle(long amount, long used, long ofWindow) {
        if (ofWindow != window || account.kind() == Kind.REQUESTS) {
            return;
        }
        reserved -= amount;
        if (!isPlaces()) {
            spent += used;
        }
        isDirty = true;
    }

    void waits(long amount) {
        if (first == 0) {
            first = amount;
        }
        waiting += amount;
    }

    /** Once in a while: gives back what was not used for a period. */
    void pass(long now) {
        long free = free(now);
        if (now - periodStart < PERIOD_MILLIS) {
            return;
        }
        giveBack(Math.min(leastFree, free), now);
        periodStart = now;
        leastFree = free(now);
        usedBefore = usedInPeriod;
        usedInPeriod = 0;
    }

    private void giveBack(long amount, long now) {
        // what is borrowed is not the ledger's
        long most = Math.min(amount, granted - spent - returned - reserved);
        if (most > 0) {
            returned += most;
            runsLow = false;
            isDirty = true;
            reportedAt = now - REPORT_MILLIS;
        }
    }

    /** Gives back all that no call holds. */
    void leave(long now) {
        giveBack(free(now), now);
    }

    boolean isDue(long now) {
        return (isDirty && now - reportedAt >= REPORT_MILLIS)
                || (granted - spent - returned > 0 && now - reportedAt >= LocalLimiter.KEEP_ALIVE_MILLIS);
    }

    /** Whether nothing is lost when it is forgotten. */
    boolean isIdle(long now, long millis) {
        return now - usedAt > millis && !isDirty && reserved == 0 && granted - spent - returned <= 0;
    }

    Allowances.Report report(long now) {
        long free = free(now);
        if (waiting > 0 && free < first) {
            // a part is of no use here, and may be what another gateway lacks
            giveBack(free, now);
            free = free(now);
        }
        // what was used beyond the lease is granted by the report itself; what is borrowed ends with the answer
        long own = Math.max(granted, spent + returned) - spent - returned - reserved;
        long lacking = waiting == 0 ? 0 : Math.max(0, waiting - own);
        long soon = Math.max(2 * Math.max(usedInPeriod, usedBefore), 4 * first);
        var report = new Allowances.Report(
                account,
                lease(),
                Math.min(lacking, first - Math.min(0, own)),
                lacking,
                waiting > 0 || runsLow ? Math.max(0, soon - own) : 0);
        runsLow = false;
        first = 0;
        waiting = 0;
        reportedAt = now;
        isDirty = false;
        return report;
    }

    Allowances.Lease lease() {
        return new Allowances.Lease(window, granted, spent, returned);
    }

    /** The report did not arrive, or nobody knows whether it did. */
    void unreported() {
        isDirty = true;
    }

    void told(Allowances.Told told, long now) {
        long before = granted;
        if (told.lease().window() != window) {
            begin(told.lease().window(), Long.MAX_VALUE);
            before = 0;
            granted = told.lease().granted();
            spent = told.lease().spent();
            returned = told.lease().returned();
        } else {
            granted = Math.max(granted, told.lease().granted());
            // more than was given back: the ledger has ended the lease, because it did not hear of this gateway
            returned = Math.max(returned, told.lease().returned());
        }
        endsAt = told.endsInMillis() == Long.MAX_VALUE ? Long.MAX_VALUE : now + told.endsInMillis();
        borrowed = 0;
        hasBorrowed = false;
        left = told.left();
        heldByOthers = told.heldByOthers();
        if (granted > before) {
            lease = granted - before;
        }
    }

    /** What may be used without the ledger; calls that run are taken to use nothing. */
    long alone(int gateways) {
        long share = hasBorrowed ? 0 : Math.max(0, left) / Math.max(1, gateways);
        return Math.max(0, granted + borrowed - spent - returned) + share;
    }

    /**
     * The ledger is away: takes this gateway's share of what was left, once in each window.
     *
     * @param before what the process before this one had left; null: it is not known
     */
    void borrow(int gateways, LeasePage.Kept before, long now) {
        free(now); // begins anew when the window is over
        if (window == UNKNOWN) {
            AllowanceWindow own = AllowanceWindow.of(account, now);
            begin(own.start(), own.end());
            if (before != null && before.lease().window() == window) {
                hasBorrowed = true;
                borrowed = Math.min(before.alone(), account.limit());
                left = 0;
            }
        }
        if (!hasBorrowed) {
            hasBorrowed = true;
            borrowed = Math.max(0, left) / Math.max(1, gateways);
            left = Math.max(0, left - borrowed);
            heldByOthers = 0;
        }
    }

    /** Whether a call that needs so much is refused without asking: another one has just been, and no less than this was left. */
    boolean refuses(long amount, long now) {
        return now < refusedUntil && left + Math.max(0, free(now)) < amount;
    }

    /** Whether a call that needs so much waits in vain, as the ledger has just told. */
    boolean isExhausted(long amount, long now) {
        return window != UNKNOWN && heldByOthers <= 0 && left + Math.max(0, free(now)) < amount;
    }

    void refused(long now) {
        refusedUntil = now + REFUSE_MILLIS;
    }

    long remaining(long now) {
        return Math.max(0, left + free(now));
    }

    /** Seconds until the window ends, rounded up. */
    long resetSeconds(long now) {
        return endsAt == Long.MAX_VALUE ? 1 : Math.max(1, (endsAt - now + 999) / 1_000);
    }
}
