package io.aiwm.inference.dialect;

import io.aiwm.inference.dialect.AnswerBlock.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Puts the pieces of an answer into blocks that follow each other. Upstreams may send pieces of several calls in turn; one block is
 * passed on as it comes, the others wait until it is complete.
 */
final class AnswerBlocks {
    private static final int MAX_BLOCKS = 1_000;
    private static final int MAX_CHARACTERS = 16 << 20;

    private final AnswerBlock.Sink sink;
    /** The first one is open or will be the next. */
    private final Queue<AnswerBlock> line = new ArrayDeque<>();

    private final Map<Integer, AnswerBlock> calls = new HashMap<>();
    private int count;
    private int characters;

    AnswerBlocks(AnswerBlock.Sink sink) {
        this.sink = sink;
    }

    int count() {
        return count;
    }

    /** Of all texts and arguments. */
    int characters() {
        return characters;
    }

    /** Takes the {@code delta} of a chunk or the {@code message} of an answer. Fails with {@link MalformedChunk}. */
    void add(JsonObject delta) {
        text(Kind.TEXT, Upstream.text(delta, "content"));
        text(Kind.REFUSAL, Upstream.text(delta, "refusal"));
        JsonArray calls = Upstream.list(delta, "tool_calls");
        for (int i = 0; i < calls.size(); i++) {
            if (calls.getValue(i) != null) {
                call(Upstream.object(calls.getValue(i), "tool_calls"), i);
            }
        }
    }

    private void text(Kind kind, String piece) {
        if (piece == null || piece.isEmpty()) {
            return;
        }
        AnswerBlock block =
                line.stream().filter(each -> each.kind == kind).findFirst().orElseGet(() -> begin(kind));
        append(block, piece);
    }

    private void call(JsonObject delta, int position) {
        JsonObject function = delta.getValue("function") == null
                ? new JsonObject()
                : Upstream.object(delta.getValue("function"), "function");
        String id = Upstream.word(delta, "id");
        String name = Upstream.word(function, "name");
        Object index = delta.getValue("index");
        AnswerBlock block = of(index instanceof Number number ? number.intValue() : position, id, name);
        if (block.id == null && id != null && !id.isEmpty()) {
            block.id = id;
        }
        if (block.name == null && name != null && !name.isEmpty()) {
            block.name = name;
        }
        append(block, arguments(function));
    }

    /** Some servers give every call the same index, so another id with a name begins another call. */
    private AnswerBlock of(int index, String id, String name) {
        AnswerBlock known = calls.get(index);
        boolean other = known != null
                && id != null
                && !id.isEmpty()
                && name != null
                && !name.isEmpty()
                && known.id != null
                && !id.equals(known.id);
        if (known == null || other) {
            known = begin(Kind.TOOL);
            calls.put(index, known);
        }
        return known;
    }

    private static String arguments(JsonObject function) {
        Object arguments = function.getValue("arguments");
        if (arguments == null || arguments instanceof String) {
            return arguments == null ? "" : (String) arguments;
        }
        // some servers send the object itself
        return Upstream.object(arguments, "arguments").encode();
    }

    private AnswerBlock begin(Kind kind) {
        if (count == MAX_BLOCKS) {
            throw new MalformedChunk("too many parts");
        }
        var block = new AnswerBlock(kind, count++);
        line.add(block);
        return block;
    }

    private void append(AnswerBlock block, String piece) {
        if (block.isClosed()) {
            if (!piece.isBlank()) {
                throw new MalformedChunk("arguments after their end");
            }
            return;
        }
        characters += piece.length();
        if (characters > MAX_CHARACTERS) {
            throw new MalformedChunk("too long");
        }
        block.append(piece);
        advance();
    }

    private void advance() {
        for (AnswerBlock first = line.peek(); first != null; first = line.peek()) {
            first.pass(sink);
            if (line.size() == 1 || !first.mayEnd()) {
                return;
            }
            line.remove();
            first.close(sink);
        }
    }

    /** Closes what is open and passes on what has waited. Fails with {@link MalformedChunk}. */
    void end() {
        for (AnswerBlock next = line.poll(); next != null; next = line.poll()) {
            next.close(sink);
        }
    }
}
