package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.aiwm.controller.auth.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every operation, asked for by everyone: who gets in is what the contract says, and nobody else. */
@Timeout(120)
class RouteMatrixTest {

    @Test
    void every_operation_lets_in_whom_its_role_includes_and_nobody_else() {
        var wrong = new ArrayList<String>();
        try (var server = new TestServer(List.of(
                new EchoResource("nodes"),
                new EchoResource("drains"),
                new EchoResource("cluster"),
                new EchoResource("executions"),
                new EchoResource("execution-files"),
                new EchoResource("jobs"),
                new EchoResource("pins"),
                new EchoResource("job-files"),
                new EchoResource("schedules"),
                new EchoResource("models"),
                new EchoResource("model-uploads"),
                new EchoResource("model-files"),
                new EchoResource("model-tus"),
                new EchoResource("model-estimates"),
                new EchoResource("deployments"),
                new EchoResource("secrets"),
                new EchoResource("users"),
                new EchoResource("api-keys"),
                new EchoResource("teams"),
                new EchoResource("mcp")))) {
            Contract contract = server.api.contract();
            for (Operation operation : contract.operations()) {
                if (operation.id().equals("login")) {
                    continue; // open, and says 401 itself
                }
                String body = body(contract, operation);
                String path = operation
                        .path()
                        .replace("{gpu}", "0")
                        .replace("{step}", "0")
                        .replaceAll("\\{[^}]*}", "a");
                expect(server, operation, path, body, null, operation.role() == null ? 200 : 401, wrong);
                for (Role role : Role.values()) {
                    boolean in = operation.role() == null || role.includes(operation.role());
                    String token = role.name().toLowerCase(Locale.ROOT);
                    expect(server, operation, path, body, token, in ? 200 : 403, wrong);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static void expect(
            TestServer server,
            Operation operation,
            String path,
            String body,
            String token,
            int status,
            List<String> wrong) {
        int answered = server.call(operation.method().name(), path, token, body).statusCode();
        // the things of the tests answer 201 and 204
        if ((answered >= 200 && answered < 300 ? 200 : answered) != status) {
            wrong.add(operation.method() + " " + path + " as " + token + ": " + answered + " instead of " + status);
        }
    }

    private static String body(Contract contract, Operation operation) {
        JsonNode example = contract.document()
                .path("paths")
                .path(operation.path())
                .path(operation.method().name().toLowerCase(Locale.ROOT))
                .at("/requestBody/content/application~1json/example");
        return example.isMissingNode() ? null : example.toString();
    }
}
