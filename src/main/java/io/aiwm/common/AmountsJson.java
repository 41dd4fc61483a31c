package io.aiwm.common;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import java.util.List;

/**
 * {@link Amounts} as JSON, one field for each kind: {@code {"cpu":1.5,"memoryBytes":5,"gpus":[]}}. A record that has
 * further fields beside them writes the fields with {@link #write} and reads each with {@link #read}.
 */
public final class AmountsJson {
    private AmountsJson() {}

    /** Writes the fields into the object that has been begun. */
    public static void write(Amounts amounts, JsonGenerator out) throws IOException {
        out.writeNumberField("cpu", amounts.cpu());
        out.writeNumberField("memoryBytes", amounts.memoryBytes());
        if (amounts.diskBytes() != 0) {
            out.writeNumberField("diskBytes", amounts.diskBytes());
        }
        out.writeArrayFieldStart("gpus");
        for (Amounts.Gpu gpu : amounts.gpus()) {
            out.writeStartObject();
            out.writeNumberField("index", gpu.index());
            out.writeNumberField("memoryBytes", gpu.memoryBytes());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    /** Returns the amounts with the value that the parser is at, or null where the field is none of theirs. */
    public static Amounts read(Amounts amounts, String field, JsonParser in, DeserializationContext context)
            throws IOException {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return amounts;
        }
        return switch (field) {
            case "cpu" -> amounts.with(Amounts.Kind.CPU, Math.round(context.readValue(in, Double.class) * 1_000));
            case "memoryBytes" -> amounts.with(Amounts.Kind.MEMORY, context.readValue(in, Long.class));
            case "diskBytes" -> amounts.with(Amounts.Kind.DISK, context.readValue(in, Long.class));
            case "gpus" -> amounts.withGpus(List.of(context.readValue(in, Amounts.Gpu[].class)));
            default -> null;
        };
    }

    static final class Writer extends JsonSerializer<Amounts> {
        @Override
        public void serialize(Amounts amounts, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeStartObject();
            write(amounts, out);
            out.writeEndObject();
        }
    }

    static final class Reader extends JsonDeserializer<Amounts> {
        @Override
        public Amounts deserialize(JsonParser in, DeserializationContext context) throws IOException {
            Amounts amounts = Amounts.NOTHING;
            for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
                in.nextToken();
                Amounts more = read(amounts, field, in, context);
                if (more == null) {
                    in.skipChildren();
                } else {
                    amounts = more;
                }
            }
            return amounts;
        }
    }
}
