package io.aiwm.inference.dialect;

import io.aiwm.common.Ids;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/** Reads a chat completion, whole or in chunks, and keeps what is said beside its blocks. */
final class AnswerReader {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{8,64}");
    private static final String ID_PREFIX = "chatcmpl-";

    /** @param prompt with those that came from a cache */
    record Usage(long prompt, long cached, long completion, long reasoning) {}

    /** A whole answer. */
    record Whole(AnswerReader reader, List<AnswerBlock> blocks) {
        boolean has(AnswerBlock.Kind kind) {
            return blocks.stream().anyMatch(block -> block.kind == kind);
        }
    }

    private final AnswerBlocks blocks;
    private String id;
    private String finish;
    private String stopSequence;
    private Usage usage;

    AnswerReader(AnswerBlock.Sink sink) {
        blocks = new AnswerBlocks(sink);
    }

    /** Fails with {@link io.aiwm.inference.GatewayError.Refused} 502 where it is no chat completion. */
    static Whole read(JsonObject completion) {
        var blocks = new Collected(new ArrayList<>());
        var reader = new AnswerReader(blocks);
        try {
            reader.take(completion, "message");
            reader.end();
            if (reader.isEmpty()) {
                throw new MalformedChunk("no choice");
            }
        } catch (MalformedChunk cause) {
            throw cause.error().refused();
        }
        return new Whole(reader, blocks.closed);
    }

    /** What follows the prefix in ids of the answer and its parts: the upstream's own word where it has one, to find it in its log. */
    String id() {
        if (id == null) {
            id = Ids.next("");
        }
        return id;
    }

    /** Null: it has not been said. */
    String finish() {
        return finish;
    }

    /** The caller's stop sequence that ended the answer; null: none, or the upstream does not tell. */
    String stopSequence() {
        return stopSequence;
    }

    /** Null: the upstream has not counted. */
    Usage usage() {
        return usage;
    }

    /** With an estimate of the answer where the upstream has not counted. @param prompt one of the prompt */
    Usage usageOr(LongSupplier prompt) {
        return usage == null ? new Usage(prompt.getAsLong(), 0, TokenEstimate.ofText(blocks.characters()), 0) : usage;
    }

    /** Blocks that have begun. */
    int count() {
        return blocks.count();
    }

    /** Whether the answer was ended before the model had done. */
    boolean isCut() {
        return "length".equals(finish) || "content_filter".equals(finish);
    }

    boolean isEmpty() {
        return blocks.count() == 0 && finish == null;
    }

    /** Takes a chunk. Fails with {@link MalformedChunk}. */
    void chunk(JsonObject chunk) {
        take(chunk, "delta");
    }

    void end() {
        blocks.end();
    }

    private void take(JsonObject from, String part) {
        if (from.getValue("error") != null) {
            throw MalformedChunk.error(from.getValue("error"));
        }
        begin(from);
        JsonArray choices = Upstream.list(from, "choices");
        for (int i = 0; i < choices.size(); i++) {
            if (choices.getValue(i) == null) {
                continue;
            }
            JsonObject choice = Upstream.object(choices.getValue(i), "choices");
            // a caller of these dialects cannot ask for more than one
            if (Upstream.count(choice, "index") == 0) {
                choice(choice, part);
            }
        }
        if (from.getValue("usage") instanceof JsonObject said) {
            usage = usage(said);
        }
    }

    /** Reads the id, as far as there is one, so that it is the same for all parts. */
    void begin(JsonObject from) {
        if (id == null && from.getValue("id") instanceof String text) {
            String own = text.startsWith(ID_PREFIX) ? text.substring(ID_PREFIX.length()) : text;
            id = ID.matcher(own).matches() ? own : null;
        }
    }

    private void choice(JsonObject choice, String part) {
        if (choice.getValue(part) != null) {
            blocks.add(Upstream.object(choice.getValue(part), part));
        }
        String reason = Upstream.word(choice, "finish_reason");
        if (reason != null) {
            finish = reason;
        }
        // vLLM and SGLang say which of the caller's stop sequences it was; a number is a token of the model
        for (String name : new String[] {"stop_reason", "matched_stop"}) {
            if (choice.getValue(name) instanceof String text && !text.isEmpty()) {
                stopSequence = text;
            }
        }
    }

    private record Collected(List<AnswerBlock> closed) implements AnswerBlock.Sink {
        @Override
        public void opened(AnswerBlock block) {
            // only what is whole counts
        }

        @Override
        public void added(AnswerBlock block, String piece) {
            // the block keeps it
        }

        @Override
        public void closed(AnswerBlock block) {
            closed.add(block);
        }
    }

    private static Usage usage(JsonObject from) {
        return new Usage(
                Upstream.count(from, "prompt_tokens"),
                detail(from, "prompt_tokens_details", "cached_tokens"),
                Upstream.count(from, "completion_tokens"),
                detail(from, "completion_tokens_details", "reasoning_tokens"));
    }

    private static long detail(JsonObject from, String group, String name) {
        return from.getValue(group) instanceof JsonObject details ? Upstream.count(details, name) : 0;
    }
}
