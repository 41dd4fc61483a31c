package io.aiwm.controller.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.ValidationMessage;
import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.MalformedJson;
import io.aiwm.common.SingleLineText;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Holds a request against its operation; everything that is wrong is found at once. */
public final class RequestCheck {
    /** Deep enough for any real request, shallow enough that no parser or walker can be made to overflow. */
    private static final int DEEPEST = 64;

    private static final ObjectReader JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build()
            .readerFor(JsonNode.class);

    /** The end of {@link SingleLineText#PATTERN}, which the pattern of an optional text shares. */
    private static final String ONE_LINE = "\\u2066-\\u2069\\uFEFF]*";

    /** Bytes of a body whose tree is kept until the answer: a tree takes several times as much. */
    private static final int LARGEST_TREE = 64 << 10;

    /** So many numbers that are none are named at most. */
    private static final int MOST_NUMBERS = 100;

    /** What a body or a part of it is when it says nothing. */
    public static final JsonNode NOTHING = JsonNodeFactory.instance.objectNode();

    private RequestCheck() {}

    /** Fails with INVALID and one error per wrong parameter. */
    static void parameters(Operation operation, Map<String, String> path, MultiMap query) {
        List<FieldError> errors = new ArrayList<>(0);
        for (Operation.Parameter parameter : operation.pathParameters()) {
            check(parameter, path.get(parameter.name()), "path:" + parameter.name(), errors);
        }
        if (!query.isEmpty() || !operation.queryParameters().isEmpty()) {
            query(operation, query, errors);
        }
        refuse(Failure.Kind.INVALID, errors);
    }

    /**
     * A body that fits.
     *
     * @param text with its short forms written out; the same as it came where it has none
     * @param tree the same, read; null where it need not be JSON, is empty, or is too large to be kept twice
     */
    record Checked(Buffer text, JsonNode tree) {}

    /**
     * Fails with INVALID and one error per wrong field, or with UNPROCESSABLE where only short forms cannot be read.
     */
    static Checked body(Operation operation, Buffer body) {
        if (operation.raw()) {
            return new Checked(body, null);
        }
        if (operation.body() == null) {
            if (body.length() > 0 && !body.toString().isBlank() && !isEmptyObject(body)) {
                throw Failure.invalid("this operation takes no body");
            }
            return new Checked(body, null);
        }
        if (body.length() == 0) {
            if (operation.bodyRequired()) {
                throw Failure.invalid("a JSON body is missing");
            }
            return new Checked(body, null);
        }
        JsonNode value = parse(body);
        List<FieldError> errors = new ArrayList<>(0);
        boolean changed =
                operation.shortForms() != null && operation.shortForms().writeOut(value, "", errors);
        Set<ValidationMessage> messages = operation.body().validate(value);
        messages.forEach(message -> errors.add(readable(message, "")));
        refuse(messages.isEmpty() ? Failure.Kind.UNPROCESSABLE : Failure.Kind.INVALID, errors);
        return new Checked(
                changed ? Buffer.buffer(value.toString()) : body, body.length() > LARGEST_TREE ? null : value);
    }

    /** Fails with INVALID, also naming every number that is beyond what can be reckoned with or stored. */
    public static JsonNode parse(Buffer body) {
        JsonNode value = read(body);
        List<FieldError> errors = new ArrayList<>(0);
        finite(value, "", errors);
        refuse(Failure.Kind.INVALID, errors);
        return value;
    }

