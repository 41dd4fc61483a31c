package io.aiwm.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.aiwm.common.Json;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is taken while a document is written is what its text says. */
class FieldCaptureTest {
    private enum Colour {
        RED,
        DARK_BLUE
    }

    private static final List<String> NAMES = List.of("a", "b", "c", "d", "e");
    private static final CollectionSchema SCHEMA = new CollectionSchema(new Collection(
            "things",
            List.of(
                    Field.text("a"),
                    Field.number("b"),
                    Field.time("c"),
                    Field.texts("d"),
                    Field.text("e.a"),
                    Field.number("e.b"),
                    Field.time("e.e.c"),
                    Field.texts("e.e.d"),
                    Field.text("a.b"))));

    private static List<Object> read(String json) {
        return Arrays.asList(SCHEMA.values.of(json));
    }

    private static Document encoded(Object record) {
        Document document = SCHEMA.encode("id", 3, record);
        assertThat(document).isEqualTo(new Document("id", 3, Json.encode(record)));
        assertThat(SCHEMA.values.of(document)).as(document.json()).isEqualTo(read(document.json()));
        return document;
    }

    private static List<Object> taken(Object record) {
        Document document = encoded(record);
        assertThat(document.taken()).as("taken of %s", document.json()).isNotNull();
        return document.taken().values();
    }

    private record Inner(Colour a, double b, Deep e) {}

    private record Deep(Instant c, List<String> d) {}

    private record Outer(String a, Integer b, Instant c, JsonArray d, Inner e, boolean f) {}

    @Test
    void fields_of_nested_records_are_taken() {
        Instant time = Instant.parse("2026-02-03T04:05:06.789Z");
        long micros = FieldValues.micros(time);
        var inner = new Inner(Colour.DARK_BLUE, 5.0, new Deep(time, List.of("x", "")));
        assertThat(taken(new Outer(
                        "\"\\\n\u0000ä😀", 7, time, new JsonArray().add("y").add(1), inner, true)))
                .containsExactly(
                        "\"\\\n\u0000ä😀", 7L, micros, List.of("y"), "DARK_BLUE", 5L, micros, List.of("x", ""), null);
        assertThat(taken(new Outer(null, null, null, new JsonArray(), null, false)))
                .containsExactly(null, null, null, List.of(), null, null, null, null, null);
    }

    @Test
    void values_of_another_type_count_as_none() {
        assertThat(taken(new JsonObject(
                        "{\"a\":1,\"b\":\"1\",\"c\":\"soon\",\"d\":{\"e\":[\"x\"]},\"e\":[{\"a\":\"x\"}]}")))
                .containsOnlyNulls();
        assertThat(taken(new JsonObject(
                        "{\"a\":[\"x\"],\"b\":true,\"c\":5,\"d\":[[\"x\"],{\"d\":[\"y\"]},null,\"z\"]}")))
                .containsExactly(null, null, null, List.of("z"), null, null, null, null, null);
        assertThat(taken(Map.of("a", Map.of("b", "deep", "a", "other"))))
                .containsExactly(null, null, null, null, null, null, null, null, "deep");
    }

    private record Raw(@JsonRawValue String a, @JsonRawValue String d, String x) {}

    @Test
    void a_value_that_is_written_in_another_way_is_read_from_the_text() {
        Stream.of(
                        new Raw("\"raw\"", "[\"x\"]", "y"),
                        Map.of("b", new BigDecimal("9007199254740993.0")),
                        Map.of("b", new BigInteger("123456789012345678901234567890")),
                        Map.of("b", 0.1f),
                        Map.of("b", Double.NaN),
                        Map.of("d", new int[] {1, 2}),
                        Map.of("d", List.of(1.5f, "x")),
                        Map.of("a", "text".toCharArray(), "d", List.of("text".toCharArray(), "x")),
                        Map.of("e", Map.of("e", Map.of("d", new long[] {1}))))
                .forEach(FieldCaptureTest::encoded);
        assertThat(encoded(new Raw("\"raw\"", "[\"x\"]", "y")).taken()).isNull();
    }

    @Test
    void what_is_taken_is_what_the_text_says_whatever_is_written() {
        int taken = 0;
        for (int seed = 0; seed < 5_000; seed++) {
            Document document = encoded(object(new Random(seed), 0));
            taken += document.taken() == null ? 0 : 1;
        }
        assertThat(taken).isGreaterThan(2_000);
    }

    private static Map<String, Object> object(Random random, int depth) {
        var object = new LinkedHashMap<String, Object>();
        for (String name : NAMES) {
            if (random.nextInt(4) > 0) {
                object.put(name, value(random, depth));
            }
        }
        return object;
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth > 3 ? 11 : 16)) {
            case 0 -> "t" + random.nextInt(3) + (char) random.nextInt(0x300) + "\"\\/";
            case 1 -> random.nextInt();
            case 2 -> random.nextLong();
            case 3 -> random.nextBoolean() ? random.nextInt(100) : random.nextDouble() * 1e19;
            case 4 -> random.nextBoolean();
            case 5 -> null;
            case 6 -> Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000));
            case 7 -> Colour.values()[random.nextInt(2)];
            case 8 -> (short) random.nextInt();
            case 9 -> Instant.ofEpochSecond(random.nextInt()).toString();
            case 10 ->
                random.nextInt(20) > 0
                        ? "x"
                        : List.of(1.5f, BigDecimal.TEN, new int[1], "c".toCharArray())
                                .get(random.nextInt(4));
            case 11, 12 -> list(random, depth + 1);
            case 13 -> new JsonObject(object(random, depth + 1));
            default -> object(random, depth + 1);
        };
    }

    private static Object list(Random random, int depth) {
        var list = new ArrayList<Object>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(random.nextBoolean() ? "s" + i : value(random, depth));
        }
        return random.nextBoolean() ? new JsonArray(list) : list;
    }

    @Test
    void what_was_taken_for_one_collection_is_not_believed_in_another() {
        var other = new CollectionSchema(new Collection("others", List.of(Field.number("b"))));
        assertThat(other.values.of(encoded(Map.of("a", "x", "b", 2)))).containsExactly(2L);
    }
}
