package io.aiwm.controller.evaluation;

import io.aiwm.controller.agent.Message;
import io.aiwm.controller.agent.Message.Role;
import io.aiwm.controller.agent.Message.ToolCall;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of a turn.
 *
 * @param error null: it was answered
 * @param text of the last message of the model
 * @param toolCalls that the model asked for, in order, whether or not they were made
 */
record Answer(
        String error, String text, List<ToolCall> toolCalls, long promptTokens, long completionTokens, long latencyMs) {

    static Answer of(Execution turn, List<Message> made) {
        var calls = new ArrayList<ToolCall>();
        String text = "";
        long prompt = 0;
        long completion = 0;
        long latency = 0;
        for (Message message : made) {
            if (message.role() != Role.ASSISTANT) {
                continue;
            }
            calls.addAll(message.toolCalls());
            text = message.text();
            prompt += message.usage() == null ? 0 : message.usage().prompt();
            completion += message.usage() == null ? 0 : message.usage().completion();
            latency += message.latencyMs() == null ? 0 : message.latencyMs();
        }
        return new Answer(error(turn), text, calls, prompt, completion, latency);
    }

    private static String error(Execution turn) {
        if (turn.status() == ExecutionState.COMPLETED) {
            return null;
        }
        String why = turn.error() == null ? turn.cancelReason() : turn.error().message();
        return "the turn ended as " + turn.status() + (why == null ? "" : ": " + why);
    }
}
