package io.aiwm.inference.limit;

/**
 * Hears of each lease of which more is spent than before, so that what a gateway has used is not given back when it is killed before it
 * could report it.
 */
@FunctionalInterface
public interface LeaseLog {
    LeaseLog NONE = (account, lease) -> {};

    /** Must not block: the limiter's lock is held. @param lease totals since its window began */
    void spent(Allowances.Account account, Allowances.Lease lease);
}
