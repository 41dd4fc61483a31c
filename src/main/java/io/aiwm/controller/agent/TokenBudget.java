package io.aiwm.controller.agent;

import io.aiwm.controller.agent.PromptSource.Fitted;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.inference.GatewayError;

/**
 * What {@code limits.tokens} leaves for a call of the model in a turn: of the calls before, the tokens that the model counted; of the
 * prompt, those that it is expected to count. Pure.
 *
 * @param used by the calls before
 */
record TokenBudget(long limit, long used) {
    /** Of a call that is not made, or not to its end. */
    static final String SPENT = "turn_tokens_spent";
    /** Where the context of a model is not known: one that cannot give an answer of that length may refuse the call. */
    private static final int SAFE_ANSWER = 4_096;
    /** A token of an answer has hardly more. */
    private static final int MOST_CHARS = 2 * EstimatedTokens.CHARS;

    static TokenBudget of(Execution turn, Step step, Agent agent) {
        return new TokenBudget(
                agent.limits().tokens(), step.spec().data().getLong("used") + TurnSteps.summaryTokens(turn));
    }

    /**
     * Has the answer be no longer than what is left; where the model's context allows no more anyway, the call stays as it is. Fails with
     * {@link #SPENT} where nothing is left.
     */
    Fitted bounded(Fitted prompt, PromptRoom room) {
        long counted = room.counted(prompt.estimated());
        long left = limit - used - counted;
        if (left < 1) {
            throw spent("the turn has used " + used + " tokens, and the next prompt has some " + counted
                            + ": more than " + limit)
                    .refused();
        }
        int most = (int) Math.min(Integer.MAX_VALUE, left);
        boolean binds = room.context() == 0 ? left <= SAFE_ANSWER : left < room.context() - counted;
        if (binds) {
            AnswerLimit.bound(prompt.body(), most);
        } else {
            AnswerLimit.lower(prompt.body(), most);
        }
        return new Fitted(prompt.body(), prompt.estimated(), most);
    }

    /** Fails with {@link #SPENT} where an answer has become longer than it may be, whatever its model was told. */
    static void check(long chars, int most) {
        if (chars / MOST_CHARS > most) {
            throw spent("the answer has become longer than the " + most + " tokens that are left")
                    .refused();
        }
    }

    private static GatewayError spent(String words) {
        return GatewayError.of(400, SPENT, words + " (limits.tokens)");
    }
}
