package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.EncodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.DatabindCodec;
import io.vertx.core.json.jackson.VertxModule;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is written is, character by character, what the codec of Vert.x and its serializers write. */
class JsonCodecTest {
    private static final int RUNS = 3_000;
    private static final String LETTERS = "aZ09 \"\\/\b\n\r\t\u0001\u007f\u2028\u00e4\u4e2d{}[],:";

    private static final Object[] VALUES = {
        null,
        true,
        false,
        0,
        Integer.MIN_VALUE,
        Long.MAX_VALUE,
        1.5,
        1e300,
        -0.0,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        2.5f,
        (short) 3,
        (byte) 4,
        new BigDecimal("1234567890.12345678901234567890"),
        new BigInteger("123456789012345678901234567890"),
        Instant.parse("2026-11-28T03:00:00Z"),
        Instant.parse("2026-11-28T03:00:00.123456Z"),
        new byte[] {1, 2, 3},
        Buffer.buffer("bytes"),
        TimeUnit.SECONDS,
        'c',
        List.of(),
        Map.of(),
        new JsonObject(),
        new JsonArray()
    };

    record Holder(JsonObject object, JsonArray array) {}

    @Test
    void every_tree_is_written_as_by_the_codec_of_vertx() {
        var known = new DatabindCodec();
        var random = new Random(5);
        for (int i = 0; i < RUNS; i++) {
            JsonObject object = object(random, 4);
            assertThat(object.encode()).isEqualTo(known.toString(object, false));
            assertThat(object.encodePrettily()).isEqualTo(known.toString(object, true));
            JsonArray array = array(random, 4);
            assertThat(array.encode()).isEqualTo(known.toString(array, false));
        }
    }

    @Test
    void every_tree_in_a_record_is_written_as_by_the_module_of_vertx() throws Exception {
        var known = JsonMapper.builder()
                .addModule(new JavaTimeModule())
                .addModule(new VertxModule())
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
                .build();
        var random = new Random(6);
        for (int i = 0; i < RUNS; i++) {
            var holder = new Holder(object(random, 4), array(random, 4));
            assertThat(Json.encode(holder)).isEqualTo(known.writeValueAsString(holder));
        }
    }

    @Test
    void what_cannot_be_written_is_refused_as_before() {
        var object = new JsonObject().put("it", new Object());
        assertThatThrownBy(object::encode).isInstanceOf(EncodeException.class);
    }

    @Test
    void a_name_that_is_no_text_is_written_as_before() {
        var map = new LinkedHashMap<Object, Object>();
        map.put(3, "three");
        map.put(TimeUnit.DAYS, List.of(1));
        var object = new JsonObject().put("map", map);
        assertThat(object.encode()).isEqualTo(new DatabindCodec().toString(object, false));
    }

    @Test
    void flat_text_is_what_the_object_would_be() {
        assertThat(new JsonText().toString()).isEqualTo("{}");
        var random = new Random(7);
        for (int i = 0; i < RUNS; i++) {
            String text = text(random);
            long number = random.nextLong();
            var object = new JsonObject().put("a", text).put("n", number).put("b", text + text);
            assertThat(new JsonText()
                            .put("a", text)
                            .put("left out", null)
                            .put("n", number)
                            .put("b", text + text)
                            .toString())
                    .isEqualTo(object.encode());
        }
    }

    @Test
    void a_text_of_many_pieces_is_whole() {
        var text = new TextWriter();
        assertThat(text.toString()).isEmpty();
        text.write(new char[0], 0, 0);
        text.write("abc".toCharArray(), 1, 2);
        assertThat(text.toString()).isEqualTo("bc");
        text.write("defg".toCharArray(), 0, 3);
        text.write('x');
        text.write("12345", 1, 2);
        assertThat(text.toString()).isEqualTo("bcdefx23");
        var large = new JsonObject().put("it", "y".repeat(100_000)).put("z", 1);
        assertThat(large.encode()).hasSize(100_000 + 15).endsWith(",\"z\":1}");
    }

    private static JsonObject object(Random random, int depth) {
        var object = new JsonObject();
        for (int i = random.nextInt(5); i > 0; i--) {
            object.put(text(random), value(random, depth));
        }
        return object;
    }

    private static JsonArray array(Random random, int depth) {
        var array = new JsonArray();
        for (int i = random.nextInt(5); i > 0; i--) {
            array.add(value(random, depth));
        }
        return array;
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 2 : 6)) {
            case 0 -> text(random);
            case 1 -> VALUES[random.nextInt(VALUES.length)];
            case 2 -> object(random, depth - 1);
            case 3 -> array(random, depth - 1);
            case 4 -> object(random, depth - 1).getMap();
            default -> Arrays.asList(value(random, depth - 1), value(random, depth - 1));
        };
    }

    private static String text(Random random) {
        return random.ints(random.nextInt(20), 0, LETTERS.length())
                .mapToObj(LETTERS::charAt)
                .collect(StringBuilder::new, StringBuilder::append, StringBuilder::append)
                .toString();
    }
}
