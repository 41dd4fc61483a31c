package io.aiwm.common;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** Reads objects of which every name counts: where one is given twice, readers differ on which value holds. */
public final class StrictJson {
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private StrictJson() {}

    /** Fails with INVALID and the reason, where the text is no JSON object or gives a name twice. */
    public static JsonObject object(String text) {
        try {
            Map<String, Object> read = MAPPER.readValue(text, OBJECT);
            if (read == null) {
                throw Failure.invalid("not a JSON object");
            }
            return new JsonObject(read);
        } catch (JsonProcessingException cause) {
            throw Failure.invalid("not a JSON object: " + MalformedJson.why(cause));
        }
    }
}
