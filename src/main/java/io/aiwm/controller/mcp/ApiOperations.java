package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.controller.auth.Role;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The operations of the OpenAPI document that can be tools. Those that are open to everyone belong to signing in and to probes,
 * those that take bytes instead of JSON have no arguments that a model could write, and those that begin something and stream how it
 * goes stand beside others that begin it alone. None of these is offered.
 */
public final class ApiOperations {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");
    private static final int MOST_FOUND = 20;

    private final List<ApiOperation> all = new ArrayList<>();
    private final Schemas schemas;
    private final String version;

    /** @param document as it is served; not changed */
    public ApiOperations(ObjectNode document) {
        schemas = new Schemas(document);
        version = document.at("/info/version").asText();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .filter(method -> METHODS.contains(method.getKey()))
                        .forEach(method -> add(path.getKey(), method.getKey(), path.getValue())));
    }

    /** Of the API. */
    String version() {
        return version;
    }

    /** Those that this role may use, of these tags; no tags: of all. */
    List<ApiOperation> of(Role role, Set<String> tags) {
        return all.stream()
                .filter(one -> role.includes(one.role()))
                .filter(one -> tags.isEmpty() || one.about().tags().stream().anyMatch(tags::contains))
                .toList();
    }

    /** Those of the list that the words fit best, best first. */
    static List<ApiOperation> search(List<ApiOperation> among, String query) {
        List<String> words = Stream.of(query.toLowerCase(Locale.ROOT).split("[^a-z0-9]+", -1))
                .filter(word -> word.length() > 1)
                .limit(16)
                .map(word -> word.length() > 3 && word.endsWith("s") ? word.substring(0, word.length() - 1) : word)
                .toList();
        return among.stream()
                .map(one -> Map.entry(score(one, words), one))
                .filter(one -> one.getKey() > 0)
                .sorted(Comparator.<Map.Entry<Integer, ApiOperation>>comparingInt(Map.Entry::getKey)
                        .reversed())
                .limit(MOST_FOUND)
                .map(Map.Entry::getValue)
                .toList();
    }

    private static int score(ApiOperation one, List<String> words) {
        String name = one.name() + " " + one.path().toLowerCase(Locale.ROOT);
        String summary = (one.about().summary() + " " + one.about().tags()).toLowerCase(Locale.ROOT);
        String description = one.about().description().toLowerCase(Locale.ROOT);
        int score = 0;
        for (String word : words) {
            score += (name.contains(word) ? 4 : 0)
                    + (summary.contains(word) ? 3 : 0)
                    + (description.contains(word) ? 1 : 0);
        }
        return score;
    }

    private void add(String path, String method, JsonNode item) {
        JsonNode said = item.path(method);
        String role = said.path("x-aiwm-role").asText();
        if (role.equals("none")
                || said.path("x-aiwm-uploads").asBoolean(false)
                || said.path("x-aiwm-raw").asBoolean(false)
                || (said.path("x-aiwm-streams").asBoolean(false) && !method.equals("get"))) {
            return;
        }
        List<ApiOperation.Argument> arguments = new ArrayList<>();
        ObjectNode input = JsonNodeFactory.instance.objectNode().put("type", "object");
        ObjectNode properties = input.putObject("properties");
        List<String> required = new ArrayList<>();
        Stream.of(item, said)
                .flatMap(holder -> stream(holder.path("parameters")))
                .forEach(parameter -> {
                    ApiOperation.Argument argument = argument(schemas.resolved(parameter), properties, required);
                    if (argument != null) {
                        arguments.add(argument);
                    }
                });
        if (said.at("/requestBody/content/application~1json/schema") instanceof ObjectNode body) {
            properties.set(ApiOperation.BODY, body);
            if (said.at("/requestBody/required").asBoolean(false)) {
                required.add(ApiOperation.BODY);
            }
        }
        if (!required.isEmpty()) {
            required.forEach(input.putArray("required")::add);
        }
        input.put("additionalProperties", false);
        var tags = stream(said.path("tags")).map(JsonNode::asText).toList();
        all.add(ApiOperationBuilder.builder()
                .name(snake(said.path("operationId").asText()))
                .method(method.toUpperCase(Locale.ROOT))
                .path(path)
                .role(Role.valueOf(role.toUpperCase(Locale.ROOT)))
                .about(new ApiOperation.About(
                        said.path("summary").asText(), said.path("description").asText(), tags))
                .arguments(List.copyOf(arguments))
                .input(schemas.alone(input))
                .output(output(said.path("responses")))
                .binary(isBinary(said.path("responses")))
                .build());
    }

    /** Null: a header that tools have no use for. */
    private static ApiOperation.Argument argument(JsonNode parameter, ObjectNode properties, List<String> required) {
        String wire = parameter.path("name").asText();
        String in = parameter.path("in").asText();
        String name = in.equals("header") ? headerArgument(wire) : wire;
        if (name == null) {
            return null;
        }
        ObjectNode schema = name.equals(ApiOperation.WAIT)
                ? JsonNodeFactory.instance
                        .objectNode()
                        .put("type", "integer")
                        .put("minimum", 0)
                        .put("maximum", CallArguments.MOST_WAIT_SECONDS)
                        .put("description", "Seconds that the answer may wait for the end of what this begins.")
                : parameter.path("schema").deepCopy();
        if (!schema.has("description") && parameter.has("description")) {
            schema.set("description", parameter.get("description"));
        }
        properties.set(name, schema);
        if (parameter.path("required").asBoolean(false)) {
            required.add(name);
        }
        return new ApiOperation.Argument(name, in, wire);
    }

    private static String headerArgument(String header) {
        return switch (header) {
            case "Prefer" -> ApiOperation.WAIT;
            case "Idempotency-Key" -> "idempotencyKey";
            case "If-Match" -> "ifMatch";
            default -> null;
        };
    }

    /** Of the only answer that a success has, where that is a JSON object. */
    private ObjectNode output(JsonNode responses) {
        List<JsonNode> good = successes(responses);
        JsonNode schema = good.size() == 1
                ? good.get(0).at("/content/application~1json/schema")
                : JsonNodeFactory.instance.missingNode();
        if (!(schema instanceof ObjectNode found)
                || !"object".equals(schemas.resolved(found).path("type").textValue())) {
            return null;
        }
        ObjectNode alone = schemas.alone(found);
        // a root that only refers is no object to every client
        return alone.has("type") ? alone : alone.put("type", "object");
    }

    private boolean isBinary(JsonNode responses) {
        return successes(responses).stream()
                .map(response -> response.path("content"))
                .anyMatch(content -> !content.isEmpty()
                        && content.properties().stream().noneMatch(type -> OwnApi.isText(type.getKey())));
    }

    private List<JsonNode> successes(JsonNode responses) {
        return responses.properties().stream()
                .filter(response -> response.getKey().startsWith("2"))
                .map(response -> schemas.resolved(response.getValue()))
                .toList();
    }

    private static Stream<JsonNode> stream(JsonNode list) {
        return list.isArray() ? list.valueStream() : Stream.empty();
    }

    /** {@code listNodes} as {@code list_nodes}. */
    static String snake(String operationId) {
        return operationId.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
