package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Schemas of the OpenAPI document as JSON Schemas of their own, with all that they refer to within them. */
final class Schemas {
    private static final String THERE = "#/components/schemas/";
    private static final String HERE = "#/$defs/";
    /** Whose members are names of the caller's, not keywords. */
    private static final Set<String> NAMED = Set.of("properties", "patternProperties", "$defs", "dependentSchemas");

    private final ObjectNode document;

    Schemas(ObjectNode document) {
        this.document = document;
    }

    /** A copy of the node that refers into its own {@code $defs} alone. */
    ObjectNode alone(ObjectNode schema) {
        Deque<String> wanted = new ArrayDeque<>();
        ObjectNode copy = schema.deepCopy();
        rewrite(copy, wanted);
        Set<String> done = new HashSet<>();
        ObjectNode definitions = document.objectNode();
        while (!wanted.isEmpty()) {
            String name = wanted.poll();
            if (done.add(name)) {
                JsonNode definition =
                        document.at("/components/schemas").path(name).deepCopy();
                rewrite(definition, wanted);
                definitions.set(name, definition);
            }
        }
        if (!definitions.isEmpty()) {
            copy.set("$defs", definitions);
        }
        return copy;
    }

    /** The node itself, or what it refers to. */
    JsonNode resolved(JsonNode node) {
        String reference = node.path("$ref").textValue();
        return reference == null ? node : document.at(reference.substring(1));
    }

    private static void rewrite(JsonNode node, Deque<String> wanted) {
        if (node instanceof ObjectNode schema) {
            // what belongs to OpenAPI and to AIWM is no part of JSON Schema, and clients pay for each word
            schema.remove("example");
            schema.properties().removeIf(member -> member.getKey().startsWith("x-"));
            String reference = schema.path("$ref").textValue();
            if (reference != null && reference.startsWith(THERE)) {
                String name = reference.substring(THERE.length());
                wanted.add(name);
                schema.put("$ref", HERE + name);
            }
            for (Map.Entry<String, JsonNode> member : schema.properties()) {
                if (NAMED.contains(member.getKey())) {
                    member.getValue().forEach(named -> rewrite(named, wanted));
                } else if (!member.getKey().equals("const") && !member.getKey().equals("enum")) {
                    rewrite(member.getValue(), wanted);
                }
            }
        } else if (node instanceof ArrayNode list) {
            list.forEach(one -> rewrite(one, wanted));
        }
    }
}
