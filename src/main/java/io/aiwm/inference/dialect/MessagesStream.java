package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.vertx.core.json.JsonObject;

/** The events of one streamed message of Anthropic's API. */
final class MessagesStream extends AnswerStream {
    private final Object model;
    /** The engine counts at the end; clients show what they are told at the beginning until then. */
    private final long estimatedInput;

    private boolean begun;
    private boolean hasCalls;
    private boolean hasRefusal;

    MessagesStream(JsonObject asked) {
        model = asked.getValue("model");
        estimatedInput = TokenEstimate.of(MessagesRequest.prompt(asked));
    }

    @Override
    void read(JsonObject chunk) {
        begin(chunk);
        reader.chunk(chunk);
    }

    @Override
    void finish() {
        send(new JsonObject()
                .put("type", "message_delta")
                .put("delta", MessagesAnswer.end(reader, hasCalls, hasRefusal))
                .put("usage", MessagesAnswer.usage(reader, () -> estimatedInput)));
        send(new JsonObject().put("type", "message_stop"));
    }

    @Override
    void fail(GatewayError error) {
        send(ErrorShape.anthropic(error));
    }

    private void begin(JsonObject chunk) {
        if (begun) {
            return;
        }
        begun = true;
        reader.begin(chunk);
        send(new JsonObject()
                .put("type", "message_start")
                .put(
                        "message",
                        MessagesAnswer.message(reader, model)
                                .put("usage", MessagesAnswer.usage(estimatedInput, 0, 0))));
    }

    @Override
    public void opened(AnswerBlock block) {
        hasCalls |= block.kind == AnswerBlock.Kind.TOOL;
        hasRefusal |= block.kind == AnswerBlock.Kind.REFUSAL;
        send(of("content_block_start", block).put("content_block", MessagesAnswer.begun(block)));
    }

    @Override
    public void added(AnswerBlock block, String piece) {
        JsonObject delta = block.kind == AnswerBlock.Kind.TOOL
                ? new JsonObject().put("type", "input_json_delta").put("partial_json", piece)
                : new JsonObject().put("type", "text_delta").put("text", piece);
        send(of("content_block_delta", block).put("delta", delta));
    }

    @Override
    public void closed(AnswerBlock block) {
        send(of("content_block_stop", block));
    }

    private static JsonObject of(String type, AnswerBlock block) {
        return new JsonObject().put("type", type).put("index", block.index);
    }
}
