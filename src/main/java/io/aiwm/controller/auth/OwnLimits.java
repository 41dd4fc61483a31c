package io.aiwm.controller.auth;

import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.limit.KeyLimits.Period;
import io.aiwm.inference.limit.KeyLimits.TokenBudget;

/** Which limits somebody who is no administrator may give a key. Pure. */
final class OwnLimits {
    private static final int MOST_DAYS = 31;

    private OwnLimits() {}

    static boolean isPreferred(KeyLimits wanted) {
        return wanted != null && priority(wanted) > 0;
    }

    /**
     * Returns the first limit that leaves more than another; null: none does.
     *
     * @param given null: no limits
     */
    static String looser(KeyLimits given, KeyLimits most) {
        KeyLimits wanted = given == null ? KeyLimits.NONE : given;
        if (most.models() != null
                && (wanted.models() == null || !wanted.models().stream().allMatch(most::allows))) {
            return "models";
        }
        if (isMore(wanted.requestsPerMinute(), most.requestsPerMinute())) {
            return "requestsPerMinute";
        }
        if (isMore(wanted.tokensPerMinute(), most.tokensPerMinute())) {
            return "tokensPerMinute";
        }
        if (isMore(wanted.concurrent(), most.concurrent())) {
            return "concurrent";
        }
        if (isMore(wanted.budget(), most.budget())) {
            return "budget";
        }
        return priority(wanted) > priority(most) ? "priority" : null;
    }

    private static boolean isMore(Number wanted, Number most) {
        return most != null && (wanted == null || wanted.longValue() > most.longValue());
    }

    private static boolean isMore(TokenBudget wanted, TokenBudget most) {
        if (most == null) {
            return false;
        }
        if (wanted == null) {
            return true;
        }
        boolean daily = wanted.period() == Period.DAY && most.period() == Period.MONTH;
        return wanted.tokens() > (daily ? most.tokens() / MOST_DAYS : most.tokens());
    }

    private static int priority(KeyLimits limits) {
        return limits.priority() == null ? 0 : limits.priority();
    }
}
