package io.aiwm.controller.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.aiwm.common.Failure;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/** JSON Schemas (2020-12) that users write and values that models write, checked on an event loop. Pure. */
public final class JsonSchemas {
    static final int MOST_CHARS = 64 * 1024;
    private static final int MOST_MESSAGES = 10;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final SchemaValidatorsConfig CONFIG = SchemaValidatorsConfig.builder()
            .regularExpressionFactory(BoundedPattern::new)
            .build();

    private JsonSchemas() {}

    /** What is wrong with a schema; null: nothing. */
    public static String mistake(JsonObject schema) {
        if (schema.encode().length() > MOST_CHARS) {
            return "may have " + MOST_CHARS + " characters at most";
        }
        if (refersOutside(schema)) {
            return "must not refer to other documents: a $ref begins with #";
        }
        try {
            JsonSchema compiled = compiled(schema);
            compiled.initializeValidators();
            compiled.validate(MAPPER.createObjectNode());
        } catch (JsonSchemaException | PatternSyntaxException wrong) {
            return "is no JSON Schema of 2020-12";
        } catch (StackOverflowError endless) {
            return "has a $ref that leads to itself, or is nested too deep";
        }
        return null;
    }

    /** What is wrong with a value; empty: it fits. @param value as {@link Json} reads it; null: JSON's null */
    public static List<String> mistakes(JsonObject schema, Object value) {
        try {
            return compiled(schema).validate(node(value)).stream()
                    .limit(MOST_MESSAGES)
                    .map(message -> message.getInstanceLocation() + ": " + message.getMessage())
                    .toList();
        } catch (Failure tooLong) {
            return List.of(tooLong.getMessage());
        } catch (StackOverflowError tooDeep) {
            // a $ref that leads to itself, on a path that not every value takes, or a value that is nested deep
            return List.of("the schema leads too deep on this value");
        }
    }

    private static boolean refersOutside(JsonObject schema) {
        for (String key : List.of("$ref", "$dynamicRef", "$schema", "$id")) {
            Object value = schema.getValue(key);
            boolean known = "$schema".equals(key) && "https://json-schema.org/draft/2020-12/schema".equals(value);
            if (value instanceof String text && !text.startsWith("#") && !known) {
                return true;
            }
        }
        return schema.stream().anyMatch(field -> refersOutside(field.getValue()));
    }

    private static boolean refersOutside(Object value) {
        return value instanceof JsonObject object
                ? refersOutside(object)
                : value instanceof JsonArray array && array.stream().anyMatch(JsonSchemas::refersOutside);
    }

    private static JsonSchema compiled(JsonObject schema) {
        return JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(node(schema), CONFIG);
    }

    private static JsonNode node(Object value) {
        try {
            return MAPPER.readTree(Json.encode(value));
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
