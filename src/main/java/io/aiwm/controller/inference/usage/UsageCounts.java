package io.aiwm.controller.inference.usage;

import io.aiwm.inference.usage.CallUsage;

/** Sums over calls. */
public record UsageCounts(
        long calls, long errors, long promptTokens, long completionTokens, long queueMillis, long durationMillis) {
    public static final UsageCounts NONE = new UsageCounts(0, 0, 0, 0, 0, 0);

    static UsageCounts of(CallUsage call) {
        return new UsageCounts(
                1,
                call.status() >= 400 || call.errorCode() != null ? 1 : 0,
                Math.max(0, call.promptTokens()),
                Math.max(0, call.completionTokens()),
                Math.max(0, call.queueMillis()),
                Math.max(0, call.durationMillis()));
    }

    UsageCounts plus(UsageCounts more) {
        return new UsageCounts(
                calls + more.calls,
                errors + more.errors,
                promptTokens + more.promptTokens,
                completionTokens + more.completionTokens,
                queueMillis + more.queueMillis,
                durationMillis + more.durationMillis);
    }
}
