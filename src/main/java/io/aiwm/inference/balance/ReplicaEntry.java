package io.aiwm.inference.balance;

import io.aiwm.inference.route.GatewayConfig.Replica;

/** What a balancer knows of one replica. Guarded by the balancer's lock. Times are milliseconds of its clock. */
final class ReplicaEntry {
    private static final long NEVER = Long.MIN_VALUE;

    private final BalanceRules rules;
    private Replica replica;
    /** Calls that have a place here. */
    int outstanding;
    /** Those of them that took it because it was idle. */
    int background;
    /** Whether it is one of the deployment's replicas now. One that is not may still have calls. */
    boolean present;

    private long startedAt;
    private boolean warm;
    private long ejectedUntil = NEVER;
    private int ejections;
    private int failuresInRow;
    private long windowFrom = NEVER;
    private int calls;
    private int failures;
    private int callsBefore;
    private int failuresBefore;

    /** @param warm whether it takes a full share at once */
    ReplicaEntry(Replica replica, BalanceRules rules, long now, boolean warm) {
        this.replica = replica;
        this.rules = rules;
        this.startedAt = now;
        this.warm = warm;
    }

    String id() {
        return replica.id();
    }

    Replica replica() {
        return replica;
    }

    /** The same container, perhaps at another address. */
    void isNow(Replica same) {
        replica = same;
    }

    boolean isEjected(long now) {
        return ejectedUntil > now;
    }

    /** When it gets calls again; in the past where it gets them now. */
    long ejectedUntil() {
        return ejectedUntil;
    }

    /** Between 0 and 1, the latter when it takes as many calls as others. */
    double share(long now) {
        if (warm) {
            return 1;
        }
        double share = (now - startedAt + 1.0) / (rules.slowStart().toMillis() + 1.0);
        warm = share >= 1;
        return Math.min(1, Math.max(0.05, share));
    }

    void succeeded(long now) {
        failuresInRow = 0;
        count(now, false);
        if (ejections > 0 && now - ejectedUntil >= rules.ejection().longest().toMillis()) {
            ejections = 0;
        }
    }

    /** Returns whether it has failed so often that it should get no calls for a while. */
    boolean failed(long now) {
        if (isEjected(now)) {
            return false; // a call that began before says nothing new
        }
        failuresInRow++;
        count(now, true);
        var ejection = rules.ejection();
        int all = calls + callsBefore;
        return failuresInRow >= ejection.consecutive()
                || (all >= ejection.calls() && failures + failuresBefore >= ejection.share() * all);
    }

    private void count(long now, boolean failure) {
        long window = rules.ejection().window().toMillis();
        if (windowFrom == NEVER || now - windowFrom >= window) {
            boolean next = windowFrom != NEVER && now - windowFrom < 2 * window;
            callsBefore = next ? calls : 0;
            failuresBefore = next ? failures : 0;
            calls = 0;
            failures = 0;
            windowFrom = now;
        }
        calls++;
        failures += failure ? 1 : 0;
    }

    void eject(long now) {
        var ejection = rules.ejection();
        long millis = ejection.first().toMillis() << Math.min(ejections, 20);
        ejections++;
        ejectedUntil = now + Math.min(millis, ejection.longest().toMillis());
        // the first failure after that ejects it again
        failuresInRow = ejection.consecutive() - 1;
        windowFrom = NEVER;
        calls = 0;
        failures = 0;
        startedAt = ejectedUntil;
        warm = false;
    }

    void restore(long now) {
        ejectedUntil = now;
        startedAt = now;
    }
}
