package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.LongSupplier;

/** A chat completion as an answer of OpenAI's Responses API, and the parts that a stream of it shares. */
final class ResponsesAnswer {
    static final String IN_PROGRESS = "in_progress";
    static final String COMPLETED = "completed";
    static final String INCOMPLETE = "incomplete";
    static final String FAILED = "failed";

    /** What an answer repeats of its request, and what it says where the request does not. */
    private static final Map<String, Object> REPEATED = Map.of(
            "parallel_tool_calls",
            true,
            "temperature",
            1.0,
            "top_p",
            1.0,
            "tool_choice",
            "auto",
            "truncation",
            "disabled");

    private ResponsesAnswer() {}

    /** Fails with {@link GatewayError.Refused} 502 where it is no chat completion. */
    static JsonObject of(JsonObject asked, JsonObject answered, long now) {
        AnswerReader.Whole whole = AnswerReader.read(answered);
        var output = new JsonArray();
        for (AnswerBlock block : whole.blocks()) {
            output.add(item(block, whole.reader()));
        }
        return ended(asked, whole.reader(), now, output, () -> TokenEstimate.of(ResponsesRequest.chat(asked)));
    }

    /** @param prompt an estimate */
    static JsonObject ended(
            JsonObject asked, AnswerReader reader, long created, JsonArray output, LongSupplier prompt) {
        JsonObject response = response(asked, reader, created, reader.isCut() ? INCOMPLETE : COMPLETED)
                .put("output", output);
        if (!reader.isCut()) {
            response.put("completed_at", created);
        } else {
            String reason = "length".equals(reader.finish()) ? "max_output_tokens" : "content_filter";
            response.put("incomplete_details", new JsonObject().put("reason", reason));
        }
        return response.put("usage", usage(reader.usageOr(prompt)));
    }

    static JsonObject failed(
            JsonObject asked, AnswerReader reader, long created, JsonArray output, GatewayError error) {
        String code = error.status() == 429 ? "rate_limit_exceeded" : "server_error";
        return response(asked, reader, created, FAILED)
                .put("output", output)
                .put("error", new JsonObject().put("code", code).put("message", error.message()))
                .put("usage", reader.usage() == null ? null : usage(reader.usage()));
    }

    /** Without output, with all fields that a client may read. */
    static JsonObject response(JsonObject asked, AnswerReader reader, long created, String status) {
        JsonObject reasoning = asked.getValue("reasoning") instanceof JsonObject given ? given : new JsonObject();
        JsonObject text = asked.getValue("text") instanceof JsonObject given ? given : new JsonObject();
        var response = new JsonObject()
                .put("id", "resp_" + reader.id())
                .put("object", "response")
                .put("created_at", created)
                .put("status", status)
                .put("background", false)
                .put("completed_at", null)
                .put("error", null)
                .put("incomplete_details", null)
                .put("instructions", asked.getValue("instructions"))
                .put("max_output_tokens", asked.getValue("max_output_tokens"))
                .put("metadata", asked.getValue("metadata", new JsonObject()))
                .put("model", asked.getValue("model"))
                .put("output", new JsonArray())
                .put("previous_response_id", null)
                .put(
                        "reasoning",
                        new JsonObject()
                                .put("effort", reasoning.getValue("effort"))
                                .put("summary", null))
                // nothing is kept, whatever was asked
                .put("store", false)
                .put(
                        "text",
                        text.containsKey("format")
                                ? text
                                : text.copy().put("format", new JsonObject().put("type", "text")))
                .put("tools", asked.getValue("tools") == null ? new JsonArray() : asked.getValue("tools"))
                .put("usage", null)
                .put("user", asked.getValue("user"));
        REPEATED.forEach((name, otherwise) ->
                response.put(name, asked.getValue(name) == null ? otherwise : asked.getValue(name)));
        return response;
    }

    private static JsonObject usage(AnswerReader.Usage usage) {
        return new JsonObject()
                .put("input_tokens", usage.prompt())
                .put("input_tokens_details", new JsonObject().put("cached_tokens", usage.cached()))
                .put("output_tokens", usage.completion())
                .put("output_tokens_details", new JsonObject().put("reasoning_tokens", usage.reasoning()))
                .put("total_tokens", usage.prompt() + usage.completion());
    }

    static String itemId(AnswerBlock block, AnswerReader reader) {
        return (block.kind == AnswerBlock.Kind.TOOL ? "fc_" : "msg_") + reader.id() + "_" + block.index;
    }

    /** An item as it is when it begins. */
    static JsonObject begun(AnswerBlock block, AnswerReader reader) {
        var item = new JsonObject().put("id", itemId(block, reader));
        if (block.kind == AnswerBlock.Kind.TOOL) {
            return item.put("type", "function_call")
                    .put("status", IN_PROGRESS)
                    .put("call_id", block.id)
                    .put("name", block.name)
                    .put("arguments", "");
        }
        return item.put("type", "message")
                .put("status", IN_PROGRESS)
                .put("role", "assistant")
                .put("content", new JsonArray());
    }

    /** An item that has ended. */
    static JsonObject item(AnswerBlock block, AnswerReader reader) {
        boolean isLast = block.index == reader.count() - 1;
        return item(block, reader, reader.isCut() && (isLast || !block.mayEnd()) ? INCOMPLETE : COMPLETED);
    }

    static JsonObject item(AnswerBlock block, AnswerReader reader, String status) {
        JsonObject item = begun(block, reader).put("status", status);
        return block.kind == AnswerBlock.Kind.TOOL
                ? item.put("arguments", block.whole())
                : item.put("content", new JsonArray().add(part(block, block.whole())));
    }

    static JsonObject part(AnswerBlock block, String text) {
        if (block.kind == AnswerBlock.Kind.REFUSAL) {
            return new JsonObject().put("type", "refusal").put("refusal", text);
        }
        return new JsonObject()
                .put("type", "output_text")
                .put("annotations", new JsonArray())
                .put("logprobs", new JsonArray())
                .put("text", text);
    }
}
