package io.aiwm.controller.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.aiwm.common.Failure;
import io.aiwm.common.InstantText;
import io.aiwm.common.Json;
import io.aiwm.common.TextWriter;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Extracts the values of the declared fields of a document: while it is written ({@link #encode}), or from its text without building
 * the document ({@link #of}). Both run on the caller's thread, so that the one writer thread never parses JSON (measured: parsing
 * took half of its time).
 */
public final class FieldValues {
    private static final JsonFactory JSON = new JsonFactory();
    private static final long MOST_SECONDS = 9_000_000_000L;

    /** A path, or the beginning of one. */
    static final class Place {
        private final Place outer;
        private final Map<String, Place> inside = new HashMap<>();
        private int field = -1;

        Place(Place outer) {
            this.outer = outer;
        }

        /** Returns the place of the enclosing object; null for the document. */
        Place outer() {
            return outer;
        }

        Map<String, Place> inside() {
            return inside;
        }

        /** Returns the index of the field with this path; -1 if no field has exactly this path. */
        int field() {
            return field;
        }
    }

    /**
     * The values of one document.
     *
     * @param by the extractor that made them; for another collection they are meaningless
     * @param values as {@link #of} returns them
     */
    record Taken(FieldValues by, List<Object> values) {}

    private final List<Field> fields;
    private final Place root = new Place(null);

    FieldValues(List<Field> fields) {
        this.fields = fields;
        for (int i = 0; i < fields.size(); i++) {
            Place place = root;
            for (String step : fields.get(i).path().split("\\.", -1)) {
                Place outer = place;
                place = place.inside.computeIfAbsent(step, ignored -> new Place(outer));
            }
            place.field = i;
        }
    }

    Place root() {
        return root;
    }

    int size() {
        return fields.size();
    }

    boolean takesTexts(Place place) {
        return place.field >= 0 && fields.get(place.field).type() == DocumentStore.Type.TEXT_ARRAY;
    }

    /** Returns the record as a document that knows the values of its fields. */
    Document encode(String id, long version, Object record) {
        var text = new TextWriter();
        try (var capture = new FieldCapture(Json.generator(text), this)) {
            Json.write(capture, record);
            capture.flush();
            Object[] values = capture.values();
            Taken taken = values == null ? null : new Taken(this, Collections.unmodifiableList(Arrays.asList(values)));
            return new Document(id, version, text.toString(), taken);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** Returns the values of a document in declared order, as {@link #of}. */
    public List<Object> of(Document document) {
        return document.taken() != null && document.taken().by == this
                ? document.taken().values
                : Arrays.asList(of(document.json()));
    }

    /**
     * Returns the values in declared order: String, Long (also of a time), Double or, for a list, {@code List<String>}; null
     * where the document has none, or one of another type. Fails with INVALID when the text is no JSON object.
     */
    public Object[] of(String json) {
        Object[] found = new Object[fields.size()];
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Failure.invalid("a record is a JSON object");
            }
            object(parser, root, found);
            return found;
        } catch (IOException cause) {
            throw Failure.invalid("a record is a JSON object, and this is not one");
        }
    }

    private void object(JsonParser parser, Place place, Object[] found) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            Place inner = place.inside.get(parser.currentName());
            JsonToken token = parser.nextToken();
            if (inner != null && token == JsonToken.START_OBJECT) {
                object(parser, inner, found);
            } else if (inner != null && inner.field >= 0) {
                found[inner.field] =
                        value(parser, token, fields.get(inner.field).type());
            } else {
                parser.skipChildren();
            }
        }
    }

    private static Object value(JsonParser parser, JsonToken token, DocumentStore.Type type) throws IOException {
        switch (type) {
            case TEXT -> {
                if (token == JsonToken.VALUE_STRING) {
                    return parser.getText();
                }
            }
            case NUMBER -> {
                if (token.isNumeric()) {
                    return number(parser.getNumberValue());
                }
            }
            case TIME -> {
                if (token == JsonToken.VALUE_STRING) {
                    return time(parser.getText());
                }
            }
            case TEXT_ARRAY -> {
                if (token == JsonToken.START_ARRAY) {
                    return texts(parser);
                }
            }
        }
        parser.skipChildren();
        return null;
    }

    /** Returns the value of a field that was written as this scalar; null when the types differ. */
    Object written(int field, Object scalar) {
        return switch (fields.get(field).type()) {
            case TEXT -> scalar instanceof String ? scalar : null;
            case NUMBER -> scalar instanceof Number number ? number(number) : null;
            case TIME -> scalar instanceof String text ? time(text) : null;
            case TEXT_ARRAY -> null;
        };
    }

    private static List<String> texts(JsonParser parser) throws IOException {
        List<String> texts = new ArrayList<>();
        for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
            if (item == JsonToken.VALUE_STRING) {
                texts.add(parser.getText());
            } else {
                parser.skipChildren();
            }
        }
        return texts;
    }

    private static Object time(String text) {
        try {
            return micros(InstantText.parse(text));
        } catch (DateTimeException noTime) {
            return null;
        }
    }

    /**
     * Returns microseconds since the epoch. Exact within a JSON number for some centuries; a time outside is clamped.
     */
    static long micros(Instant time) {
        long seconds = Math.max(-MOST_SECONDS, Math.min(MOST_SECONDS, time.getEpochSecond()));
        return seconds * 1_000_000 + time.getNano() / 1_000;
    }

    /** Returns whole numbers as Long where they fit, so that 5 and 5.0 are one value in every adapter. */
    static Object number(Number number) {
        if (number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte) {
            return number.longValue();
        }
        try {
            if (number instanceof BigDecimal || number.doubleValue() == Math.rint(number.doubleValue())) {
                return new BigDecimal(number.toString()).longValueExact();
            }
        } catch (ArithmeticException | NumberFormatException notWhole) {
            // A fraction, too large, or not a number: stored as a double.
        }
        double value = number.doubleValue();
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw Failure.invalid("a number must be finite");
        }
        return value;
    }
}
