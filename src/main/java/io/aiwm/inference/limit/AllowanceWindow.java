package io.aiwm.inference.limit;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;

/**
 * The time for which a limit counts, in UTC.
 *
 * @param start milliseconds since 1970
 * @param end exclusive; {@link Long#MAX_VALUE}: never
 */
record AllowanceWindow(long start, long end) {
    private static final long MINUTE = 60_000;
    private static final AllowanceWindow ALWAYS = new AllowanceWindow(0, Long.MAX_VALUE);

    static AllowanceWindow of(Allowances.Account account, long now) {
        return switch (account.kind()) {
            case CONCURRENT -> ALWAYS;
            case REQUESTS, TOKENS -> {
                long start = Math.floorDiv(now, MINUTE) * MINUTE;
                yield new AllowanceWindow(start, start + MINUTE);
            }
            case BUDGET -> {
                ZonedDateTime day =
                        Instant.ofEpochMilli(now).atZone(ZoneOffset.UTC).truncatedTo(ChronoUnit.DAYS);
                boolean monthly = account.period() == KeyLimits.Period.MONTH;
                ZonedDateTime start = monthly ? day.withDayOfMonth(1) : day;
                ZonedDateTime end = monthly ? start.plusMonths(1) : start.plusDays(1);
                yield new AllowanceWindow(
                        start.toInstant().toEpochMilli(), end.toInstant().toEpochMilli());
            }
        };
    }
}
