package io.aiwm.inference.balance;

import io.aiwm.inference.route.GatewayConfig.Replica;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** A place at a replica, as its balancer gives it. */
final class HeldPlace implements Place {
    final ReplicaEntry member;
    final boolean background;
    private final Replica replica;
    private final long waitedMillis;
    private final BiConsumer<HeldPlace, Outcome> whenEnded;
    private final Consumer<HeldPlace> whenQuiet;
    /** Wanted by the call. */
    volatile boolean quiet;
    /** Guarded by the balancer's lock. */
    boolean ended;
    /** Whether it is among the calls in flight. Guarded by the balancer's lock. */
    boolean counted = true;

    /** @param whenEnded called each time that its end is told. @param whenQuiet called each time that {@link #quiet} was set */
    HeldPlace(
            ReplicaEntry member,
            long waitedMillis,
            boolean background,
            BiConsumer<HeldPlace, Outcome> whenEnded,
            Consumer<HeldPlace> whenQuiet) {
        this.member = member;
        this.background = background;
        this.replica = member.replica();
        this.waitedMillis = waitedMillis;
        this.whenEnded = whenEnded;
        this.whenQuiet = whenQuiet;
    }

    @Override
    public Replica replica() {
        return replica;
    }

    @Override
    public long waitedMillis() {
        return waitedMillis;
    }

    @Override
    public void quiet(boolean now) {
        quiet = now;
        whenQuiet.accept(this);
    }

    @Override
    public void end(Outcome outcome) {
        whenEnded.accept(this, outcome);
    }
}
