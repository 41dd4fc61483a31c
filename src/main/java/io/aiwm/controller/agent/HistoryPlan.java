package io.aiwm.controller.agent;

import java.util.List;

/**
 * What of a branch a prompt has. Pure.
 *
 * @param summary of what was said before; null: none
 * @param shown the messages that follow it
 * @param summarised what is to be summarised first, for it does not fit; empty: nothing
 */
record HistoryPlan(Summary summary, List<Message> shown, List<Message> summarised) {

    /** Without a summary: the newest messages that fit. */
    static HistoryPlan trimmed(List<Message> branch, int tokens) {
        return new HistoryPlan(null, History.trimmed(branch, tokens), List.of());
    }

    /**
     * With a summary of what does not fit. Then more than that is summarised, so that the rest has half of the room: the next turns find
     * room for their messages, and not each of them makes a summary.
     *
     * @param known covers the beginning of the branch; null: nothing does yet
     * @param mayAsk whether a summary can be made now; where not, what does not fit is left out
     */
    static HistoryPlan summarised(List<Message> branch, Summary known, int tokens, boolean mayAsk) {
        List<Message> after = after(branch, known);
        int room = tokens - (known == null ? 0 : EstimatedTokens.of(known.text()));
        long needed = after.stream().mapToLong(EstimatedTokens::of).sum();
        if (needed > room && mayAsk) {
            List<Message> kept = History.trimmed(after, room / 2);
            if (kept.size() < after.size()) {
                return new HistoryPlan(known, kept, after.subList(0, after.size() - kept.size()));
            }
        }
        return new HistoryPlan(known, needed > room ? History.trimmed(after, room) : after, List.of());
    }

    /** What of a branch a summary does not cover. @param known null: it covers nothing */
    static List<Message> after(List<Message> branch, Summary known) {
        for (int i = 0; i < branch.size(); i++) {
            if (known != null && branch.get(i).id().equals(known.throughId())) {
                return branch.subList(i + 1, branch.size());
            }
        }
        return branch;
    }
}
