package io.aiwm.controller.deployment;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * The newest update of a deployment.
 *
 * @param state how far it is
 * @param from the generation before
 * @param to the generation that was asked for
 * @param reason why it failed; null: it has not
 * @param reasonCode the same as a code, that of the first replica which failed; null also where the user ended it
 * @param backAt since when the generation before comes back, or goes on doing so after a pause; null: it does not
 * @param paused true: no further replica is touched until it is resumed; null: it goes on
 */
@RecordBuilder
public record Rollout(
        State state,
        int from,
        int to,
        String reason,
        ReasonCode reasonCode,
        Boolean paused,
        Instant startedAt,
        Instant endedAt,
        Instant backAt) {

    /** How far an update is. */
    public enum State {
        ROLLING,
        /** The generation before comes back, because the new one failed. */
        ROLLING_BACK,
        DONE,
        /** It failed, and the generation before is back. */
        ROLLED_BACK,
        /** It failed and is left as it is, because nobody wants a rollback or because the generation before did not come back. */
        FAILED
    }

    static Rollout begin(int from, int to, Instant now) {
        return RolloutBuilder.builder()
                .state(State.ROLLING)
                .from(from)
                .to(to)
                .startedAt(now)
                .build();
    }

    boolean isPaused() {
        return Boolean.TRUE.equals(paused);
    }

    boolean isUnderWay() {
        return state == State.ROLLING || state == State.ROLLING_BACK;
    }

    boolean isGoingBack() {
        return state == State.ROLLING_BACK;
    }

    /** Since when it goes back. */
    Instant wentBackAt() {
        return backAt == null ? startedAt : backAt;
    }

    Rollout paused(boolean pause, Instant now) {
        return RolloutBuilder.builder(this)
                .paused(pause ? true : null)
                .backAt(isGoingBack() ? now : null)
                .build();
    }

    Rollout failed(State next, ReasonCode.Reason why, Instant now) {
        return RolloutBuilder.builder()
                .state(next)
                .from(from)
                .to(to)
                .reason(why.text())
                .reasonCode(why.code())
                .startedAt(startedAt)
                .endedAt(next == State.FAILED ? now : null)
                .backAt(next == State.ROLLING_BACK ? now : null)
                .build();
    }

    Rollout ended(Instant now) {
        return RolloutBuilder.builder(this)
                .state(isGoingBack() ? State.ROLLED_BACK : State.DONE)
                .paused(null)
                .backAt(null)
                .endedAt(now)
                .build();
    }
}
