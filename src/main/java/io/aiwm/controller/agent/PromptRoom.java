package io.aiwm.controller.agent;

import io.aiwm.inference.ContextExceeded;
import java.util.List;

/**
 * How many tokens a prompt may have: no more than the agent allows, and so many that the model's context has room for the answer too.
 * Prompts are measured by {@link EstimatedTokens}; how far that is from what the model counts is known from its last answer. Pure.
 *
 * @param limit of the agent
 * @param context of the model, prompt and answer together; 0: not known
 * @param fits tokens of a prompt that the model takes; 0: not known
 * @param answer tokens of an answer that the agent's parameters ask for; 0: they do not say
 * @param ratio what the model counts for one token of the estimate
 */
record PromptRoom(int limit, int context, int fits, int answer, double ratio) {
    static final double LEAST_RATIO = 0.5;
    static final double MOST_RATIO = 4;
    /** From one prompt of a conversation to the next. */
    private static final double MOST_CHANGE = 1.5;
    /** Room for an answer where nothing is asked for. */
    private static final int USUAL_ANSWER = 1_024;

    /** @param branch its last answer tells how the model counts */
    static PromptRoom of(Agent agent, int context, List<Message> branch) {
        int answer = AnswerLimit.asked(agent.parameters());
        return new PromptRoom(agent.limits().contextTokens(), context, fits(context, answer), answer, ratio(branch));
    }

    private static int fits(int context, int answer) {
        if (context == 0) {
            return 0;
        }
        int reserved = answer == 0 ? Math.min(USUAL_ANSWER, context / 4) : Math.min(answer, context / 2);
        return Math.max(1, context - reserved);
    }

    private static double ratio(List<Message> branch) {
        for (int i = branch.size() - 1; i >= 0; i--) {
            Message.Usage usage = branch.get(i).usage();
            if (usage != null && usage.estimated() != null && usage.estimated() > 0 && usage.prompt() > 0) {
                return bounded((double) usage.prompt() / usage.estimated());
            }
        }
        return 1;
    }

    private static double bounded(double ratio) {
        return Math.max(LEAST_RATIO, Math.min(MOST_RATIO, ratio));
    }

    /** Tokens of a prompt, by the estimate, that agent and model allow. */
    int estimated() {
        return estimate(fits == 0 ? limit : Math.min(limit, fits));
    }

    /** Tokens of a prompt, by the estimate, that the model takes. */
    int most() {
        return fits == 0 ? Integer.MAX_VALUE : estimate(fits);
    }

    private int estimate(int tokens) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, tokens / ratio));
    }

    /** What the model will count. @param estimated tokens of a prompt */
    long counted(int estimated) {
        return (long) (estimated * ratio);
    }

    /** The same for a model whose context has become known. */
    PromptRoom within(int known) {
        return new PromptRoom(limit, known, fits(known, answer), answer, ratio);
    }

    /**
     * Whether a prompt and its answer may be longer than the context, though they were made to fit: so far as the estimate can be off.
     *
     * @param estimated tokens of the prompt
     */
    boolean mayExceed(int estimated) {
        double worst = ratio == 1 ? MOST_RATIO : Math.min(MOST_RATIO, ratio * MOST_CHANGE);
        return fits > 0 && estimated * worst > fits;
    }

    /** Tokens that an answer to such a prompt may have; 0: not bounded. @param estimated tokens of the prompt */
    int answer(int estimated) {
        return context == 0 ? 0 : Math.max(context / 2, context - (int) (estimated * ratio));
    }

    /**
     * The room after a model refused a prompt: smaller than that prompt in any case.
     *
     * @param estimated tokens of the prompt
     */
    PromptRoom refused(ContextExceeded said, int estimated) {
        int known = said.context() == 0 ? context : (int) Math.min(Integer.MAX_VALUE, said.context());
        double counted = said.prompt() == 0 ? ratio : bounded((double) said.prompt() / estimated);
        boolean says = said.context() > 0 && said.prompt() > 0;
        double least = estimated * counted * (says ? 0.75 : 0.5);
        int whole = fits(known, answer);
        int less = (int) Math.max(1, whole == 0 ? least : Math.min(whole, least));
        return new PromptRoom(limit, known, less, answer, counted);
    }
}
