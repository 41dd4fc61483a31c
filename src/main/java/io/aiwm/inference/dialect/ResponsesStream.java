package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.dialect.AnswerBlock.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;

/** The events of one streamed answer of OpenAI's Responses API. */
final class ResponsesStream extends AnswerStream {
    private final JsonObject asked;
    private final long created;
    private final long estimatedInput;
    private final JsonArray output = new JsonArray();
    /** Null: none is open. */
    private AnswerBlock open;

    private int sequence;
    private boolean begun;

    ResponsesStream(JsonObject asked, long created) {
        // what an answer repeats; the input may be large, and a stream lasts
        var fields = new LinkedHashMap<>(asked.getMap());
        fields.remove("input");
        this.asked = new JsonObject(fields);
        this.created = created;
        estimatedInput = TokenEstimate.of(ResponsesRequest.chat(asked));
    }

    @Override
    void read(JsonObject chunk) {
        reader.begin(chunk);
        begin();
        reader.chunk(chunk);
    }

    @Override
    void finish() {
        JsonObject response = ResponsesAnswer.ended(asked, reader, created, output, () -> estimatedInput);
        write(event("response." + response.getString("status")).put("response", response));
    }

    @Override
    void fail(GatewayError error) {
        // clients read no other event before the first two
        begin();
        if (open != null) {
            output.add(ResponsesAnswer.item(open, reader, ResponsesAnswer.INCOMPLETE));
        }
        write(event("response." + ResponsesAnswer.FAILED)
                .put("response", ResponsesAnswer.failed(asked, reader, created, output, error)));
    }

    private void begin() {
        if (begun) {
            return;
        }
        begun = true;
        JsonObject response = ResponsesAnswer.response(asked, reader, created, ResponsesAnswer.IN_PROGRESS);
        write(event("response.created").put("response", response));
        write(event("response.in_progress").put("response", response));
    }

    @Override
    public void opened(AnswerBlock block) {
        open = block;
        write(event("response.output_item.added")
                .put("output_index", block.index)
                .put("item", ResponsesAnswer.begun(block, reader)));
        if (block.kind != Kind.TOOL) {
            write(inItem("response.content_part.added", block).put("part", ResponsesAnswer.part(block, "")));
        }
    }

    @Override
    public void added(AnswerBlock block, String piece) {
        JsonObject event = inItem(type(block) + ".delta", block).put("delta", piece);
        write(block.kind == Kind.TEXT ? event.put("logprobs", new JsonArray()) : event);
    }

    @Override
    public void closed(AnswerBlock block) {
        open = null;
        JsonObject done = inItem(type(block) + ".done", block);
        switch (block.kind) {
            case TEXT -> write(done.put("text", block.whole()).put("logprobs", new JsonArray()));
            case REFUSAL -> write(done.put("refusal", block.whole()));
            case TOOL -> write(done.put("name", block.name).put("arguments", block.whole()));
        }
        if (block.kind != Kind.TOOL) {
            write(inItem("response.content_part.done", block).put("part", ResponsesAnswer.part(block, block.whole())));
        }
        JsonObject item = ResponsesAnswer.item(block, reader);
        output.add(item);
        write(event("response.output_item.done")
                .put("output_index", block.index)
                .put("item", item));
    }

    private static String type(AnswerBlock block) {
        return switch (block.kind) {
            case TEXT -> "response.output_text";
            case REFUSAL -> "response.refusal";
            case TOOL -> "response.function_call_arguments";
        };
    }

    private JsonObject inItem(String type, AnswerBlock block) {
        JsonObject event = event(type)
                .put("item_id", ResponsesAnswer.itemId(block, reader))
                .put("output_index", block.index);
        return block.kind == Kind.TOOL ? event : event.put("content_index", 0);
    }

    private JsonObject event(String type) {
        return new JsonObject().put("type", type);
    }

    private void write(JsonObject event) {
        send(event.put("sequence_number", sequence++));
    }
}
