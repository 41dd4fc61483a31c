package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** The events of one streamed message of Anthropic's API. */
final class MessagesStream implements Dialect.Stream, AnswerBlock.Sink {
    private final Object model;
    /** The engine counts at the end; clients show what they are told at the beginning until then. */
    private final long estimatedInput;

    private final AnswerReader reader = new AnswerReader(this);
    private Buffer out = Buffer.buffer();
    private boolean begun;
    private boolean over;
    private boolean hasCalls;
    private boolean hasRefusal;

    MessagesStream(JsonObject asked) {
        model = asked.getValue("model");
        estimatedInput = TokenEstimate.of(MessagesRequest.prompt(asked));
    }

    @Override
    public Buffer chunk(JsonObject chunk) {
        return over
                ? Buffer.buffer()
                : guarded(() -> {
                    begin(chunk);
                    reader.chunk(chunk);
                });
    }

    @Override
    public Buffer end() {
        return over
                ? Buffer.buffer()
                : guarded(() -> {
                    if (reader.isEmpty()) {
                        throw new MalformedChunk("nothing came");
                    }
                    reader.end();
                    over = true;
                    write(new JsonObject()
                            .put("type", "message_delta")
                            .put("delta", MessagesAnswer.end(reader, hasCalls, hasRefusal))
                            .put("usage", MessagesAnswer.usage(reader)));
                    write(new JsonObject().put("type", "message_stop"));
                });
    }

    @Override
    public Buffer broken(GatewayError error) {
        return over ? Buffer.buffer() : guarded(() -> fail(error));
    }

    @Override
    public boolean isOver() {
        return over;
    }

    private Buffer guarded(Runnable step) {
        try {
            step.run();
        } catch (MalformedChunk cause) {
            fail(cause.error());
        }
        Buffer written = out;
        out = Buffer.buffer();
        return written;
    }

    private void fail(GatewayError error) {
        over = true;
        write(ErrorShape.anthropic(error));
    }

    private void begin(JsonObject chunk) {
        if (begun) {
            return;
        }
        begun = true;
        reader.begin(chunk);
        write(new JsonObject()
                .put("type", "message_start")
                .put(
                        "message",
                        MessagesAnswer.message(reader, model)
                                .put("usage", MessagesAnswer.usage(estimatedInput, 0, 0))));
    }

    private void write(JsonObject event) {
        Events.appendNamed(out, event);
    }

    @Override
    public void opened(AnswerBlock block) {
        hasCalls |= block.kind == AnswerBlock.Kind.TOOL;
        hasRefusal |= block.kind == AnswerBlock.Kind.REFUSAL;
        write(of("content_block_start", block).put("content_block", MessagesAnswer.begun(block)));
    }

    @Override
    public void added(AnswerBlock block, String piece) {
        JsonObject delta = block.kind == AnswerBlock.Kind.TOOL
                ? new JsonObject().put("type", "input_json_delta").put("partial_json", piece)
                : new JsonObject().put("type", "text_delta").put("text", piece);
        write(of("content_block_delta", block).put("delta", delta));
    }

    @Override
    public void closed(AnswerBlock block) {
        write(of("content_block_stop", block));
    }

    private static JsonObject of(String type, AnswerBlock block) {
        return new JsonObject().put("type", type).put("index", block.index);
    }
}
