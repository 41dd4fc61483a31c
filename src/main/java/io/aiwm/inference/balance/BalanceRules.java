package io.aiwm.inference.balance;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;

/**
 * How a balancer balances.
 *
 * @param queue calls of one deployment that may wait, where the deployment does not say
 * @param slowStart how long the share of a new replica grows, and that of one that comes back from ejection
 * @param slack a replica with more calls than the idlest one and this many is overloaded: affinity to a prefix does not count
 * @param sessions how many sessions are remembered; the one that was idle longest goes first
 * @param sessionLifetime how long an idle session is remembered
 * @param prefixes how many blocks of prompts are remembered, rounded up to a power of two
 * @param ejection when a replica that fails gets no calls for a while
 */
@RecordBuilder
public record BalanceRules(
        int queue,
        Duration slowStart,
        int slack,
        int sessions,
        Duration sessionLifetime,
        int prefixes,
        Ejection ejection) {

    public static final BalanceRules DEFAULT = new BalanceRules(
            256,
            Duration.ofSeconds(20),
            4,
            10_000,
            Duration.ofMinutes(30),
            32_768,
            new Ejection(5, 20, 0.5, Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofMinutes(5)));

    /**
     * @param consecutive failures one after another that eject
     * @param calls of a window, from which on the share of failures counts
     * @param share of failures that ejects
     * @param window failures count for this long at least, and twice as long at most
     * @param first how long the first ejection lasts; each further one twice as long
     * @param longest as long as it can last, and how long a replica must have done well to begin with {@code first} again
     */
    public record Ejection(
            int consecutive, int calls, double share, Duration window, Duration first, Duration longest) {}
}
