package io.aiwm.inference.limit;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;

/**
 * What a key, or all keys and users of a team together, may use.
 *
 * @param models names that may be called, with {@code *} at the end for "begins with"; null: all
 * @param requestsPerMinute null: not limited; this holds for the others too
 * @param tokensPerMinute prompt and answer together
 * @param concurrent calls at once
 * @param budget tokens of a period
 * @param priority −10 to 10, larger first; null: 0
 */
public record KeyLimits(
        List<String> models,
        Integer requestsPerMinute,
        Long tokensPerMinute,
        Integer concurrent,
        TokenBudget budget,
        Integer priority) {

    public static final KeyLimits NONE = new KeyLimits(null, null, null, null, null, null);

    /** Tokens that may be used in each period, which begins at midnight UTC, for a month on its first day. */
    public record TokenBudget(long tokens, Period period) {}

    public enum Period {
        DAY,
        MONTH
    }

    public boolean allows(String model) {
        return models == null
                || models.stream()
                        .anyMatch(each -> each.endsWith("*")
                                ? model.startsWith(each.substring(0, each.length() - 1))
                                : each.equals(model));
    }

    /** Whether tokens are counted against it. */
    public boolean limitsTokens() {
        return tokensPerMinute != null || budget != null;
    }

    /** Whether it limits nothing but which models may be called. */
    @JsonIgnore
    public boolean isUnlimited() {
        return requestsPerMinute == null && tokensPerMinute == null && concurrent == null && budget == null;
    }
}
