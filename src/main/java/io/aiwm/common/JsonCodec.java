package io.aiwm.common;

import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.json.EncodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.DatabindCodec;
import io.vertx.core.spi.JsonFactory;
import java.io.IOException;

/**
 * What {@code encode()} of {@link JsonObject} and {@link JsonArray} goes through, everywhere: the codec of Vert.x, with objects written by
 * {@link JsonTree}. Vert.x finds it by {@code META-INF/services}.
 */
public final class JsonCodec extends DatabindCodec {
    private static final JsonTree TREE = new JsonTree(true);

    /** Makes it the codec of this process. */
    public static final class Factory implements JsonFactory {
        private static final JsonCodec CODEC = new JsonCodec();

        @Override
        public int order() {
            return 0;
        }

        @Override
        public JsonCodec codec() {
            return CODEC;
        }
    }

    @Override
    public String toString(Object value, boolean pretty) throws EncodeException {
        if (pretty || !(value instanceof JsonObject || value instanceof JsonArray)) {
            return super.toString(value, pretty);
        }
        var text = new TextWriter();
        try (JsonGenerator json = mapper().createGenerator(text)) {
            TREE.write(value, json, (other, to) -> mapper().writeValue(to, other));
        } catch (IOException | RuntimeException cause) {
            return super.toString(value, false); // which says why it cannot be written
        }
        return text.toString();
    }
}
