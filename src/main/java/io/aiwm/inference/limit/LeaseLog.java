package io.aiwm.inference.limit;

/**
 * Hears of each lease of which more is spent than before, so that what a gateway has used is not given back when it is killed before it
 * could report it.
 */
@FunctionalInterface
public interface LeaseLog {
    LeaseLog NONE = (account, lease, alone) -> {};

    /**
     * Must not block: the limiter's lock is held.
     *
     * @param lease totals since its window began
     * @param alone what the gateway may use more without asking the ledger
     */
    void spent(Allowances.Account account, Allowances.Lease lease, long alone);

    /** What the process before this one had left, for a gateway that cannot ask the ledger. @return null: it is not known */
    default LeasePage.Kept before(Allowances.Account account) {
        return null;
    }
}
