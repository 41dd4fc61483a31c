package io.aiwm.common;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.VertxModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.List;
import java.util.Map;

/**
 * How records become JSON and back, everywhere: instants as RFC 3339 text, absent values left out, unknown fields
 * ignored (an older reader understands a newer writer). Refusing unknown fields from users is the API contract's job.
 */
public final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .addModule(new VertxModule())
            .addModule(InstantText.module())
            .addModule(trees())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    private Json() {}

    private static SimpleModule trees() {
        var tree = new JsonTree(false);
        return new SimpleModule("trees")
                .addSerializer(JsonObject.class, new Tree<>(tree))
                .addSerializer(JsonArray.class, new Tree<>(tree));
    }

    private static final class Tree<T> extends JsonSerializer<T> {
        private final JsonTree tree;

        Tree(JsonTree tree) {
            this.tree = tree;
        }

        @Override
        public void serialize(T value, JsonGenerator json, SerializerProvider provider) throws IOException {
            tree.write(value, json, (other, to) -> provider.defaultSerializeValue(other, to));
        }
    }

    public static String encode(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException cause) {
            throw new IllegalStateException("cannot encode " + value.getClass().getName(), cause);
        }
    }

    /** Returns a generator of the text that {@link #encode} returns; its owner closes it. */
    public static JsonGenerator generator(Writer text) {
        try {
            return MAPPER.createGenerator(text);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    /** The same as {@link #encode}, to a generator that {@link #generator} returned or one around it. */
    public static void write(JsonGenerator json, Object value) {
        try {
            MAPPER.writeValue(json, value);
        } catch (IOException cause) {
            throw new IllegalStateException("cannot encode " + value.getClass().getName(), cause);
        }
    }

    /** Fails with INVALID naming the first thing that does not fit. */
    public static <T> T decode(String json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException cause) {
            throw MalformedJson.failure(cause);
        }
    }

    /** Reads a parsed text as a record. Fails with INVALID naming the first thing that does not fit. */
    public static <T> T decode(JsonNode json, Class<T> type) {
        try {
            return MAPPER.treeToValue(json, type);
        } catch (JsonProcessingException cause) {
            throw MalformedJson.failure(cause);
        }
    }

    /** Reads an already parsed object as a record. Fails with INVALID naming the first thing that does not fit. */
    public static <T> T decode(JsonObject json, Class<T> type) {
        try {
            return MAPPER.convertValue(json.getMap(), type);
        } catch (IllegalArgumentException cause) {
            if (cause.getCause() instanceof Failure failure) {
                throw failure;
            }
            throw cause.getCause() instanceof JsonProcessingException inner
                    ? MalformedJson.failure(inner)
                    : Failure.invalid("malformed value");
        }
    }

    @SuppressWarnings("unchecked")
    public static JsonObject toObject(Object value) {
        return value instanceof JsonObject json ? json : new JsonObject(MAPPER.convertValue(value, Map.class));
    }

    public static JsonArray toArray(List<?> values) {
        return new JsonArray(MAPPER.convertValue(values, List.class));
    }
}
