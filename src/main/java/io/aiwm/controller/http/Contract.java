package io.aiwm.controller.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.aiwm.controller.auth.Role;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The OpenAPI 3.1 document, put together from one file per resource, and its operations with compiled schemas. It is
 * the routing table and the judge of every request; what it says is what is served at {@code /api-docs/openapi.json}.
 */
public final class Contract {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete", "options");
    private static final YAMLMapper YAML = new YAMLMapper();

    private final ObjectNode document;
    private final List<Operation> operations = new ArrayList<>();
    private SchemaCompiler compiler;

    private Contract(ObjectNode document) {
        this.document = document;
    }

    /**
     * Reads {@code base.yaml} and the named fragments. Reading takes about 0.2 s on a cold JVM: call it off the event
     * loop. Fails with IllegalStateException when two fragments say the same thing or an operation is incomplete.
     */
    public static Contract load(List<String> fragments) {
        ObjectNode document = read("base");
        for (String fragment : new LinkedHashSet<>(fragments)) {
            merge(document, read(fragment), fragment);
        }
        CommonAnswers.addTo(document);
        var contract = new Contract(document);
        contract.compile();
        return contract;
    }

    /** Compiles every schema now, so that the first requests need not. Fails when one of them is wrong. */
    void compileAll() {
        for (Operation operation : operations) {
            if (operation.body() != null) {
                operation.body().compiled();
            }
            operation.pathParameters().forEach(parameter -> parameter.schema().compiled());
            operation.queryParameters().forEach(parameter -> parameter.schema().compiled());
        }
    }

    List<Operation> operations() {
        return operations;
    }

    ObjectNode document() {
        return document;
    }

    String json() {
        return document.toPrettyString();
    }

    String yaml() {
        try {
            return YAML.writeValueAsString(document);
        } catch (IOException cause) {
            throw new IllegalStateException("the contract cannot be written as YAML", cause);
        }
    }

    private static ObjectNode read(String fragment) {
        String name = "/openapi/" + fragment + ".yaml";
        try (InputStream in = Contract.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("resource " + name + " is missing");
            }
            return (ObjectNode) YAML.readTree(in);
        } catch (IOException cause) {
            throw new IllegalStateException(name + ": " + cause.getMessage(), cause);
        }
    }

    private static void merge(ObjectNode document, ObjectNode fragment, String name) {
        for (JsonNode tag : fragment.path("tags")) {
            document.withArray("tags").add(tag);
        }
        addAll(document.withObject("/paths"), fragment.path("paths"), name);
        fragment.path("components")
                .properties()
                .forEach(part -> addAll(
                        document.withObject("/components").withObjectProperty(part.getKey()), part.getValue(), name));
    }

    private static void addAll(ObjectNode target, JsonNode more, String name) {
        more.properties().forEach(entry -> {
            if (target.putIfAbsent(entry.getKey(), entry.getValue()) != null) {
                throw new IllegalStateException(name + ".yaml says " + entry.getKey() + " again");
            }
        });
    }

    private void compile() {
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .filter(entry -> METHODS.contains(entry.getKey()))
                        .forEach(entry -> operations.add(operation(path.getKey(), entry.getKey(), path.getValue()))));
        Set<String> ids = new LinkedHashSet<>();
        for (Operation operation : operations) {
            if (!ids.add(operation.id())) {
                throw new IllegalStateException("operationId " + operation.id() + " is used twice");
            }
        }
    }

    private Operation operation(String path, String method, JsonNode item) {
        JsonNode said = item.path(method);
        String where = method + " " + path;
        String id = said.path("operationId").asText(null);
        String role = said.path("x-aiwm-role").asText(null);
        if (id == null || role == null) {
            throw new IllegalStateException(where + " needs operationId and x-aiwm-role");
        }
        List<Operation.Parameter> inPath = new ArrayList<>();
        List<Operation.Parameter> inQuery = new ArrayList<>();
        parameters(item, pointer("paths", path), inPath, inQuery);
        parameters(said, pointer("paths", path, method), inPath, inQuery);
        JsonNode content = said.at("/requestBody/content/application~1json/schema");
        Schema body = content.isMissingNode()
                ? null
                : schema(pointer("paths", path, method, "requestBody", "content", "application/json", "schema"));
        return OperationBuilder.builder()
                .id(id)
                .method(HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)))
                .path(path)
                .role(role.equals("none") ? null : Role.valueOf(role.toUpperCase(Locale.ROOT)))
                .body(body)
                .bodyRequired(said.at("/requestBody/required").asBoolean(false))
                .pathParameters(List.copyOf(inPath))
                .queryParameters(List.copyOf(inQuery))
                .streams(said.path("x-aiwm-streams").asBoolean(false))
                .uploads(said.path("x-aiwm-uploads").asBoolean(false))
                .raw(said.path("x-aiwm-raw").asBoolean(false))
                .shortForms(body == null ? null : Shorthand.of(document, content))
                .build();
    }

    private void parameters(
            JsonNode holder, String at, List<Operation.Parameter> inPath, List<Operation.Parameter> inQuery) {
        ArrayNode list = holder.path("parameters") instanceof ArrayNode array ? array : document.arrayNode();
        for (int i = 0; i < list.size(); i++) {
            JsonNode node = list.get(i);
            String here = at + "/parameters/" + i;
            if (node.has("$ref")) {
                here = node.path("$ref").asText().substring(1);
                node = document.at(here);
            }
            JsonNode schema = node.path("schema");
            boolean repeated = schema.path("type").asText().equals("array");
            JsonNode one = repeated ? schema.path("items") : schema;
            var parameter = new Operation.Parameter(
                    node.path("name").asText(),
                    one.path("type").asText("string"),
                    repeated,
                    node.path("required").asBoolean(false),
                    schema(here + "/schema" + (repeated ? "/items" : "")));
            switch (node.path("in").asText()) {
                case "path" -> inPath.add(parameter);
                case "query" -> inQuery.add(parameter);
                case "header" -> {
                    // If-Match and the like are read where they are needed; unknown headers are always fine
                }
                default -> throw new IllegalStateException(here + ": where is this parameter?");
            }
        }
    }

    private Schema schema(String pointer) {
        return new Schema(() -> compiler().compile(pointer));
    }

    /** Made when first needed: loading the validator's classes is a third of the work of reading the contract. */
    private synchronized SchemaCompiler compiler() {
        if (compiler == null) {
            compiler = new SchemaCompiler(document);
        }
        return compiler;
    }

    private static String pointer(String... parts) {
        var text = new StringBuilder();
        for (String part : parts) {
            text.append('/').append(part.replace("~", "~0").replace("/", "~1"));
        }
        return text.toString();
    }
}
