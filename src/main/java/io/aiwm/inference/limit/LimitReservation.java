package io.aiwm.inference.limit;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** What one call holds of each limit of its caller. */
final class LimitReservation implements Limiter.Reservation {
    private final LocalLimiter limiter;
    private final AtomicBoolean ended = new AtomicBoolean();
    final LocalAccount[] accounts;
    final long[] amounts;
    final long[] windows;
    private final RemainingLimits left;

    /** Takes it. The limiter's lock is held. */
    LimitReservation(LocalLimiter limiter, LocalAccount[] accounts, long tokens, long now) {
        this.limiter = limiter;
        this.accounts = accounts;
        int count = accounts.length;
        amounts = new long[count];
        windows = new long[count];
        for (int i = 0; i < count; i++) {
            LocalAccount account = accounts[i];
            amounts[i] = account.amount(tokens);
            windows[i] = account.window();
            if (account.take(amounts[i], now)) {
                limiter.lacks(account);
            }
        }
        left = new RemainingLimits(accounts, null, now);
    }

    @Override
    public void settle(long tokensUsed) {
        if (ended.compareAndSet(false, true)) {
            limiter.settle(this, Math.max(0, tokensUsed));
        }
    }

    @Override
    public List<String> headers() {
        return left.headers();
    }
}
