package io.aiwm.inference.balance;

/** How many calls end per second, over the last ten. Guarded by the balancer's lock. */
final class ServiceRate {
    private static final int SECONDS = 10;
    private static final long UNKNOWN_SECONDS = 5;
    private static final long LONGEST_SECONDS = 60;

    private final int[] ended = new int[SECONDS];
    private long newest = Long.MIN_VALUE;

    void ended(long now) {
        advance(Math.floorDiv(now, 1_000L));
        ended[Math.floorMod(newest, SECONDS)]++;
    }

    private void advance(long second) {
        if (newest == second) {
            return;
        }
        long from = Math.max(newest + 1, second - SECONDS + 1);
        for (long each = from; each <= second; each++) {
            ended[Math.floorMod(each, SECONDS)] = 0;
        }
        newest = Math.max(newest, second);
    }

    /** When so many calls will have ended, in whole seconds from 1 to 60. */
    long secondsFor(int calls, long now) {
        advance(Math.floorDiv(now, 1_000L));
        int sum = 0;
        for (int each : ended) {
            sum += each;
        }
        return sum == 0
                ? UNKNOWN_SECONDS
                : Math.max(1, Math.min(LONGEST_SECONDS, ((long) calls * SECONDS + sum - 1) / sum));
    }
}
