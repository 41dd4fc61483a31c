package io.aiwm.controller.agent;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What the prompt of a call of a model is made of, before it is known how much of it fits. Pure.
 *
 * @param system what the instruction and the memory say
 * @param branch the whole history
 * @param known a summary of its beginning; null: none
 */
record PromptSource(Agent agent, String system, ToolCalls.Offers offered, List<Message> branch, Summary known) {

    /** @param estimated tokens of it by {@link EstimatedTokens}. @param most tokens of its answer */
    record Fitted(JsonObject body, int estimated, int most) {
        Fitted(JsonObject body, int estimated) {
            this(body, estimated, Integer.MAX_VALUE);
        }
    }

    /** @param maySummarise whether what does not fit may be summarised first; where not, it is left out */
    HistoryPlan plan(PromptRoom room, boolean maySummarise) {
        int left = room.estimated() - around();
        return Boolean.TRUE.equals(agent.summarises())
                ? HistoryPlan.summarised(branch, known, left, maySummarise)
                : HistoryPlan.trimmed(branch, left);
    }

    /** What the prompt has beside its history. */
    private int around() {
        return EstimatedTokens.of(system) + EstimatedTokens.of(offered.note()) + EstimatedTokens.of(offered.offers());
    }

    /** Of what the user said last, and what followed, nothing is left out; results of tools are cut where the model takes no more. */
    Fitted fitted(HistoryPlan plan, PromptRoom room) {
        String whole = system + SummaryPrompt.shown(plan.summary()) + offered.note();
        int before = EstimatedTokens.of(whole) + EstimatedTokens.of(offered.offers());
        List<Message> shown = History.shortened(plan.shown(), room.most() - before);
        int estimated = before + shown.stream().mapToInt(EstimatedTokens::of).sum();
        JsonObject body = History.body(agent, whole, shown, offered.offers());
        AnswerLimit.lower(body, room.answer(estimated));
        return new Fitted(body, estimated);
    }
}
