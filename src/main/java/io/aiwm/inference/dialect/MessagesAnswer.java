package io.aiwm.inference.dialect;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.function.LongSupplier;

/** A chat completion as a message of Anthropic's API, and the parts that a stream of it shares. */
final class MessagesAnswer {
    private MessagesAnswer() {}

    /** Fails with {@link io.aiwm.inference.GatewayError.Refused} 502 where it is no chat completion. */
    static JsonObject of(JsonObject asked, JsonObject answered) {
        AnswerReader.Whole whole = AnswerReader.read(answered);
        var content = new JsonArray();
        for (AnswerBlock block : whole.blocks()) {
            content.add(whole(block));
        }
        return message(whole.reader(), asked.getValue("model"))
                .put("content", content)
                .mergeIn(end(whole.reader(), whole.has(AnswerBlock.Kind.TOOL), whole.has(AnswerBlock.Kind.REFUSAL)))
                .put("usage", usage(whole.reader(), () -> TokenEstimate.of(MessagesRequest.prompt(asked))));
    }

    /** Without content and end. */
    static JsonObject message(AnswerReader reader, Object model) {
        return new JsonObject()
                .put("id", "msg_" + reader.id())
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model)
                .put("content", new JsonArray())
                .put("stop_reason", null)
                .put("stop_sequence", null);
    }

    /** Why it ended. Some engines say "stop" where they have called a tool. */
    static JsonObject end(AnswerReader reader, boolean hasCalls, boolean hasRefusal) {
        String finish = reader.finish() == null ? "stop" : reader.finish();
        String sequence = finish.equals("stop") && !hasCalls ? reader.stopSequence() : null;
        String reason = switch (finish) {
            case "length" -> "max_tokens";
            case "content_filter" -> "refusal";
            default -> {
                if (hasCalls) {
                    yield "tool_use";
                }
                if (hasRefusal) {
                    yield "refusal";
                }
                yield sequence == null ? "end_turn" : "stop_sequence";
            }
        };
        return new JsonObject().put("stop_reason", reason).put("stop_sequence", sequence);
    }

    /** @param prompt an estimate */
    static JsonObject usage(AnswerReader reader, LongSupplier prompt) {
        AnswerReader.Usage usage = reader.usageOr(prompt);
        return usage(usage.prompt() - usage.cached(), usage.cached(), usage.completion());
    }

    /** @param input without those that came from a cache */
    static JsonObject usage(long input, long cached, long output) {
        return new JsonObject()
                .put("input_tokens", Math.max(0, input))
                .put("cache_creation_input_tokens", 0)
                .put("cache_read_input_tokens", cached)
                .put("output_tokens", output);
    }

    /** A block as it is when it begins. */
    static JsonObject begun(AnswerBlock block) {
        if (block.kind != AnswerBlock.Kind.TOOL) {
            return new JsonObject().put("type", "text").put("text", "");
        }
        return new JsonObject()
                .put("type", "tool_use")
                .put("id", block.id)
                .put("name", block.name)
                .put("input", new JsonObject());
    }

    private static JsonObject whole(AnswerBlock block) {
        JsonObject whole = begun(block);
        return block.kind == AnswerBlock.Kind.TOOL
                ? whole.put("input", input(block.whole()))
                : whole.put("text", block.whole());
    }

    /** Models write arguments that are no JSON, or are cut short; the text goes where Anthropic's guide puts it. */
    private static JsonObject input(String arguments) {
        if (arguments.isBlank()) {
            return new JsonObject();
        }
        try {
            return new JsonObject(arguments);
        } catch (DecodeException cause) {
            return new JsonObject().put("INVALID_JSON", arguments);
        }
    }
}
