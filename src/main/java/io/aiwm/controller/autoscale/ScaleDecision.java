package io.aiwm.controller.autoscale;

import io.aiwm.controller.deployment.Autoscale;
import io.aiwm.controller.deployment.Scaling;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * How many replicas a deployment is to have, and what the next decision must know. Pure: the same calls at the same times decide the
 * same.
 *
 * @param replicas as many as before where nothing is to change
 * @param code why it changes; null: it does not
 * @param reason the same in words
 */
record ScaleDecision(int replicas, Scaling.Code code, String reason, State state) {

    /**
     * What is remembered of a deployment. Times are milliseconds of a clock that only passes.
     *
     * @param busyAt when it last had a call
     * @param grownAt when it was last given more replicas
     * @param seen how many it had at the last decision
     * @param aboveSince since when more were needed; null: they are not
     * @param above the smallest number that was enough since then
     * @param belowSince since when fewer are enough; null: they are not
     * @param below the largest number that was needed since then
     */
    @RecordBuilder
    record State(long busyAt, long grownAt, int seen, Long aboveSince, int above, Long belowSince, int below) {
        /** Of what was not looked at before: as if it had just been called and had just grown. */
        static State first(int replicas, long now) {
            return new State(now, now, replicas, null, 0, null, 0);
        }

        private State settled() {
            return ScaleDecisionStateBuilder.builder(this)
                    .aboveSince(null)
                    .belowSince(null)
                    .build();
        }
    }

    /** @param calls in flight and waiting, of all gateways */
    static ScaleDecision of(Autoscale policy, int replicas, int calls, State before, long now) {
        var known = ScaleDecisionStateBuilder.builder(before)
                .busyAt(calls > 0 ? now : before.busyAt())
                .grownAt(replicas > before.seen() ? now : before.grownAt())
                .seen(replicas)
                .build();
        if (replicas != before.seen()) {
            known = known.settled(); // what was enough before somebody changed the number says nothing of now
        }
        int needed = needed(policy, replicas, calls, known, now);
        if (needed > replicas) {
            return up(policy, replicas, needed, known, now);
        }
        return needed < replicas ? down(policy, replicas, needed, known, now) : same(replicas, known.settled());
    }

    private static ScaleDecision same(int replicas, State state) {
        return new ScaleDecision(replicas, null, null, state);
    }

    private static int needed(Autoscale policy, int replicas, int calls, State state, long now) {
        int byCalls = (int) Math.min(policy.most(), ((long) calls + policy.target() - 1) / policy.target());
        boolean sleeps = replicas == 0 || now - state.busyAt() >= policy.idle().toMillis();
        return Math.max(byCalls, calls == 0 && sleeps ? policy.least() : Math.max(1, policy.least()));
    }

    private static ScaleDecision up(Autoscale policy, int replicas, int needed, State state, long now) {
        boolean begins = state.aboveSince() == null;
        State waiting = ScaleDecisionStateBuilder.builder(state.settled())
                .aboveSince(begins ? (Long) now : state.aboveSince())
                .above(begins ? needed : Math.min(state.above(), needed))
                .build();
        if (replicas == 0 || replicas < policy.least()) {
            int first = Math.max(1, policy.least());
            return replicas == 0
                    ? new ScaleDecision(first, Scaling.Code.WOKEN, "a call woke it", waiting.settled())
                    : new ScaleDecision(
                            first, Scaling.Code.BELOW_MINIMUM, "it has fewer than " + first, waiting.settled());
        }
        return now - waiting.aboveSince() >= policy.upAfter().toMillis()
                ? new ScaleDecision(
                        waiting.above(),
                        Scaling.Code.MORE_CALLS,
                        "more calls than " + policy.target() + " per replica for "
                                + policy.upAfter().toSeconds() + " s",
                        waiting.settled())
                : same(replicas, waiting);
    }

    private static ScaleDecision down(Autoscale policy, int replicas, int needed, State state, long now) {
        boolean begins = state.belowSince() == null;
        State waiting = ScaleDecisionStateBuilder.builder(state.settled())
                .belowSince(begins ? (Long) now : state.belowSince())
                .below(begins ? needed : Math.max(state.below(), needed))
                .build();
        boolean sleeps = needed == 0; // it has been idle for long enough, which is a window of its own
        boolean settled =
                sleeps || now - waiting.belowSince() >= policy.downAfter().toMillis();
        boolean resident = now - state.grownAt() < policy.residence().toMillis();
        if (!settled || resident) {
            return same(replicas, waiting);
        }
        return new ScaleDecision(
                sleeps ? 0 : waiting.below(),
                sleeps ? Scaling.Code.IDLE : Scaling.Code.FEWER_CALLS,
                sleeps
                        ? "no call for " + policy.idle().toSeconds() + " s"
                        : "fewer replicas were enough for " + policy.downAfter().toSeconds() + " s",
                waiting.settled());
    }
}