    /** {@code 1e400} is JSON, and infinite as soon as it is read. No deeper than {@link #DEEPEST}. */
    private static void finite(JsonNode node, String at, List<FieldError> errors) {
        if (node.isNumber() && !Double.isFinite(node.doubleValue())) {
            errors.add(new FieldError(at, "is a number beyond 1.8e308"));
        }
        for (int i = 0; node.isArray() && i < node.size() && errors.size() < MOST_NUMBERS; i++) {
            finite(node.get(i), at + "/" + i, errors);
        }
        if (node.isObject()) {
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                if (errors.size() < MOST_NUMBERS) {
                    finite(field.getValue(), at + "/" + escape(field.getKey()), errors);
                }
            }
        }
    }

    private static JsonNode read(Buffer body) {
        try {
            return JSON.readValue(body.getBytes());
        } catch (StreamConstraintsException cause) {
            throw Failure.invalid("the JSON is nested deeper than " + DEEPEST + " or has a value too long");
        } catch (JsonProcessingException cause) {
            var at = cause.getLocation();
            String where = at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
            throw Failure.invalid("the body is not JSON" + where + ": " + MalformedJson.why(cause));
        } catch (IOException cause) {
            throw Failure.invalid("the body is not JSON in UTF-8");
        }
    }

    private static boolean isEmptyObject(Buffer body) {
        JsonNode node = parse(body);
        return node.isObject() && node.isEmpty();
    }

    private static void query(Operation operation, MultiMap query, List<FieldError> errors) {
        Set<String> unknown = new HashSet<>(query.names());
        for (Operation.Parameter parameter : operation.queryParameters()) {
            unknown.remove(parameter.name());
            List<String> values = query.getAll(parameter.name());
            String where = "query:" + parameter.name();
            if (values.isEmpty() && parameter.required()) {
                errors.add(new FieldError(where, "is missing"));
            } else if (values.size() > 1 && !parameter.repeated()) {
                errors.add(new FieldError(where, "is given " + values.size() + " times"));
            } else {
                values.forEach(value -> check(parameter, value, where, errors));
            }
        }
        unknown.stream()
                .sorted()
                .forEach(name -> errors.add(new FieldError("query:" + name, "is not a known query parameter")));
    }

    private static void check(Operation.Parameter parameter, String text, String where, List<FieldError> errors) {
        JsonNode value = read(parameter.type(), text);
        if (value == null) {
            errors.add(new FieldError(where, "must be of type " + parameter.type()));
            return;
        }
        for (ValidationMessage message : parameter.schema().validate(value)) {
            errors.add(new FieldError(where, readable(message, "").detail()));
        }
    }

    /** The text as JSON of the declared type; null when it is not one. */
    private static JsonNode read(String type, String text) {
        try {
            return switch (type) {
                case "integer" -> text.length() > 19 ? null : JsonNodeFactory.instance.numberNode(Long.parseLong(text));
                case "number" -> text.length() > 40 ? null : DecimalNode.valueOf(new BigDecimal(text));
                case "boolean" ->
                    text.equals("true") ? BooleanNode.TRUE : text.equals("false") ? BooleanNode.FALSE : null;
                default -> TextNode.valueOf(text);
            };
        } catch (NumberFormatException notOne) {
            return null;
        }
    }

    public static FieldError readable(ValidationMessage message, String prefix) {
        String location = message.getInstanceLocation().toString();
        return switch (message.getType()) {
            case "additionalProperties", "unevaluatedProperties" ->
                new FieldError(prefix + location + "/" + escape(message.getProperty()), "is not a known field");
            case "pattern" ->
                new FieldError(
                        prefix + location,
                        message.getMessage().contains(ONE_LINE) ? SingleLineText.RULE : text(message, location));
            case "required" -> new FieldError(prefix + location + "/" + escape(message.getProperty()), "is missing");
            default -> new FieldError(prefix + location, text(message, location));
        };
    }

    private static String text(ValidationMessage message, String location) {
        String text = message.getMessage();
        return text.startsWith(location + ": ")
                ? text.substring(location.length() + 2).strip()
                : text.strip();
    }

    private static String escape(String name) {
        return name == null ? "" : name.replace("~", "~0").replace("/", "~1");
    }

    private static void refuse(Failure.Kind kind, List<FieldError> errors) {
        if (errors.isEmpty()) {
            return;
        }
        FieldError first = errors.get(0);
        String more = errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more)";
        String where = first.pointer().isEmpty() ? "the body: " : first.pointer() + " ";
        throw new Failure(kind, where + first.detail() + more, errors);
    }
}
