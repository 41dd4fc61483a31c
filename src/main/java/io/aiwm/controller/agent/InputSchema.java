package io.aiwm.controller.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.PatternSyntaxException;

/** JSON Schemas (2020-12) of tools and of evaluations: whether one is one, and whether values that models write fit it. Pure. */
public final class InputSchema {
    private static final String FIELD = "/input";
    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";
    private static final int MOST_CHARS = 64 * 1024;
    private static final int MOST_MISTAKES = 10;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    /** What a schema itself must fit: otherwise a misspelt type is one that nothing fits, and a misspelt limit is none. */
    private static final JsonSchema OF_SCHEMAS = JsonSchemaFactory.getInstance(VersionFlag.V202012)
            .getSchema(
                    SchemaLocation.of(SchemaId.V202012),
                    SchemaValidatorsConfig.builder()
                            .regularExpressionFactory(BoundedPattern::new)
                            .pathType(PathType.JSON_POINTER)
                            .locale(Locale.ROOT)
                            .build());

    private InputSchema() {}

    /** Adds what is wrong with the schema of a tool, each with its place. @param input null: there is none */
    static void check(JsonObject input, List<FieldError> errors) {
        if (input == null) {
            return;
        }
        if (!"object".equals(input.getValue("type"))) {
            errors.add(new FieldError(FIELD + "/type", "must be object: arguments have names"));
            return;
        }
        check(FIELD, input, errors);
    }

    /** Adds what is wrong with a schema, each with its place. @param field that it is in */
    public static void check(String field, JsonObject input, List<FieldError> errors) {
        if (input.encode().length() > MOST_CHARS) {
            errors.add(new FieldError(field, "may have " + MOST_CHARS + " characters at most"));
            return;
        }
        if (refersOutside(input)) {
            errors.add(new FieldError(field, "must not refer to other documents: a $ref begins with #"));
            return;
        }
        try {
            List<FieldError> mistakes = errors(OF_SCHEMAS.validate(node(input)), field);
            errors.addAll(mistakes);
            if (mistakes.isEmpty()) {
                JsonSchema schema = compiled(input);
                schema.initializeValidators();
                schema.validate(MAPPER.createObjectNode());
            }
        } catch (JsonSchemaException | PatternSyntaxException | Failure wrong) {
            errors.add(new FieldError(field, why(wrong)));
        } catch (StackOverflowError endless) {
            errors.add(new FieldError(field, "has a $ref that leads to itself, or is nested too deep"));
        }
    }

    /** The library wraps what ends the making of a keyword. */
    private static String why(Throwable wrong) {
        for (Throwable cause = wrong; cause != null; cause = cause.getCause()) {
            if (cause instanceof Failure tooLong) {
                return tooLong.getMessage();
            }
        }
        return "is no JSON Schema of 2020-12";
    }

    private static boolean refersOutside(JsonObject schema) {
        for (String key : List.of("$ref", "$dynamicRef", "$schema", "$id")) {
            Object value = schema.getValue(key);
            boolean known = "$schema".equals(key) && DIALECT.equals(value);
            if (value instanceof String text && !text.startsWith("#") && !known) {
                return true;
            }
        }
        return schema.stream().anyMatch(field -> refersOutside(field.getValue()));
    }

    private static boolean refersOutside(Object value) {
        return value instanceof JsonObject object
                ? refersOutside(object)
                : value instanceof JsonArray array && array.stream().anyMatch(InputSchema::refersOutside);
    }

    private static JsonSchema compiled(JsonObject input) {
        return SchemaBudget.FACTORY.getSchema(node(input), new SchemaBudget().config());
    }

    /** Returns what is wrong with a value, each with its place; empty: it fits. @param place of the value */
    public static List<FieldError> mistakes(JsonObject input, Object value, String place) {
        try {
            return errors(compiled(input).validate(node(value)), place);
        } catch (JsonSchemaException | Failure wrong) {
            return List.of(new FieldError(place, why(wrong)));
        } catch (StackOverflowError tooDeep) {
            // a $ref that leads to itself, on a path that not every value takes, or a value that is nested deep
            return List.of(new FieldError(place, "the schema leads too deep on this value"));
        }
    }

    /** One for each place: of a value that fits none of several, each says why. */
    private static List<FieldError> errors(Collection<ValidationMessage> messages, String place) {
        Map<String, FieldError> byPlace = new LinkedHashMap<>();
        for (ValidationMessage message : messages) {
            FieldError error = error(message, place);
            byPlace.putIfAbsent(error.pointer(), error);
        }
        return byPlace.values().stream().limit(MOST_MISTAKES).toList();
    }

    private static FieldError error(ValidationMessage message, String place) {
        String at = message.getInstanceLocation().toString();
        String property = message.getProperty() == null
                ? ""
                : "/" + message.getProperty().replace("~", "~0").replace("/", "~1");
        return switch (message.getType()) {
            case "required" -> new FieldError(place + at + property, "is missing");
            case "additionalProperties", "unevaluatedProperties" ->
                new FieldError(place + at + property, "is not known");
            default -> {
                String text = message.getMessage();
                yield new FieldError(
                        place + at, (text.startsWith(at + ":") ? text.substring(at.length() + 1) : text).strip());
            }
        };
    }

    private static JsonNode node(Object value) {
        try {
            return MAPPER.readTree(Json.encode(value));
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
