package io.aiwm.common;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Instants as {@link DateTimeFormatter#ISO_INSTANT} writes and reads them. The forms that occur are written and read
 * without it, since it took a quarter of the time that records took to become JSON and back; it does all others.
 */
public final class InstantText {
    private static final DateTimeFormatter ANY = DateTimeFormatter.ISO_INSTANT;
    private static final long YEAR_0 = LocalDate.of(0, 1, 1).toEpochDay() * 86_400;
    private static final long YEAR_10000 = LocalDate.of(10_000, 1, 1).toEpochDay() * 86_400;
    private static final int SECONDS = "0000-00-00T00:00:00Z".length();
    private static final int NANOS = SECONDS + ".000000000".length();

    private InstantText() {}

    public static String of(Instant instant) {
        long second = instant.getEpochSecond();
        if (second < YEAR_0 || second >= YEAR_10000) {
            return ANY.format(instant);
        }
        var time = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
        byte[] text = new byte[NANOS];
        digits(text, 0, 4, time.getYear());
        text[4] = '-';
        digits(text, 5, 2, time.getMonthValue());
        text[7] = '-';
        digits(text, 8, 2, time.getDayOfMonth());
        text[10] = 'T';
        digits(text, 11, 2, time.getHour());
        text[13] = ':';
        digits(text, 14, 2, time.getMinute());
        text[16] = ':';
        digits(text, 17, 2, time.getSecond());
        int end = fraction(text, instant.getNano());
        text[end] = 'Z';
        return new String(text, 0, end + 1, StandardCharsets.ISO_8859_1);
    }

    /** None, or three digits of it, or six, or nine. Returns where it ends. */
    private static int fraction(byte[] text, int nano) {
        int at = SECONDS - 1;
        if (nano == 0) {
            return at;
        }
        text[at] = '.';
        digits(text, at + 1, 9, nano);
        int shown = nano % 1_000_000 == 0 ? 3 : nano % 1_000 == 0 ? 6 : 9;
        return at + 1 + shown;
    }

    private static void digits(byte[] text, int from, int count, int number) {
        int left = number;
        for (int at = from + count - 1; at >= from; at--) {
            text[at] = (byte) ('0' + left % 10);
            left /= 10;
        }
    }

    /** Throws DateTimeException when it is none. */
    public static Instant parse(String text) {
        Instant usual = usual(text);
        return usual == null ? ANY.parse(text, Instant::from) : usual;
    }

    /** Null: it may still be an instant, written in another form. */
    private static Instant usual(String text) {
        int last = text.length() - 1;
        if (last < SECONDS - 1
                || last >= NANOS
                || text.charAt(4) != '-'
                || text.charAt(7) != '-'
                || text.charAt(10) != 'T'
                || text.charAt(13) != ':'
                || text.charAt(16) != ':'
                || text.charAt(last) != 'Z') {
            return null;
        }
        int year = number(text, 0, 4);
        int month = number(text, 5, 7);
        int day = number(text, 8, 10);
        int hour = number(text, 11, 13);
        int minute = number(text, 14, 16);
        int second = number(text, 17, 19);
        int nano = last == SECONDS - 1 ? 0 : nano(text, last);
        boolean date = year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
        if (!date || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || nano < 0) {
            return null;
        }
        long days = LocalDate.of(year, month, day)
                .toEpochDay(); // which refuses the 30th of February, as the formatter does
        return Instant.ofEpochSecond(days * 86_400 + hour * 3_600L + minute * 60L + second, nano);
    }

    /** Negative: it is no fraction. */
    private static int nano(String text, int end) {
        int from = SECONDS; // behind the point
        int nano = text.charAt(from - 1) == '.' && from < end ? number(text, from, end) : -1;
        for (int digits = end - from; digits < 9; digits++) {
            nano *= 10;
        }
        return nano;
    }

    /** Negative: it is no number. */
    private static int number(String text, int from, int end) {
        int number = 0;
        for (int at = from; at < end; at++) {
            int digit = text.charAt(at) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    /** Text, and nothing else that could be meant as an instant. */
    static SimpleModule module() {
        return new SimpleModule("instants")
                .addSerializer(Instant.class, new Writer())
                .addDeserializer(Instant.class, new Reader());
    }

    private static final class Writer extends JsonSerializer<Instant> {
        @Override
        public void serialize(Instant value, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeString(of(value));
        }
    }

    private static final class Reader extends JsonDeserializer<Instant> {
        @Override
        public Instant deserialize(JsonParser json, DeserializationContext context) throws IOException {
            String text = json.getText();
            try {
                return parse(text);
            } catch (DateTimeException wrong) {
                throw new InvalidFormatException(json, "Expected an ISO 8601 formatted date time", text, Instant.class);
            }
        }
    }
}
