package io.aiwm.cli;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.AgentRig;
import io.aiwm.controller.api.AgentResource;
import io.aiwm.controller.api.ApprovalResource;
import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.ConversationResource;
import io.aiwm.controller.api.EvaluationResource;
import io.aiwm.controller.api.EvaluationRunResource;
import io.aiwm.controller.api.InstructionResource;
import io.aiwm.controller.api.MemoryResource;
import io.aiwm.controller.api.ToolResource;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.http.TokenCheck;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command line at a real API of agents. */
@Timeout(120)
abstract class AgentCommandsRig {
    @TempDir
    Path folder;

    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();
    AgentRig rig;
    TestServer server;

    @BeforeEach
    void open() {
        rig = new AgentRig(folder);
        var agents = rig.agents();
        var evaluations = rig.process.evaluations();
        var keys = new IdempotencyKeys(rig.store(), InstantSource.system());
        var callers = new CallerIdentity(name -> Future.succeededFuture(AgentRig.ADA.since()));
        server = new TestServer(
                List.of(
                        new InstructionResource(agents.instructions(), keys),
                        new ToolResource(agents.tools(), agents.tryOut(), callers, keys),
                        new AgentResource(agents.agents(), rig::resolved, keys),
                        new MemoryResource(agents.agents(), agents.memories(), callers),
                        new ConversationResource(
                                agents.conversations(), agents.turns(), agents.reading(), callers, keys),
                        new ApprovalResource(agents.approvals(), callers),
                        new EvaluationResource(evaluations.evaluations(), keys),
                        new EvaluationRunResource(evaluations.runs(), callers, keys)),
                TokenCheck.of(AgentCommandsRig::known));
    }

    static Principal known(String token) {
        if (!Set.of("ada", "bob").contains(token)) {
            throw new Failure(Failure.Kind.UNAUTHENTICATED, "nobody");
        }
        return new Principal(token, Role.OPERATOR, token, Instant.now().plusSeconds(600));
    }

    @AfterEach
    void close() {
        server.close();
        rig.close();
    }

    Map<String, String> environment(String user) {
        return Map.of(
                "AIWM_ADDR", "http://127.0.0.1:" + server.port, "AIWM_TOKEN", user, "AIWM_DATA_DIR", folder.toString());
    }

    int as(String user, InputStream input, String... arguments) {
        out.reset();
        err.reset();
        return new Cli(
                        environment(user),
                        (loaded, verticles) -> {},
                        input,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .execute(arguments);
    }

    int run(String... arguments) {
        return as("ada", InputStream.nullInputStream(), arguments);
    }

    String said() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String complained() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
