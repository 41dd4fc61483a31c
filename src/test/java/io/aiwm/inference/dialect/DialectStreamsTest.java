package io.aiwm.inference.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.dialect.Dialect.Stream;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Whatever way an upstream cuts its answer into chunks, a caller gets what it would have got at once. */
class DialectStreamsTest {
    private static final int RUNS = 300;
    private static final MessagesDialect MESSAGES = new MessagesDialect();
    private static final ResponsesDialect RESPONSES =
            new ResponsesDialect(InstantSource.fixed(Instant.ofEpochSecond(9)));
    private static final JsonObject ASKED = new JsonObject()
            .put("model", "m")
            .put("max_tokens", 10)
            .put(
                    "messages",
                    new JsonArray().add(new JsonObject().put("role", "user").put("content", "hi")))
            .put("input", "hi");

    private static SentEvents send(Stream stream, List<JsonObject> chunks) {
        var sent = new SentEvents();
        // as they come from the wire, where halves of a surrogate pair are escaped
        chunks.forEach(chunk -> sent.add(stream.chunk(new JsonObject(chunk.encode()))));
        return sent.add(stream.end());
    }

    @Test
    void a_streamed_message_is_the_same_as_one_that_is_not() {
        for (long seed = 0; seed < RUNS; seed++) {
            var answer = new RandomAnswer(seed);
            var sent = send(MESSAGES.stream(ASKED), answer.chunks(true));
            assertThat(sent.inWholeCharacters().message())
                    .as("seed %d", seed)
                    .isEqualTo(MESSAGES.answer(ASKED, answer.whole()));
        }
    }

    @Test
    void a_streamed_response_is_the_same_as_one_that_is_not() {
        for (long seed = 0; seed < RUNS; seed++) {
            var answer = new RandomAnswer(seed);
            var sent = send(RESPONSES.stream(ASKED), answer.chunks(true));
            assertThat(sent.inWholeCharacters().response())
                    .as("seed %d", seed)
                    .isEqualTo(RESPONSES.answer(ASKED, answer.whole()));
        }
    }

    @Test
    void text_between_calls_changes_neither_text_nor_calls() {
        for (long seed = 0; seed < RUNS; seed++) {
            var answer = new RandomAnswer(seed);
            var chunks = answer.chunks(false);
            var message =
                    send(MESSAGES.stream(ASKED), chunks).inWholeCharacters().message();
            assertThat(parts(message.getJsonArray("content"), "text"))
                    .as("seed %d", seed)
                    .isEqualTo(answer.text);
            assertThat(parts(message.getJsonArray("content"), "input"))
                    .isEqualTo(parts(MESSAGES.answer(ASKED, answer.whole()).getJsonArray("content"), "input"));
            var output = send(RESPONSES.stream(ASKED), chunks).response().getJsonArray("output");
            assertThat(parts(output, "content")).contains(answer.text.isEmpty() ? "" : "output_text");
            assertThat(parts(output, "arguments"))
                    .isEqualTo(answer.calls.stream()
                            .map(call -> call.getJsonObject("function").getString("arguments"))
                            .collect(Collectors.joining()));
        }
    }

    private static String parts(JsonArray of, String name) {
        return of.stream()
                .map(each -> ((JsonObject) each).getValue(name))
                .map(value -> value == null ? "" : value.toString())
                .collect(Collectors.joining());
    }

