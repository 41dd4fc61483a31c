package io.aiwm.inference.limit;

import io.aiwm.inference.limit.Limiter.Reservation;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Calls that wait for their limits, in the order of their arrival. Not thread-safe: the limiter's lock guards it. */
final class LimitWaiters {
    private Deque<Waiting> waiting = new ArrayDeque<>();
    private int asked;

    /** A call that waits. */
    static final class Waiting {
        final LocalAccount[] accounts;
        final long tokens;
        /** Begins when the ledger has answered for the first time. */
        long deadline = Long.MAX_VALUE;

        boolean wasAsked;
        private final Promise<Reservation> promise = Promise.promise();
        private final Context context = Vertx.currentContext();

        Waiting(LocalAccount[] accounts, long tokens) {
            this.accounts = accounts;
            this.tokens = tokens;
        }

        /** On the event loop of the call. */
        private void onItsOwn(Runnable end) {
            if (context == null) {
                end.run();
            } else {
                context.runOnContext(go -> end.run());
            }
        }
    }

    /** What is to be told when the lock is given up. */
    static final class Ends {
        private static final Ends NONE = new Ends();
        private final List<Runnable> ends = new ArrayList<>();

        void run() {
            ends.forEach(Runnable::run);
        }
    }

    int size() {
        return waiting.size();
    }

    /** Whether some have come since the last exchange began. */
    boolean hasNew() {
        return waiting.size() > asked;
    }

    Future<Reservation> add(LocalAccount[] accounts, long tokens) {
        var one = new Waiting(accounts, tokens);
        waiting.addLast(one);
        return one.promise.future();
    }

    void remove(Future<Reservation> added) {
        waiting.removeIf(one -> {
            boolean its = one.promise.future() == added;
            asked -= its && one.wasAsked ? 1 : 0;
            return its;
        });
    }

    /** Sums up what they need. @return the accounts that they need it of */
    Set<LocalAccount> demand() {
        var accounts = new LinkedHashSet<LocalAccount>();
        for (Waiting one : waiting) {
            for (LocalAccount account : one.accounts) {
                accounts.add(account);
                account.waits(account.amount(one.tokens));
            }
            one.wasAsked = true;
        }
        asked = waiting.size();
        return accounts;
    }

    /**
     * @param take returns null when something is lacking
     * @param vain returns the account for whose sake a call is refused, or null
     */
    Ends serve(Function<Waiting, LimitReservation> take, Function<Waiting, LocalAccount> vain, long now) {
        if (waiting.isEmpty()) {
            return Ends.NONE;
        }
        var ends = new Ends();
        var left = new ArrayDeque<Waiting>(waiting.size());
        asked = 0;
        for (Waiting one : waiting) {
            LimitReservation reserved = take.apply(one);
            LocalAccount lacking = reserved == null ? vain.apply(one) : null;
            if (reserved != null) {
                ends.ends.add(() -> one.onItsOwn(() -> one.promise.complete(reserved)));
            } else if (lacking != null) {
                var refusal =
                        RemainingLimits.refusal(one.accounts, lacking, now).refused();
                ends.ends.add(() -> one.onItsOwn(() -> one.promise.fail(refusal)));
            } else {
                left.addLast(one);
                asked += one.wasAsked ? 1 : 0;
            }
        }
        waiting = left;
        return ends;
    }
}
