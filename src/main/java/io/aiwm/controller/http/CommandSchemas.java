package io.aiwm.controller.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.Envelope;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Holds the data of a step against the schema that is published for its command: what no worker could read is refused
 * where it is asked for, not minutes later where it should run.
 */
public final class CommandSchemas {
    /** The protocol's 32, less the envelope around the data. */
    private static final int DEEPEST = 31;
    /** What the envelope and the deadline may take of a message. */
    private static final int ENVELOPE_BYTES = 4 * 1024;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SchemaValidatorsConfig CONFIG = SchemaValidatorsConfig.builder()
            .pathType(PathType.JSON_POINTER)
            .formatAssertionsEnabled(false)
            .locale(Locale.ROOT)
            .build();
    private static final Map<String, Schema> SCHEMAS = CommandNames.ALL.stream()
            .collect(Collectors.toUnmodifiableMap(command -> command, command -> new Schema(() -> compile(command))));
    private static final Map<String, Shorthand> SHORT_FORMS = allShortForms();

    private CommandSchemas() {}

    /** @param at pointer of the data in the request. Unknown commands are somebody else's to refuse. */
    public static void check(String command, JsonNode data, String at, List<FieldError> errors) {
        if (deeperThan(data, DEEPEST)) {
            errors.add(new FieldError(at, "is nested deeper than the " + DEEPEST + " levels that reach a worker"));
            return;
        }
        Schema schema = SCHEMAS.get(command);
        if (schema != null) {
            Set<ValidationMessage> wrong = schema.validate(data);
            wrong.forEach(message -> errors.add(RequestCheck.readable(message, at)));
        }
    }

    /** Call it for large bodies only: it writes the data once more. */
    public static void checkSize(JsonNode data, String at, List<FieldError> errors) {
        int most = Envelope.MAX_BYTES - ENVELOPE_BYTES;
        if (data.toString().getBytes(StandardCharsets.UTF_8).length > most) {
            errors.add(new FieldError(at, "is larger than the " + most + " bytes that reach a worker"));
        }
    }

    /** Whether data of this body may be too large, so that it is worth measuring. */
    public static boolean worthMeasuring(int bodyBytes) {
        return bodyBytes > Envelope.MAX_BYTES - ENVELOPE_BYTES;
    }

    private static boolean deeperThan(JsonNode node, int levels) {
        if (!node.isContainerNode()) {
            return false;
        }
        if (levels == 0) {
            return true;
        }
        for (Iterator<JsonNode> inner = node.elements(); inner.hasNext(); ) {
            if (deeperThan(inner.next(), levels - 1)) {
                return true;
            }
        }
        return false;
    }

    /** What of the data of a command may be written shorter; null: nothing, or an unknown command. */
    public static Shorthand shortForms(String command) {
        return SHORT_FORMS.get(command);
    }

    private static Map<String, Shorthand> allShortForms() {
        var all = new HashMap<String, Shorthand>();
        for (String command : CommandNames.ALL) {
            JsonNode schema = read(command);
            Shorthand forms = Shorthand.of(schema, schema.at("/properties/data"));
            if (forms != null) {
                all.put(command, forms);
            }
        }
        return Map.copyOf(all);
    }

    private static com.networknt.schema.JsonSchema compile(String command) {
        JsonNode said = read(command).at("/properties/data");
        ObjectNode data = said.deepCopy();
        // the controller adds deadline and leftMs when it sends the command
        ArrayNode required = data.putArray("required");
        said.path("required").forEach(name -> {
            if (!name.asText().equals("deadline")) {
                required.add(name);
            }
        });
        return JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(data, CONFIG);
    }

    private static JsonNode read(String command) {
        try (InputStream in = CommandSchemas.class.getResourceAsStream("/protocol/" + command + ".schema.json")) {
            if (in == null) {
                throw new IllegalStateException("the schema of " + command + " is missing");
            }
            return JSON.readTree(in);
        } catch (IOException cause) {
            throw new IllegalStateException("the schema of " + command + " cannot be read", cause);
        }
    }
}
