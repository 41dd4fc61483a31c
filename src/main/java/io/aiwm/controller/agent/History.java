package io.aiwm.controller.agent;

import io.aiwm.controller.agent.Message.Role;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** The body of a call of a model: prompt, messages and tools. Pure. */
final class History {
    private static final int MOST_CHARS_OF_RESULT = 32 * 1024;
    private static final int LEAST_CHARS_OF_RESULT = 64;

    private History() {}

    /** @param system the whole prompt before the messages */
    static JsonObject body(Agent agent, String system, List<Message> shown, List<Offer> offers) {
        var messages =
                new JsonArray().add(new JsonObject().put("role", "system").put("content", system));
        shown.forEach(one -> messages.add(json(one)));
        JsonObject body = agent.parameters()
                .copy()
                .put("model", agent.model())
                .put("messages", messages)
                .put("stream", true);
        if (!offers.isEmpty()) {
            body.put("tools", offered(offers));
        }
        return body;
    }

    /** As a model is told what it may call. */
    static JsonArray offered(List<Offer> offers) {
        var offered = new JsonArray();
        offers.forEach(offer -> offered.add(offered(offer)));
        return offered;
    }

    /** The end of a branch that fits. It begins with what a user says, and the last of that and what follows it always stays. */
    static List<Message> trimmed(List<Message> branch, int tokens) {
        int begin = branch.size();
        long used = 0;
        boolean any = false;
        for (int i = branch.size() - 1; i >= 0; i--) {
            used += EstimatedTokens.of(branch.get(i));
            if (any && used > tokens) {
                break;
            }
            if (branch.get(i).role() == Role.USER) {
                begin = i;
                any = true;
            }
        }
        return branch.subList(begin, branch.size());
    }

    /** The same with results of tools cut to one length, so far as it takes to fit; nothing else is shorter. */
    static List<Message> shortened(List<Message> shown, int tokens) {
        int most = MOST_CHARS_OF_RESULT;
        List<Message> cut = shown;
        while (most >= LEAST_CHARS_OF_RESULT
                && cut.stream().mapToLong(EstimatedTokens::of).sum() > tokens) {
            int length = most;
            cut = shown.stream().map(one -> shortened(one, length)).toList();
            most /= 2;
        }
        return cut;
    }

    private static Message shortened(Message message, int most) {
        String text = message.text();
        return message.role() != Role.TOOL || text.length() <= most
                ? message
                : MessageBuilder.builder(message)
                        .content(List.of(Message.Part.text(TruncatedText.of(text, most))))
                        .build();
    }

    private static JsonObject json(Message message) {
        var json = new JsonObject().put("role", message.role().wire());
        return switch (message.role()) {
            case USER -> json.put("content", message.text());
            case TOOL -> json.put("tool_call_id", message.toolCallId()).put("content", message.text());
            case ASSISTANT -> {
                json.put("content", message.text());
                if (!message.toolCalls().isEmpty()) {
                    var calls = new JsonArray();
                    message.toolCalls()
                            .forEach(call -> calls.add(new JsonObject()
                                    .put("id", call.id())
                                    .put("type", "function")
                                    .put(
                                            "function",
                                            new JsonObject()
                                                    .put("name", call.name())
                                                    .put("arguments", call.arguments()))));
                    json.put("tool_calls", calls);
                }
                yield json;
            }
        };
    }

    private static JsonObject offered(Offer offer) {
        var function = new JsonObject().put("name", offer.name()).put("parameters", offer.input());
        if (offer.description() != null) {
            function.put("description", offer.description());
        }
        return new JsonObject().put("type", "function").put("function", function);
    }
}
