package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.agent.Message.ToolCall;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Tool calls as servers of models send them. */
class AnswerPiecesTest {
    private final AnswerPieces pieces = new AnswerPieces(text -> {}, 1_000);

    @Test
    void a_call_in_pieces_is_put_together() {
        say(call(0, "a", "weather", "{\"ci"));
        say(call(1, "b", "pay", "{}"));
        say(call(0, null, null, "ty\":1}"));
        assertThat(pieces.calls())
                .containsExactly(new ToolCall("a", "weather", "{\"city\":1}"), new ToolCall("b", "pay", "{}"));
    }

    @Test
    void calls_that_share_an_id_get_ids_of_their_own() {
        say(
                call(0, "same", "weather", "1"),
                call(1, "same", "weather", "2"),
                call(2, null, "pay", "3"),
                call(3, "call_1", "pay", "4"));
        assertThat(pieces.calls())
                .containsExactly(
                        new ToolCall("same", "weather", "1"),
                        new ToolCall("call_1_2", "weather", "2"),
                        new ToolCall("call_2", "pay", "3"),
                        new ToolCall("call_1", "pay", "4"));
    }

    @Test
    void calls_that_share_an_index_or_have_none_are_not_mixed() {
        say(call(0, "a", "weather", "{}"));
        say(call(0, "b", "pay", "{\"x\":"));
        say(call(0, null, null, "2}"));
        say(call(null, "c", "pay", "3"));
        say(call(null, "c", "pay", "4"));
        assertThat(pieces.calls())
                .containsExactly(
                        new ToolCall("a", "weather", "{}"),
                        new ToolCall("b", "pay", "{\"x\":2}"),
                        new ToolCall("c", "pay", "34"));
    }

    @Test
    void a_call_that_is_sent_at_two_indexes_is_made_once() {
        say(call(0, "a", "pay", "{\"x\":"), call(1, "a", "pay", "{\"x\":"));
        say(call(0, "a", null, "1}"), call(1, "a", null, "1}"));
        say(call(2, null, "pay", "{}"), call(3, null, "pay", "{}"));
        assertThat(pieces.calls())
                .containsExactly(
                        new ToolCall("a", "pay", "{\"x\":1}"),
                        new ToolCall("call_2", "pay", "{}"),
                        new ToolCall("call_3", "pay", "{}"));
    }

    @Test
    void a_piece_without_id_and_name_goes_on_with_the_last_call_whatever_its_index_is() {
        say(call(0, "a", "weather", ""));
        say(call(1, null, null, "{\"city\":"));
        say(call(1, null, null, "1}"));
        assertThat(pieces.calls()).containsExactly(new ToolCall("a", "weather", "{\"city\":1}"));
    }

    @Test
    void arguments_that_are_an_object_are_read() {
        var call = call(0, "a", "pay", null);
        call.getJsonObject("function").put("arguments", new JsonObject().put("x", 1));
        say(call);
        assertThat(pieces.calls()).containsExactly(new ToolCall("a", "pay", "{\"x\":1}"));
    }

    @Test
    void texts_among_parts_and_refusals_are_said() {
        delta(new JsonObject()
                .put(
                        "content",
                        new JsonArray()
                                .add(new JsonObject().put("type", "thinking").put("text", "hm"))
                                .add(new JsonObject().put("type", "text").put("text", "I "))
                                .add("no part")));
        delta(new JsonObject().put("content", null).put("refusal", "cannot."));
        assertThat(pieces.text()).isEqualTo("I cannot.");
    }

    private void say(JsonObject... calls) {
        delta(new JsonObject().put("tool_calls", new JsonArray(Arrays.asList(calls))));
    }

    private void delta(JsonObject delta) {
        pieces.add(new JsonObject()
                .put("choices", new JsonArray().add(new JsonObject().put("delta", delta)))
                .toBuffer());
    }

    private static JsonObject call(Integer index, String id, String name, String arguments) {
        var call = new JsonObject()
                .put("function", new JsonObject().put("name", name).put("arguments", arguments));
        return (index == null ? call : call.put("index", index)).put("id", id);
    }
}
