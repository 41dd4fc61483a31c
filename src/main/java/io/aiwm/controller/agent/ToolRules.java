package io.aiwm.controller.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** What the fields of a tool mean together, and whether arguments fit it. Pure. */
final class ToolRules {
    static final int MOST_SCHEMA_CHARS = 64 * 1024;
    private static final int MOST_MESSAGES = 10;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern OURS = Pattern.compile(
            "(?i)authorization|host|content-length|transfer-encoding|connection|cookie|idempotency-key");

    private static final SchemaValidatorsConfig CONFIG = SchemaValidatorsConfig.builder()
            .regularExpressionFactory(BoundedPattern::new)
            .build();

    private ToolRules() {}

    /** Fails with UNPROCESSABLE naming everything that is wrong. @param unknown of operationIds those that no tool can call */
    static void refuse(ToolRequest wanted, UnaryOperator<List<String>> unknown) {
        var errors = new ArrayList<FieldError>();
        kinds(wanted, errors);
        schema(wanted.input(), errors);
        if (wanted.http() != null) {
            http(wanted, errors);
        }
        if (wanted.mcp() != null) {
            mcp(wanted.mcp(), errors);
        }
        if (wanted.aiwm() != null) {
            for (String id : unknown.apply(wanted.aiwm().operations())) {
                errors.add(new FieldError("/aiwm/operations", id + " is no operation that a tool can call"));
            }
        }
        if (wanted.retries() != null && wanted.retries() > 0 && !wanted.isIdempotent()) {
            errors.add(
                    new FieldError("/retries", "must be 0 unless the tool is idempotent: a call may have been done"));
        }
        if (!errors.isEmpty()) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    errors.get(0).pointer() + ": " + errors.get(0).detail(),
                    errors);
        }
    }

    private static void kinds(ToolRequest wanted, List<FieldError> errors) {
        boolean own = wanted.kind() == Tool.Kind.HTTP || wanted.kind() == Tool.Kind.JOB;
        if (own && wanted.input() == null) {
            errors.add(new FieldError("/input", "is needed by a tool of this kind"));
        } else if (!own && wanted.input() != null) {
            errors.add(new FieldError(
                    "/input",
                    "is not for a tool of kind " + wanted.kind().wire() + ": what is called says what it takes"));
        }
        boolean sends = wanted.kind() == Tool.Kind.HTTP || wanted.kind() == Tool.Kind.MCP;
        if (!sends && wanted.authorization() != null) {
            errors.add(new FieldError("/authorization", "is for tools of the kinds http and mcp"));
        }
        var given = new java.util.LinkedHashMap<Tool.Kind, Object>();
        given.put(Tool.Kind.HTTP, wanted.http());
        given.put(Tool.Kind.MCP, wanted.mcp());
        given.put(Tool.Kind.AIWM, wanted.aiwm());
        given.put(Tool.Kind.JOB, wanted.job());
        for (Map.Entry<Tool.Kind, Object> each : given.entrySet()) {
            boolean needed = each.getKey() == wanted.kind();
            if (needed && each.getValue() == null) {
                errors.add(new FieldError("/" + each.getKey().wire(), "is needed by a tool of this kind"));
            } else if (!needed && each.getValue() != null) {
                errors.add(new FieldError(
                        "/" + each.getKey().wire(),
                        "is not for a tool of kind " + wanted.kind().wire()));
            }
        }
    }

    private static void mcp(Tool.Mcp mcp, List<FieldError> errors) {
        if ((mcp.url() == null) == (mcp.deployment() == null)) {
            errors.add(new FieldError("/mcp", "needs either url or deployment"));
        } else if (mcp.url() != null) {
            var template = new UrlTemplate(mcp.url());
            String mistake = template.names().isEmpty() ? template.mistake() : "takes no arguments";
            if (mistake != null) {
                errors.add(new FieldError("/mcp/url", mistake));
            }
            if (mcp.path() != null) {
                errors.add(new FieldError("/mcp/path", "is for a deployment; it is part of url"));
            }
        }
    }

    private static void http(ToolRequest wanted, List<FieldError> errors) {
        var template = new UrlTemplate(wanted.http().url());
        String mistake = template.mistake();
        if (mistake != null) {
            errors.add(new FieldError("/http/url", mistake));
        }
        Object properties = wanted.input() == null ? null : wanted.input().getValue("properties");
        for (String name : template.names()) {
            if (!(properties instanceof JsonObject known) || !known.containsKey(name)) {
                errors.add(new FieldError("/http/url", "uses the argument " + name + ", which /input does not have"));
            }
        }
        if (wanted.http().headers() != null) {
            for (String name : wanted.http().headers().keySet()) {
                if (OURS.matcher(name).matches()) {
                    errors.add(new FieldError(
                            "/http/headers", name + " is set by AIWM; a credential is named in authorization"));
                }
            }
        }
    }

    private static void schema(JsonObject input, List<FieldError> errors) {
        if (input == null) {
            return;
        }
        if (input.encode().length() > MOST_SCHEMA_CHARS) {
            errors.add(new FieldError("/input", "may have " + MOST_SCHEMA_CHARS + " characters at most"));
            return;
        }
        if (!"object".equals(input.getValue("type"))) {
            errors.add(new FieldError("/input/type", "must be object: arguments have names"));
            return;
        }
        if (refersOutside(input)) {
            errors.add(new FieldError("/input", "must not refer to other documents: a $ref begins with #"));
            return;
        }
        try {
            JsonSchema schema = compiled(input);
            schema.initializeValidators();
            schema.validate(MAPPER.createObjectNode());
        } catch (JsonSchemaException | PatternSyntaxException wrong) {
            errors.add(new FieldError("/input", "is no JSON Schema of 2020-12"));
        } catch (StackOverflowError endless) {
            errors.add(new FieldError("/input", "has a $ref that leads to itself, or is nested too deep"));
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
                : value instanceof io.vertx.core.json.JsonArray array
                        && array.stream().anyMatch(ToolRules::refersOutside);
    }

    private static JsonSchema compiled(JsonObject input) {
        return JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(node(input), CONFIG);
    }

    /** What is wrong with arguments; empty: they fit. */
    static List<String> mistakes(JsonObject input, JsonObject arguments) {
        try {
            return compiled(input).validate(node(arguments)).stream()
                    .limit(MOST_MESSAGES)
                    .map(message -> message.getInstanceLocation() + ": " + message.getMessage())
                    .toList();
        } catch (Failure tooLong) {
            return List.of(tooLong.getMessage());
        } catch (StackOverflowError tooDeep) {
            // a $ref that leads to itself, on a path that not every argument takes, or arguments that are nested deep
            return List.of("the schema of the tool leads too deep on these arguments");
        }
    }

    private static JsonNode node(JsonObject json) {
        try {
            return MAPPER.readTree(json.encode());
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
