package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the contract promises about itself, for every fragment that ships. */
class ContractTest {

    /** The fragments as files, so that a new one is looked at without being listed here. */
    private static List<String> fragments() throws IOException, URISyntaxException {
        Path folder = Path.of(
                        ContractTest.class.getResource("/openapi/base.yaml").toURI())
                .getParent();
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml") && !name.equals("base.yaml"))
                    .map(name -> name.substring(0, name.length() - 5))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void every_operation_says_what_a_client_needs() throws IOException, URISyntaxException {
        JsonNode document = Contract.load(fragments()).document();
        var tags = new TreeSet<String>();
        document.path("tags").forEach(tag -> tags.add(tag.path("name").asText()));
        var lacks = new ArrayList<String>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(entry -> {
                    if (entry.getValue().has("operationId")) {
                        check(document, path.getKey(), entry.getKey(), entry.getValue(), tags, lacks);
                    }
                }));
        assertThat(lacks).isEmpty();
    }

    private static void check(
            JsonNode document, String path, String method, JsonNode operation, Set<String> tags, List<String> lacks) {
        String name = method + " " + path + " ";
        if (operation.path("summary").asText().isBlank()) {
            lacks.add(name + "summary");
        }
        if (!operation.path("tags").isArray() || operation.path("tags").isEmpty()) {
            lacks.add(name + "tags");
        }
        operation.path("tags").forEach(tag -> {
            if (!tags.contains(tag.asText())) {
                lacks.add(name + "description of tag " + tag.asText());
            }
        });
        if (operation.has("requestBody")) {
            example(document, name + "request ", operation.at("/requestBody/content"), lacks);
        }
        JsonNode responses = operation.path("responses");
        if (Stream.of("200", "201", "202", "204").noneMatch(responses::has)) {
            lacks.add(name + "success");
        }
        if (!responses.has("400")) {
            lacks.add(name + "400");
        }
        responses.properties().forEach(response -> {
            JsonNode said = response.getValue().has("$ref")
                    ? document.at(response.getValue().path("$ref").asText().substring(1))
                    : response.getValue();
            if (said.path("description").asText().isBlank()) {
                lacks.add(name + response.getKey() + " description");
            }
            example(document, name + response.getKey() + " ", said.path("content"), lacks);
        });
    }

    private static void example(JsonNode document, String name, JsonNode content, List<String> lacks) {
        content.properties().forEach(type -> {
            if (!type.getValue().has("example")
                    && !shows(document, type.getValue().path("schema"))) {
                lacks.add(name + type.getKey() + " example");
            }
        });
    }

    /** A schema may bring the example, a page's that of its items. */
    private static boolean shows(JsonNode document, JsonNode schema) {
        if (schema.has("$ref")) {
            return shows(document, document.at(schema.path("$ref").asText().substring(1)));
        }
        JsonNode items = schema.at("/properties/items/items");
        return schema.has("examples") || (!items.isMissingNode() && shows(document, items));
    }

    /** What is left open says so with {@code additionalProperties}. */
    @Test
    void every_object_of_the_contract_is_described_with_its_fields() throws IOException, URISyntaxException {
        var lacks = new ArrayList<String>();
        JsonNode document = Contract.load(fragments()).document();
        undescribed(document, "", document, lacks);
        assertThat(lacks).isEmpty();
    }

    private static void undescribed(JsonNode document, String at, JsonNode node, List<String> lacks) {
        if (node.path("type").asText().equals("object")
                && !node.has("properties")
                && !node.has("additionalProperties")) {
            lacks.add(at);
        }
        String target = node.path("$ref").asText("");
        if (!target.isEmpty() && document.at(target.substring(1)).isMissingNode()) {
            lacks.add(at + " refers to nothing: " + target);
        }
        if (node.isObject()) {
            node.properties().forEach(field -> {
                if (!field.getKey().equals("example") && !field.getKey().equals("examples")) {
                    undescribed(document, at + "/" + field.getKey(), field.getValue(), lacks);
                }
            });
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                undescribed(document, at + "/" + i, node.get(i), lacks);
            }
        }
    }

    /** An example that the contract itself would refuse is worse than none. */
    @Test
    void every_example_of_a_body_is_accepted() throws IOException, URISyntaxException {
        Contract contract = Contract.load(fragments());
        for (Operation operation : contract.operations()) {
            JsonNode said = contract.document()
                    .path("paths")
                    .path(operation.path())
                    .path(operation.method().name().toLowerCase(java.util.Locale.ROOT));
            JsonNode example = said.at("/requestBody/content/application~1json/example");
            if (!example.isMissingNode()) {
                assertThat(operation.body().validate(example))
                        .as(operation.id())
                        .isEmpty();
            }
        }
    }

    /** Names and reasons end up in logs and on terminals. Of jobs, deployments and logins code says so. */
    @Test
    void no_name_and_no_reason_can_break_a_line_or_command_a_terminal() throws IOException, URISyntaxException {
        var byRules = Set.of(
                "createJob",
                "executeJob",
                "planJob",
                "createDeployment",
                "updateDeployment",
                "patchDeployment",
                "planDeployment",
                "login");
        int found = 0;
        for (Operation operation : Contract.load(fragments()).operations()) {
            for (String field : List.of("name", "reason", "message", "description", "username", "zone", "type")) {
                for (String hostile : List.of("a\u001b[2J", "a\nb", "a\n", "a\u009b", "a\u2028b")) {
                    var body = JsonNodeFactory.instance.objectNode().put(field, hostile);
                    if (operation.body() == null || byRules.contains(operation.id()) || !takes(operation, body)) {
                        continue;
                    }
                    found++;
                    assertThat(operation.body().validate(body))
                            .as(operation.id() + " " + body)
                            .anyMatch(wrong ->
                                    wrong.getInstanceLocation().toString().equals("/" + field));
                }
            }
        }
        assertThat(found).isGreaterThan(50);
    }

    private static boolean takes(Operation operation, JsonNode body) {
        return operation.body().validate(body).stream()
                .noneMatch(wrong -> wrong.getType().equals("additionalProperties"));
    }

    /** Misspelt keywords and dangling references are found here, and not by the first request. */
    @Test
    void every_schema_can_be_compiled() throws IOException, URISyntaxException {
        Contract.load(fragments()).compileAll();
    }

    @Test
    void an_operation_without_handler_or_a_handler_without_operation_stops_the_start() {
        Contract contract = Contract.load(List.of("things"));
        assertThatThrownBy(() -> Api.routes(contract, List.of(), AuditTrail.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("createThing");
        assertThatThrownBy(() -> Api.routes(Contract.load(List.of()), List.of(new ThingResource()), AuditTrail.NONE))
                .hasMessageContaining("createThing");
        assertThatThrownBy(() -> Contract.load(List.of("nowhere"))).hasMessageContaining("nowhere.yaml");
    }
}
