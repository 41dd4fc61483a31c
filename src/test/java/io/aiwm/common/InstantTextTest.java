package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.VertxModule;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Neither what is written nor what is accepted differs from what the formatter of the JDK writes and accepts. */
class InstantTextTest {
    private static final DateTimeFormatter KNOWN = DateTimeFormatter.ISO_INSTANT;
    private static final int RUNS = 200_000;
    private static final long[] EDGES = {
        Instant.MIN.getEpochSecond(),
        Instant.MAX.getEpochSecond(),
        Instant.parse("0000-01-01T00:00:00Z").getEpochSecond(),
        Instant.parse("+10000-01-01T00:00:00Z").getEpochSecond(),
        Instant.parse("2024-02-29T00:00:00Z").getEpochSecond(),
        Instant.parse("1900-03-01T00:00:00Z").getEpochSecond(),
        0
    };
    /** What texts near an instant are made of. */
    private static final String LETTERS = "0123456789-+:.,TtZz 0\u0660\ud835\udfd8\uff11";

    record Holder(Instant at) {}

    @Test
    void every_instant_is_written_as_before_and_read_back() {
        var random = new Random(9);
        for (int i = 0; i < RUNS; i++) {
            Instant instant = any(random);
            String text = InstantText.of(instant);
            assertThat(text).isEqualTo(KNOWN.format(instant));
            assertThat(InstantText.parse(text)).isEqualTo(instant);
        }
    }

    @Test
    void every_text_that_is_nearly_one_is_read_or_refused_as_before() {
        var random = new Random(9);
        int refused = 0;
        for (int i = 0; i < RUNS; i++) {
            String text = nearly(random);
            Instant known = known(text);
            Instant read = read(text);
            assertThat(read).as(text).isEqualTo(known);
            refused += known == null ? 1 : 0;
        }
        assertThat(refused).isBetween(RUNS / 10, RUNS * 9 / 10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "12",
                "12.5",
                "'12'",
                "''",
                "' '",
                "null",
                "true",
                "[]",
                "{}",
                "'2026-01-01T00:00:00Z '",
                "'2026-01-01T00:00:00+01:00'",
                "'2026-01-01t00:00:00z'",
                "'2026-01-01T24:00:00Z'",
                "'2026-12-31T23:59:60Z'",
                "'2026-01-01T00:00Z'",
                "'2026-01-01T00:00:00.Z'",
                "'2026-02-29T00:00:00Z'",
                "'2024-02-29T00:00:00Z'",
                "'2026-04-31T00:00:00Z'",
                "'2026-01-01T00:00:00.1234567890Z'",
                "'2026-01-01T00:00:00.1Z'",
                "'-0001-01-01T00:00:00Z'",
                "'+10000-01-01T00:00:00Z'"
            })
    void a_field_of_a_record_is_read_or_refused_as_before(String value) {
        ObjectMapper before = JsonMapper.builder().addModule(new VertxModule()).build();
        String json = ("{'at':" + value + "}").replace('\'', '"');
        Holder known;
        try {
            known = before.readValue(json, Holder.class);
        } catch (JsonProcessingException wrong) {
            String mistake = MalformedJson.failure(wrong).getMessage();
            assertThat(catchThrowable(() -> Json.decode(json, Holder.class)))
                    .isInstanceOf(Failure.class)
                    .hasMessage(mistake);
            return;
        }
        assertThat(Json.decode(json, Holder.class)).isEqualTo(known);
        assertThat(Json.decode(new JsonObject(json), Holder.class)).isEqualTo(known);
        if (known.at != null) {
            assertThat(new JsonObject(Json.encode(known)).getString("at")).isEqualTo(KNOWN.format(known.at));
            assertThat(Json.toObject(known).getValue("at")).isEqualTo(KNOWN.format(known.at));
        }
    }

    private static Instant any(Random random) {
        int nano = switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> random.nextInt(1_000) * 1_000_000;
            case 2 -> random.nextInt(1_000_000) * 1_000;
            case 3 -> random.nextInt(1_000);
            default -> random.nextInt(1_000_000_000);
        };
        long second = switch (random.nextInt(4)) {
            case 0 -> EDGES[random.nextInt(EDGES.length)] + random.nextInt(200_000) - 100_000;
            case 1 -> random.nextLong(EDGES[0], EDGES[1]);
            case 2 -> random.nextLong(EDGES[2], EDGES[3]);
            default -> random.nextLong(4_000_000_000L);
        };
        return Instant.ofEpochSecond(Math.max(EDGES[0], Math.min(EDGES[1], second)), nano);
    }

    private static String nearly(Random random) {
        var text = new StringBuilder(KNOWN.format(any(random)));
        for (int changes = random.nextInt(3); changes > 0 && !text.isEmpty(); changes--) {
            int at = random.nextInt(text.length());
            char letter = LETTERS.charAt(random.nextInt(LETTERS.length()));
            switch (random.nextInt(4)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, letter);
                case 2 -> text.setCharAt(at, letter);
                default -> text.setCharAt(at, (char) ('0' + random.nextInt(10)));
            }
        }
        return text.toString();
    }

    private static Instant known(String text) {
        try {
            return KNOWN.parse(text, Instant::from);
        } catch (DateTimeException wrong) {
            return null;
        }
    }

    private static Instant read(String text) {
        try {
            return InstantText.parse(text);
        } catch (DateTimeException wrong) {
            return null;
        }
    }
}
