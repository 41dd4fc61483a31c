package io.aiwm.controller.agent;

import io.aiwm.controller.agent.Message.ToolCall;
import io.aiwm.inference.ContextExceeded;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The answer of a model, put together from the data of a stream, or from a whole answer. Models may send anything. Not thread-safe. */
final class AnswerPieces {
    static final int MOST_CALLS = 128;

    private final Consumer<String> told;
    private final StringBuilder text = new StringBuilder();
    /** In the order in which they began. */
    private final List<Call> calls = new ArrayList<>();

    /** Which of them the next piece with an index is of. */
    private final Map<Integer, Call> atIndex = new HashMap<>();

    private final int most;
    /** Of all that was said and thought. */
    private long chars;

    private String finish;
    private String error;
    private ContextExceeded exceeded;

    private static final class Call {
        private final int index;
        private String id;
        private String name;
        private final StringBuilder arguments = new StringBuilder();

        private Call(int index) {
            this.index = index;
        }

        /** Some servers give each call of an answer the index 0, or none. @param id not empty */
        private boolean isAnother(String id, String name) {
            return this.id != null && !this.id.equals(id) && this.name != null && name != null;
        }
    }

    /** @param told gets each piece of text. @param most tokens of the whole */
    AnswerPieces(Consumer<String> told, int most) {
        this.told = told;
        this.most = most;
    }

    /** The data of one event. Fails where the answer becomes too long for the turn. */
    void add(Buffer data) {
        JsonObject json;
        try {
            json = data.toJsonObject();
        } catch (DecodeException | ClassCastException unreadable) {
            error = "a piece of the model's answer is no JSON object";
            return;
        }
        if (json.getValue("error") instanceof JsonObject said) {
            exceeded = ContextExceeded.of(said);
            error = said.getValue("message") instanceof String message ? message : "the model's server failed";
            return;
        }
        JsonObject choice = first(json);
        if (choice != null) {
            if (choice.getValue("delta") instanceof JsonObject delta) {
                part(delta);
                TokenBudget.check(chars, most);
            } else if (choice.getValue("message") instanceof JsonObject message) {
                part(message);
            }
            if (choice.getValue("finish_reason") instanceof String why) {
                finish = why;
            }
        }
    }

    private static JsonObject first(JsonObject json) {
        return json.getValue("choices") instanceof JsonArray choices
                        && !choices.isEmpty()
                        && choices.getValue(0) instanceof JsonObject choice
                ? choice
                : null;
    }

    private void part(JsonObject part) {
        if (part.getValue("reasoning_content") instanceof String thought) {
            chars += thought.length();
        }
        say(part.getValue("content"));
        say(part.getValue("refusal")); // said instead of content
        if (part.getValue("tool_calls") instanceof JsonArray all) {
            for (int i = 0; i < all.size(); i++) {
                if (all.getValue(i) instanceof JsonObject call) {
                    call(call, i);
                }
            }
        }
    }

    /** @param content a text, or parts of which some are texts */
    private void say(Object content) {
        if (content instanceof JsonArray parts) {
            for (Object one : parts) {
                if (one instanceof JsonObject part && "text".equals(part.getValue("type"))) {
                    say(part.getValue("text"));
                }
            }
        } else if (content instanceof String piece && !piece.isEmpty()) {
            text.append(piece);
            chars += piece.length();
            told.accept(piece);
        }
    }

    private void call(JsonObject piece, int at) {
        int index = piece.getValue("index") instanceof Number number ? number.intValue() : at;
        JsonObject function = piece.getValue("function") instanceof JsonObject of ? of : new JsonObject();
        String id = word(piece.getValue("id"));
        String name = word(function.getValue("name"));
        Call call = atIndex.get(index);
        if (call == null && id == null && name == null && !calls.isEmpty()) {
            call = calls.get(calls.size() - 1); // it begins no call, whatever its index is
        }
        if (call == null || (id != null && call.isAnother(id, name))) {
            if (calls.size() >= MOST_CALLS) {
                error = "the model asks for more than " + MOST_CALLS + " tool calls at once";
                return;
            }
            call = new Call(index);
            calls.add(call);
            atIndex.put(index, call);
        }
        call.id = id == null ? call.id : id;
        call.name = name == null ? call.name : name;
        Object said = function.getValue("arguments");
        if (said instanceof String || said instanceof JsonObject) { // whole as an object, as Ollama's own API has them
            String arguments = said.toString();
            call.arguments.append(arguments);
            chars += arguments.length();
        }
    }

    /** Null: there is none. */
    private static String word(Object said) {
        return said instanceof String word && !word.isEmpty() ? word : null;
    }

    /** Why the answer is of no use; null: it is. */
    String mistake() {
        if (error != null) {
            return error;
        }
        if (finish == null) {
            return "the model's answer broke off";
        }
        return text.length() == 0 && calls.isEmpty() ? "the model's answer is empty" : null;
    }

    /** Whether the model stopped because it may say no more. */
    boolean isCut() {
        return "length".equals(finish);
    }

    /** What the prompt did not fit into; null: this is not why the answer is of no use. */
    ContextExceeded exceeded() {
        return exceeded;
    }

    String text() {
        return text.toString();
    }

    /**
     * Each has an id that no other one has, and a name, which may be of no tool. A call that is there twice, with its id and arguments,
     * is one: some servers send it at several indexes.
     */
    List<ToolCall> calls() {
        calls.sort(Comparator.comparingInt(call -> call.index));
        var ids = new HashSet<String>();
        calls.forEach(call -> ids.add(call.id));
        var given = new HashSet<String>();
        var known = new HashSet<ToolCall>();
        var all = new ArrayList<ToolCall>();
        for (int i = 0; i < calls.size(); i++) {
            Call call = calls.get(i);
            String name = call.name == null ? "" : call.name;
            String arguments = call.arguments.toString();
            if (call.id != null && !known.add(new ToolCall(call.id, name, arguments))) {
                continue;
            }
            String id = call.id == null || !given.add(call.id) ? free("call_" + i, ids) : call.id;
            all.add(new ToolCall(id, name, arguments));
        }
        return all;
    }

    /** @param ids that are taken; the one that is returned is then, too */
    private static String free(String wanted, Set<String> ids) {
        String id = wanted;
        for (int i = 2; !ids.add(id); i++) {
            id = wanted + "_" + i;
        }
        return id;
    }
}
