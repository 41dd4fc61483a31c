package io.aiwm.inference.limit;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.limit.Allowances.Kind;
import java.util.ArrayList;
import java.util.List;

/** What is left of the limits of a caller at one time, as answers say it. */
final class RemainingLimits {
    private final Kind[] kinds;
    private final long[] limits;
    private final long[] remaining;
    private final long[] resets;
    /** −1: none. */
    private final int refusing;

    /** The limiter's lock is held. @param refuses the one that leaves too little for a call; null: none */
    RemainingLimits(LocalAccount[] accounts, LocalAccount refuses, long now) {
        int count = accounts.length;
        kinds = new Kind[count];
        limits = new long[count];
        remaining = new long[count];
        resets = new long[count];
        int found = -1;
        for (int i = 0; i < count; i++) {
            LocalAccount account = accounts[i];
            kinds[i] = account.account().kind();
            limits[i] = account.account().limit();
            remaining[i] = account.remaining(now);
            resets[i] = account.resetSeconds(now);
            found = account == refuses ? i : found;
        }
        refusing = found;
    }

    /** Why a call is refused, with what is left. The limiter's lock is held. */
    static GatewayError refusal(LocalAccount[] accounts, LocalAccount refuses, long now) {
        return refusal(refuses, now).with(new RemainingLimits(accounts, refuses, now).headers());
    }

    private static GatewayError refusal(LocalAccount refuses, long now) {
        Allowances.Account account = refuses.account();
        String whose = account.subject().startsWith("team:") ? "the team's" : "the caller's";
        String what = switch (account.kind()) {
            case REQUESTS -> "requests per minute";
            case TOKENS -> "tokens per minute";
            case CONCURRENT -> "calls at once";
            case BUDGET -> account.period() == KeyLimits.Period.MONTH ? "tokens per month" : "tokens per day";
        };
        boolean counts = account.kind() == Kind.BUDGET || account.kind() == Kind.TOKENS;
        String code = account.kind() == Kind.BUDGET ? "insufficient_quota" : "rate_limit_exceeded";
        long seconds = refuses.resetSeconds(now);
        return new GatewayError(
                429,
                code,
                whose + " limit of " + account.limit() + " " + what + " leaves too little for this call"
                        + (counts ? " (its prompt and max_tokens)" : "") + "; come again in " + seconds + " s",
                null,
                seconds);
    }

    /** Header names and values in turn. */
    List<String> headers() {
        var headers = new ArrayList<String>(18);
        int tightest = -1;
        int requests = -1;
        int tokens = -1;
        for (int i = 0; i < kinds.length; i++) {
            Kind kind = kinds[i];
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

    /** The one that refuses, or else of which a smaller part remains. */
    private int tighter(int best, int candidate) {
        if (candidate == refusing || (best >= 0 && best == refusing)) {
            return refusing;
        }
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
