package io.aiwm.inference.balance;

import io.aiwm.inference.route.GatewayConfig.Replica;
import java.util.function.BiConsumer;

/** A place at a replica, as its balancer gives it. */
final class Held implements Place {
    final Member member;
    final boolean background;
    private final Replica replica;
    private final long waitedMillis;
    private final BiConsumer<Held, Outcome> whenEnded;
    /** Guarded by the balancer's lock. */
    boolean ended;

    /** @param whenEnded called each time that its end is told */
    Held(Member member, long waitedMillis, boolean background, BiConsumer<Held, Outcome> whenEnded) {
        this.member = member;
        this.background = background;
        this.replica = member.replica();
        this.waitedMillis = waitedMillis;
        this.whenEnded = whenEnded;
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
    public void end(Outcome outcome) {
        whenEnded.accept(this, outcome);
    }
}
