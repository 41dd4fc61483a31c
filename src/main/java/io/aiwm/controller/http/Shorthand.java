package io.aiwm.controller.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.Sizes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a body may say in a shorter form, written out where its schema says so, so that nothing behind the contract knows
 * of it: sizes as text ({@code 8GiB}) in every field that ends in {@code Bytes}, and {@code "gpus": 1} for
 * {@code {"count": 1}}. A field that has another name now, as {@code x-aiwm-now} says, is read under that. Only fields of the
 * schema are looked at; a variable of a container may be called as it likes.
 *
 * @param fields those of an object that are, or hold, something to write out
 * @param renamed old names of fields, each with the name it has now
 * @param items of an array; null: nothing to write out in them
 */
public record Shorthand(Map<String, Shorthand> fields, Map<String, String> renamed, Shorthand items, Form form) {
    /** How the value itself may be written. */
    private enum Form {
        ONE,
        SIZE,
        GPUS,
        /** The data of the command that stands beside it. */
        COMMAND_DATA
    }

    private static final String NOW = "x-aiwm-now";
    private static final String COMMAND_DATA = "x-aiwm-command-data";
    private static final Shorthand SIZE = new Shorthand(Map.of(), Map.of(), null, Form.SIZE);
    private static final Shorthand DATA = new Shorthand(Map.of(), Map.of(), null, Form.COMMAND_DATA);

    /** @param document against which the schema's references are resolved; null when nothing in it can be short */
    public static Shorthand of(JsonNode document, JsonNode schema) {
        return of(document, "", schema, new HashSet<>());
    }

    private static Shorthand of(JsonNode document, String name, JsonNode said, Set<String> above) {
        String reference = said.path("$ref").asText(null);
        JsonNode schema = reference == null ? said : document.at(reference.substring(1));
        if (name.endsWith("Bytes") && has(schema, "integer")) {
            return SIZE;
        }
        if (schema.path(COMMAND_DATA).asBoolean(false)) {
            return DATA;
        }
        if (reference != null && !above.add(reference)) {
            return null; // a schema within itself
        }
        var fields = new HashMap<String, Shorthand>();
        var renamed = new HashMap<String, String>();
        schema.path("properties").properties().forEach(field -> {
            if (field.getValue().has(NOW)) {
                renamed.put(field.getKey(), field.getValue().path(NOW).asText());
                return;
            }
            Shorthand inner = of(document, field.getKey(), field.getValue(), above);
            if (inner != null) {
                fields.put(field.getKey(), inner);
            }
        });
        Shorthand items = schema.has("items") ? of(document, "", schema.path("items"), above) : null;
        if (reference != null) {
            above.remove(reference);
        }
        boolean gpus = name.equals("gpus")
                && has(schema, "object")
                && schema.at("/properties/count").isObject();
        return fields.isEmpty() && renamed.isEmpty() && items == null && !gpus
                ? null
                : new Shorthand(Map.copyOf(fields), Map.copyOf(renamed), items, gpus ? Form.GPUS : Form.ONE);
    }

    private static boolean has(JsonNode schema, String type) {
        JsonNode types = schema.path("type");
        for (JsonNode one : types) {
            if (one.asText().equals(type)) {
                return true;
            }
        }
        return types.asText().equals(type);
    }

    /**
     * Writes out what is short in the value.
     *
     * @param at pointer of the value in the request
     * @param errors takes what cannot be read, and is left as it is
     * @return whether the value was changed
     */
    boolean writeOut(JsonNode value, String at, List<FieldError> errors) {
        boolean changed = false;
        if (value instanceof ArrayNode list && items != null) {
            for (int i = 0; i < list.size(); i++) {
                changed |= items.writeOut(list.get(i), at + "/" + i, errors);
            }
        } else if (value instanceof ObjectNode object) {
            for (Map.Entry<String, String> old : renamed.entrySet()) {
                changed |= rename(object, old.getKey(), old.getValue(), at, errors);
            }
            for (Map.Entry<String, Shorthand> field : fields.entrySet()) {
                JsonNode given = object.get(field.getKey());
                if (given != null) {
                    changed |= field.getValue().field(object, field.getKey(), given, at, errors);
                }
            }
        }
        return changed;
    }

    private static boolean rename(ObjectNode object, String old, String now, String at, List<FieldError> errors) {
        if (!object.has(old)) {
            return false;
        }
        if (object.has(now)) {
            errors.add(new FieldError(at + "/" + old, "is given twice: it is the old word for " + now));
            return false;
        }
        object.set(now, object.remove(old));
        return true;
    }

    private boolean field(ObjectNode object, String name, JsonNode given, String at, List<FieldError> errors) {
        String here = at + "/" + name;
        return switch (form) {
            case ONE -> writeOut(given, here, errors);
            case SIZE -> given instanceof TextNode text && size(object, name, text.asText(), here, errors);
            case GPUS -> {
                if (given.isIntegralNumber()) {
                    object.putObject(name).set("count", given);
                    yield true;
                }
                yield writeOut(given, here, errors);
            }
            case COMMAND_DATA -> {
                Shorthand data =
                        CommandSchemas.shortForms(object.path("command").asText());
                yield data != null && data.writeOut(given, here, errors);
            }
        };
    }

    private static boolean size(ObjectNode object, String name, String text, String here, List<FieldError> errors) {
        try {
            object.set(name, LongNode.valueOf(Sizes.parse(text)));
            return true;
        } catch (IllegalArgumentException unreadable) {
            errors.add(new FieldError(here, "must be a number of bytes, or a size such as 8GiB or 512MiB"));
            return false;
        }
    }
}
