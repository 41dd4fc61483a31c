package io.aiwm.inference.limit;

import io.aiwm.inference.limit.Allowances.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** What one call holds of each limit of its caller. */
final class Reserved implements Limiter.Reservation {
    private final LocalLimiter limiter;
    private final AtomicBoolean ended = new AtomicBoolean();
    final LocalAccount[] accounts;
    final long[] amounts;
    final long[] windows;
    private final long[] limits;
    private final long[] remaining;
    private final long[] resets;

    /** Takes it. The limiter's lock is held. */
    Reserved(LocalLimiter limiter, LocalAccount[] accounts, long tokens, long now) {
        this.limiter = limiter;
        this.accounts = accounts;
        int count = accounts.length;
        amounts = new long[count];
        windows = new long[count];
        limits = new long[count];
        remaining = new long[count];
        resets = new long[count];
        for (int i = 0; i < count; i++) {
            LocalAccount account = accounts[i];
            amounts[i] = account.amount(tokens);
            windows[i] = account.window();
            if (account.take(amounts[i], now)) {
                limiter.lacks(account);
            }
            limits[i] = account.account().limit();
            remaining[i] = account.remaining(now);
            resets[i] = account.resetSeconds(now);
        }
    }

    @Override
    public void settle(long tokensUsed) {
        if (ended.compareAndSet(false, true)) {
            limiter.settle(this, Math.max(0, tokensUsed));
        }
    }

    @Override
    public List<String> headers() {
        var headers = new ArrayList<String>(18);
        int tightest = -1;
        int requests = -1;
        int tokens = -1;
        for (int i = 0; i < accounts.length; i++) {
            Kind kind = accounts[i].account().kind();
            if (kind == Kind.REQUESTS) {
                requests = tighter(requests, i);
            } else if (kind != Kind.CONCURRENT) {
                tokens = tighter(tokens, i);
            }
            tightest = tighter(tightest, i);
        }
        if (tightest >= 0) {
            add(headers, tightest, "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "");
        }
        if (requests >= 0) {
            add(
                    headers,
                    requests,
                    "x-ratelimit-limit-requests",
                    "x-ratelimit-remaining-requests",
                    "x-ratelimit-reset-requests",
                    "s");
        }
        if (tokens >= 0) {
            add(
                    headers,
                    tokens,
                    "x-ratelimit-limit-tokens",
                    "x-ratelimit-remaining-tokens",
                    "x-ratelimit-reset-tokens",
                    "s");
        }
        return headers;
    }

    /** The one of which a smaller part remains. */
    private int tighter(int best, int candidate) {
        return best < 0
                        || (double) remaining[candidate] / Math.max(1, limits[candidate])
                                < (double) remaining[best] / Math.max(1, limits[best])
                ? candidate
                : best;
    }

    private void add(List<String> headers, int i, String limit, String left, String reset, String unit) {
        headers.add(limit);
        headers.add(Long.toString(limits[i]));
        headers.add(left);
        headers.add(Long.toString(remaining[i]));
        headers.add(reset);
        headers.add(resets[i] + unit);
    }
}