    @Test
    void spoiled_chunks_end_a_stream_with_an_error_and_never_fail() {
        int broken = 0;
        for (long seed = 0; seed < RUNS; seed++) {
            var answer = new RandomAnswer(seed);
            var spoiled = new ArrayList<>(answer.chunks(false));
            spoil(spoiled, new Random(seed));
            Stream messages = MESSAGES.stream(ASKED);
            var sent = send(messages, spoiled);
            assertThat(messages.isOver()).isTrue();
            assertThat(Collections.frequency(sent.types(), "error")
                            + Collections.frequency(sent.types(), "message_stop"))
                    .as("seed %d", seed)
                    .isEqualTo(1);
            assertThat(sent.last().getString("type")).isIn("error", "message_stop");
            Stream responses = RESPONSES.stream(ASKED);
            var response = send(responses, spoiled).response();
            assertThat(responses.isOver()).isTrue();
            boolean failed = response.getString("status").equals("failed");
            assertThat(failed).as("seed %d", seed).isEqualTo(sent.types().contains("error"));
            broken += failed ? 1 : 0;
        }
        assertThat(broken).as("enough of them are broken").isBetween(RUNS / 4, RUNS);
    }

    private static void spoil(List<JsonObject> chunks, Random random) {
        Object[] wrong = {7, "text", true, new JsonArray().add(1), new JsonObject().put("x", 1), null, 1.5};
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(chunks.size());
            JsonObject whole = chunks.get(at).copy();
            JsonObject in = whole;
            // down to a random depth
            for (int depth = random.nextInt(5); depth > 0; depth--) {
                var inner = objects(in);
                if (inner.isEmpty()) {
                    break;
                }
                in = inner.get(random.nextInt(inner.size()));
            }
            var names = new ArrayList<>(in.fieldNames());
            if (!names.isEmpty()) {
                in.put(names.get(random.nextInt(names.size())), wrong[random.nextInt(wrong.length)]);
            }
            chunks.set(at, whole);
        }
        if (random.nextInt(4) == 0) {
            Collections.shuffle(chunks, random);
        }
    }

    private static List<JsonObject> objects(JsonObject in) {
        var inner = new ArrayList<JsonObject>();
        for (var field : in) {
            if (field.getValue() instanceof JsonObject object) {
                inner.add(object);
            } else if (field.getValue() instanceof JsonArray list && !list.isEmpty()) {
                if (list.getValue(0) instanceof JsonObject object) {
                    inner.add(object);
                }
            }
        }
        return inner;
    }

    @Test
    void an_answer_that_breaks_off_ends_with_an_error_and_nothing_after_it() {
        var error = GatewayError.of(502, "upstream_broken", "The model's server went away.");
        for (Dialect dialect : List.of(MESSAGES, RESPONSES)) {
            Stream stream = dialect.stream(ASKED);
            var sent = new SentEvents()
                    .add(stream.chunk(RandomAnswer.chunk(new JsonObject().put("content", "half"), null)));
            assertThat(stream.isOver()).isFalse();
            sent.add(stream.broken(error));
            assertThat(stream.isOver()).isTrue();
            assertThat(sent.last().encode()).contains("The model's server went away.");
            assertThat(stream.chunk(RandomAnswer.chunk(new JsonObject().put("content", "more"), null))
                            .length())
                    .isZero();
            assertThat(stream.end().length()).isZero();
            assertThat(stream.broken(error).length()).isZero();
        }
    }

    @Test
    void a_call_is_passed_on_as_it_comes_and_others_wait_for_its_end() {
        Stream stream = MESSAGES.stream(ASKED);
        var sent = new SentEvents();
        sent.add(stream.chunk(call(0, "a", "{\"x\":")));
        assertThat(sent.types()).endsWith("content_block_start", "content_block_delta");
        int before = sent.all.size();
        sent.add(stream.chunk(call(1, "b", "{}")));
        assertThat(sent.all).hasSize(before);
        sent.add(stream.chunk(call(0, null, "1}")));
        assertThat(sent.types().subList(before, sent.all.size()))
                .containsExactly(
                        "content_block_delta", "content_block_stop", "content_block_start", "content_block_delta");
    }

    private static JsonObject call(int index, String name, String arguments) {
        var call = new JsonObject()
                .put("index", index)
                .put("id", name == null ? null : "call_" + name)
                .put("function", new JsonObject().put("name", name).put("arguments", arguments));
        return RandomAnswer.chunk(new JsonObject().put("tool_calls", new JsonArray().add(call)), null);
    }
}
