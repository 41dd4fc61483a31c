package io.aiwm.controller.agent;

import io.aiwm.controller.agent.Message.ToolCall;
import java.util.List;

/** How many tokens something has, by an estimate: only the server of a model can tell. Pure. */
final class EstimatedTokens {
    static final int CHARS = 4;
    private static final int FRAME = 4;

    private EstimatedTokens() {}

    static int of(String text) {
        return text.length() / CHARS + FRAME;
    }

    /** Of what a model is told of tools. */
    static int of(List<Offer> offers) {
        return offers.isEmpty() ? 0 : of(History.offered(offers).encode());
    }

    static int of(Message message) {
        int chars = message.text().length();
        for (ToolCall call : message.toolCalls()) {
            chars += call.name().length() + call.arguments().length();
        }
        return chars / CHARS + FRAME;
    }
}
