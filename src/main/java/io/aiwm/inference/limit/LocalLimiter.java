package io.aiwm.inference.limit;

import io.aiwm.common.RateLimitedLog;
import io.aiwm.inference.Caller;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntSupplier;
import org.slf4j.LoggerFactory;

/**
 * The limits of one gateway. It holds leases of the shared ledger, so that most calls are let through without asking; what it has
 * not used for a while it gives back. While the ledger is away it goes on with its share of what was left.
 *
 * <p>One short lock guards all accounts; no future is completed while it is held.
 */
public final class LocalLimiter implements Limiter {
    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(LocalLimiter.class));
    /** How often {@link #tick} is to be called. */
    public static final long TICK_MILLIS = 100;

    static final long KEEP_ALIVE_MILLIS = 5_000;
    /** How long a call waits for what other gateways hold. */
    static final long WAIT_MILLIS = 1_000;
    /** An exchange without an answer for so long has failed. A ledger that is slow is still the only one that is exact. */
    private static final long PATIENCE_MILLIS = 5_000;
    /** Calls wait while the ledger fails, for so long; then the gateway goes on alone. */
    private static final long ALONE_AFTER_MILLIS = 1_000;

    private static final long RETRY_MILLIS = 500;
    private static final long FORGET_EVERY_MILLIS = 10_000;
    private static final int MOST_WAITING = 10_000;

    private final String holder;
    private final Allowances allowances;
    private final InstantSource clock;
    private final IntSupplier gateways;
    private final LeaseLog leases;

    private final Object lock = new Object();
    private final LimitAccounts subjects = new LimitAccounts();
    private final LimitWaiters waiters = new LimitWaiters();
    /** Accounts to report on with the next exchange. */
    private final Set<LocalAccount> due = new LinkedHashSet<>();
    /** Null: no exchange is under way. */
    private List<LocalAccount> underWay;

    private long exchange;
    private long askedAt;
    private long forgotAt;
    private boolean isAlone;
    /** Since when no exchange has succeeded; negative: the last one has. */
    private long failingSince = -1;

    /** Of a gateway that keeps nothing of its leases. */
    public LocalLimiter(String holder, Allowances allowances, InstantSource clock, IntSupplier gateways) {
        this(holder, allowances, clock, gateways, LeaseLog.NONE);
    }

    /**
     * @param holder of this process alone, and another one after its restart; see {@link LeaseHolders}
     * @param clock that is not set back
     * @param gateways how many there are, this one included
     */
    public LocalLimiter(
            String holder, Allowances allowances, InstantSource clock, IntSupplier gateways, LeaseLog leases) {
        this.holder = holder;
        this.allowances = allowances;
        this.clock = clock;
        this.gateways = gateways;
        this.leases = leases;
    }

    @Override
    public Future<Reservation> reserve(Caller caller, long tokens) {
        if (caller.limits().isUnlimited()
                && (caller.team() == null || caller.teamLimits().isUnlimited())) {
            return UNLIMITED;
        }
        Future<Reservation> result;
        boolean ask;
        synchronized (lock) {
            long now = clock.millis();
            LocalAccount[] accounts = subjects.of(caller, now);
            LimitReservation reserved = take(accounts, tokens, now);
            if (reserved != null) {
                result = Future.succeededFuture(reserved);
                ask = !due.isEmpty() && underWay == null && !isAlone;
            } else {
                LocalAccount refusing = refusing(accounts, tokens, now);
                if (refusing != null || waiters.size() >= MOST_WAITING) {
                    LocalAccount named = refusing == null ? accounts[0] : refusing;
                    return Future.failedFuture(
                            RemainingLimits.refusal(accounts, named, now).refused());
                }
                result = waiters.add(accounts, tokens);
                ask = underWay == null && (!isAlone || now - askedAt >= RETRY_MILLIS);
            }
        }
        if (ask) {
            exchange();
        }
        return result;
    }

    @Override
    public void cancel(Future<Reservation> reserved) {
        synchronized (lock) {
            waiters.remove(reserved);
        }
    }

    /** Null: something is lacking. Nothing is taken then. */
    private LimitReservation take(LocalAccount[] accounts, long tokens, long now) {
        for (LocalAccount account : accounts) {
            if (account.free(now) < account.amount(tokens)) {
                if (!isAlone) {
                    return null;
                }
                account.borrow(gateways.getAsInt(), leases.before(account.account()), now);
                if (account.free(now) < account.amount(tokens)) {
                    return null;
                }
            }
        }
        return new LimitReservation(this, accounts, tokens, now);
    }

    private LocalAccount refusing(LocalAccount[] accounts, long tokens, long now) {
        for (LocalAccount account : accounts) {
            long amount = account.amount(tokens);
            if (account.free(now) < amount && (isAlone || account.refuses(amount, now))) {
                return account;
            }
        }
        return null;
    }

    /** The lock is held. */
    void lacks(LocalAccount account) {
        due.add(account);
    }

    void settle(LimitReservation reserved, long tokensUsed) {
        LimitWaiters.Ends ends;
        synchronized (lock) {
            for (int i = 0; i < reserved.accounts.length; i++) {
                LocalAccount account = reserved.accounts[i];
                account.settle(reserved.amounts[i], tokensUsed, reserved.windows[i]);
                leases.spent(account.account(), account.lease(), account.alone(gateways.getAsInt()));
            }
            ends = serve(clock.millis(), false);
        }
        ends.run();
    }

    /** Reports, gives back what was not used, and ends waiting that was in vain. Called every {@link #TICK_MILLIS}. */
    public void tick() {
        LimitWaiters.Ends ends;
        boolean ask;
        synchronized (lock) {
            long now = clock.millis();
            if (underWay != null && now - askedAt >= PATIENCE_MILLIS) {
                failed("no answer within " + PATIENCE_MILLIS + " ms", now);
            }
            subjects.each(account -> {
                account.pass(now);
                if (account.isDue(now)) {
                    due.add(account);
                }
            });
            if (now - forgotAt >= FORGET_EVERY_MILLIS) {
                forgotAt = now;
                subjects.forgetIdle(now);
            }
            ends = serve(now, false);
            boolean wanted = !due.isEmpty() || waiters.size() > 0;
            ask = underWay == null && wanted && (!isAlone || now - askedAt >= RETRY_MILLIS);
        }
        ends.run();
        if (ask) {
            exchange();
        }
    }

    private void exchange() {
        List<Allowances.Report> reports;
        long number;
        synchronized (lock) {
            if (underWay != null) {
                return;
            }
            long now = clock.millis();
            due.addAll(waiters.demand());
            var asked = new ArrayList<LocalAccount>(Math.min(due.size(), Allowances.MOST_REPORTS));
            var some = due.iterator();
            while (some.hasNext() && asked.size() < Allowances.MOST_REPORTS) {
                asked.add(some.next());
                some.remove();
            }
            if (asked.isEmpty()) {
                return;
            }
            reports = asked.stream().map(account -> account.report(now)).toList();
            underWay = asked;
            askedAt = now;
            number = ++exchange;
        }
        Future.succeededFuture(reports)
                .compose(sent -> allowances.exchange(holder, sent))
                .onComplete(answer -> answered(number, answer.result(), answer.cause()));
    }

    private void answered(long number, List<Allowances.Told> told, Throwable cause) {
        LimitWaiters.Ends ends;
        boolean again;
        synchronized (lock) {
            if (number != exchange || underWay == null) {
                return; // given up; the next answer tells the same totals
            }
            long now = clock.millis();
            if (told == null || told.size() != underWay.size()) {
                failed(cause == null ? "an answer of another size" : cause.toString(), now);
                ends = serve(now, false);
                again = false;
            } else {
                isAlone = false;
                failingSince = -1;
                for (int i = 0; i < told.size(); i++) {
                    underWay.get(i).told(told.get(i), now);
                }
                underWay = null;
                ends = serve(now, true);
                again = waiters.hasNew() || !due.isEmpty();
            }
        }
        ends.run();
        if (again) {
            exchange();
        }
    }

    /** The lock is held. */
    private void failed(String why, long now) {
        underWay.forEach(account -> {
            account.unreported();
            due.add(account);
        });
        underWay = null;
        failingSince = failingSince < 0 ? askedAt : failingSince;
        isAlone = now - failingSince >= ALONE_AFTER_MILLIS;
        if (!isAlone) {
            return;
        }
        LOG.failed("limits cannot be shared with other gateways, so this one goes on with its share", why);
    }

    /** Lets through those for which there is enough now. The lock is held; the caller runs what is returned without it. */
    private LimitWaiters.Ends serve(long now, boolean told) {
        return waiters.serve(
                waiting -> take(waiting.accounts, waiting.tokens, now),
                waiting -> vain(waiting, now, (told && waiting.wasAsked) || isAlone),
                now);
    }

    /** The account for whose sake a call is refused; null: it goes on waiting. */
    private LocalAccount vain(LimitWaiters.Waiting waiting, long now, boolean knows) {
        if (knows && waiting.deadline == Long.MAX_VALUE) {
            waiting.deadline = now + WAIT_MILLIS;
        }
        LocalAccount lacking = null;
        for (LocalAccount account : waiting.accounts) {
            long amount = account.amount(waiting.tokens);
            if (account.free(now) < amount) {
                lacking = account;
                if (isAlone || (knows && account.isExhausted(amount, now))) {
                    account.refused(now);
                    return account;
                }
            }
        }
        return now >= waiting.deadline ? lacking : null;
    }

    /** Gives back all that no call holds. @return when the ledger knows */
    public Future<Void> close() {
        var all = new ArrayList<Allowances.Report>();
        synchronized (lock) {
            long now = clock.millis();
            subjects.each(account -> {
                account.leave(now);
                all.add(account.report(now));
            });
        }
        return allowances.tell(holder, all);
    }
}
