package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.Main;
import io.aiwm.common.Failure;
import io.aiwm.controller.agent.AgentRig;
import io.aiwm.controller.agent.ConversationFilter;
import io.aiwm.controller.agent.Conversations;
import io.aiwm.controller.agent.Tool;
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
import io.aiwm.testing.TinyModels;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code aiwm agents}, {@code aiwm memory} and {@code aiwm evaluations} at a real API. */
@Timeout(120)
class AgentCommandsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String HOSTILE = "x\u001b[2J\u202Ey\r<script>";

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private AgentRig rig;
    private TestServer server;

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
                TokenCheck.of(AgentCommandsTest::known));
    }

    private static Principal known(String token) {
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

    private Map<String, String> environment(String user) {
        return Map.of(
                "AIWM_ADDR", "http://127.0.0.1:" + server.port, "AIWM_TOKEN", user, "AIWM_DATA_DIR", folder.toString());
    }

    private static void type(OutputStream to, String text) throws IOException {
        to.write(text.getBytes(StandardCharsets.UTF_8));
        to.flush();
    }

    private int as(String user, InputStream input, String... arguments) {
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

    private int run(String... arguments) {
        return as("ada", InputStream.nullInputStream(), arguments);
    }

    private String said() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String complained() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private static void assertHarmless(String text) {
        assertThat(text).doesNotContain("\u001b", "\u202E", "\r");
    }

    private JsonObject made(String path, JsonObject body) {
        var answer = server.call("POST", path, "ada", body.encode());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 202);
        return new JsonObject(answer.body());
    }

    private String onlyConversation() {
        return rig.agents()
                .conversations()
                .find(new ConversationFilter(AgentRig.ADA, null, null, List.of(), null, false), 10, null)
                .await()
                .items()
                .get(0)
                .id();
    }

    @Test
    void agents_and_their_parts_are_listed_and_shown() {
        rig.tool(rig.weather("GET"));
        rig.agent(null, "weather");
        assertThat(run("agents", "list")).isZero();
        assertThat(said()).containsPattern("(?m)^NAME +MODEL +TOOLS +ACTIVE +ID +AGE$");
        assertThat(said()).containsPattern("(?m)^helper +scripted +1 +true +agent_1 +\\d+s$");
        assertThat(run("agents", "tools", "-o", "name")).isZero();
        assertThat(said().strip()).isEqualTo("weather");
        assertThat(run("agents", "instructions")).isZero();
        assertThat(said()).containsPattern("(?m)^support +1 +true +ada +\\d+s$");
        assertThat(run("agents", "show", "helper")).isZero();
        assertThat(said())
                .containsPattern("(?m)^instruction +support$")
                .containsPattern("(?m)^tools +weather$")
                .containsPattern("(?m)^callable +true$")
                .containsPattern("(?m)^leads to +endpoint scripted$");
        assertThat(run("agents", "show", "nobody")).isEqualTo(3);
        assertThat(complained()).contains("nobody");
    }

    @Test
    void one_message_is_answered_and_the_exit_code_says_whether() {
        rig.agent(null);
        assertThat(run("agents", "chat", "helper", "--message", "Hello", "--title", "Greeting"))
                .as(complained())
                .isZero();
        assertThat(said()).isEqualTo(TinyModels.ANSWER + "\n");
        String conversation = onlyConversation();
        rig.engine.refuses = "You help";
        assertThat(run("agents", "chat", "helper", "--conversation", conversation, "--message", "Hello"))
                .isEqualTo(1);
        assertThat(complained()).contains("the turn is FAILED: ");
        rig.engine.refuses = null;
        assertThat(run("agents", "conversations", "--agent", "helper")).isZero();
        assertThat(said()).containsPattern("(?m)^" + conversation + " +Greeting +IDLE +ada +\\d+s$");
        assertThat(run("agents", "chat", "helper", "-o", "json", "--message", "Hello"))
                .isZero();
        List<JsonObject> events = said().lines().map(JsonObject::new).toList();
        assertThat(events.get(events.size() - 1).getString("type")).isEqualTo("done");
        assertThat(as(
                        "bob",
                        InputStream.nullInputStream(),
                        "agents",
                        "chat",
                        "helper",
                        "--conversation",
                        conversation,
                        "--message",
                        "Hello"))
                .isEqualTo(3);
        assertThat(said()).isEmpty();
    }

    @Test
    void each_line_of_the_input_is_a_message_of_one_conversation() throws Exception {
        rig.agent(null);
        var input = new PipedInputStream();
        var chat = new Thread(() -> as("ada", input, "agents", "chat", "helper"));
        try (var typed = new PipedOutputStream(input)) {
            chat.start();
            type(typed, "Hello\n\n");
            await().atMost(PATIENCE).until(() -> said().equals(TinyModels.ANSWER + "\n"));
            rig.engine.refuses = "You help";
            type(typed, "Who is there?\n");
            await().atMost(PATIENCE).until(() -> complained().contains("the turn is FAILED"));
            rig.engine.refuses = null;
            type(typed, "And now?\n");
            await().atMost(PATIENCE).until(() -> said().equals((TinyModels.ANSWER + "\n").repeat(2)));
        }
        chat.join(PATIENCE.toMillis());
        assertThat(chat.isAlive()).isFalse();
        assertThat(complained()).contains("conversation conv_");
    }

    @Test
    void a_tool_call_waits_for_the_word_that_is_given_at_the_command_line() throws Exception {
        rig.tool(rig.weather("GET").approval(Tool.Approval.ASK));
        rig.agent(null, "weather");
        var chat = new Thread(() -> run("agents", "chat", "helper", "--message", "What is the weather?"));
        chat.start();
        var waiting = new ByteArrayOutputStream();
        var pending = new ArrayList<String>();
        await().atMost(PATIENCE).until(() -> {
            waiting.reset();
            other(waiting, "agents", "approvals", "-o", "name");
            pending.clear();
            waiting.toString(StandardCharsets.UTF_8).lines().forEach(pending::add);
            return pending.size() == 2;
        });
        String bergen = "{\"city\":\"Bergen\"}";
        assertThat(other(waiting, "agents", "approve", pending.get(0), pending.get(1), "--arguments", bergen))
                .isEqualTo(2);
        assertThat(other(waiting, "agents", "approve", pending.get(0), "--arguments", "Bergen"))
                .isEqualTo(2);
        assertThat(other(waiting, "agents", "approve", pending.get(0), "--arguments", bergen))
                .isZero();
        assertThat(other(waiting, "agents", "deny", "appr_none", pending.get(1), "--reason", "not today"))
                .isEqualTo(3);
        chat.join(PATIENCE.toMillis());
        assertThat(said()).endsWith("It is 21 degrees in Paris and 9 in Oslo.\n");
        assertThat(complained()).contains("waits for your word", "; it is denied otherwise at 20", "[calls weather]");
        assertThat(rig.toolServer.asked).hasSize(1);
        assertThat(rig.toolServer.asked.toString()).contains("Bergen");
    }

    /** Beside a command that runs. */
    private int other(ByteArrayOutputStream to, String... arguments) {
        var print = new PrintStream(to, true, StandardCharsets.UTF_8);
        return new Cli(environment("ada"), (loaded, verticles) -> {}, print, print).execute(arguments);
    }

    @Test
    void what_models_and_users_say_is_no_command_to_the_terminal() {
        rig.agent(null);
        rig.agents()
                .instructions()
                .replace(
                        "support",
                        new io.aiwm.controller.agent.InstructionRequest(
                                "support", null, "Say " + HOSTILE + "\nsecond line", null, null, null, null),
                        "ada",
                        null)
                .await();
        assertThat(run("agents", "chat", "helper", "--message", "Hello")).isZero();
        assertThat(said()).startsWith("x\uFFFD[2J\uFFFDy\uFFFD<script>\nsecond line\n");
        assertHarmless(said());
        rig.agents()
                .conversations()
                .create("conv_hostile", new Conversations.Wanted("helper", HOSTILE, null, null, null), AgentRig.ADA)
                .await();
        assertThat(run("agents", "conversations")).isZero();
        assertThat(said()).contains("conv_hostile");
        assertThat(run("agents", "conversations", "--agent", "helper", "--text", "nowhere"))
                .isZero();
        assertThat(said()).doesNotContain("conv_hostile");
        assertThat(run("agents", "conversations", "--tag", "none")).isZero();
        assertThat(said()).doesNotContain("conv_hostile");
        assertThat(run("agents", "tools", "--tag", "none", "--text", "x")).isZero();
        assertHarmless(said());
        assertThat(run("agents", "show", HOSTILE)).isNotZero();
        assertHarmless(complained());
        assertThat(run("memory", "delete", "helper", HOSTILE)).isNotZero();
        assertHarmless(said() + complained());
        assertThat(run("evaluations", "run", "weather", "--candidate", "helper@" + HOSTILE))
                .isEqualTo(2);
        assertHarmless(complained());
    }

    @Test
    void notes_are_listed_and_deleted() {
        rig.agent(null);
        rig.agents()
                .agents()
                .replace(
                        "helper",
                        io.aiwm.controller.agent.AgentRequestBuilder.builder()
                                .name("helper")
                                .instructionId("support")
                                .toolIds(List.of())
                                .model("scripted")
                                .memory(new io.aiwm.controller.agent.AgentMemory(1_000))
                                .variables(Map.of("who", "people"))
                                .build(),
                        "ada",
                        null)
                .await();
        for (String key : List.of("city", "food", "pet")) {
            String call = "call remember "
                    + new JsonObject().put("key", key).put("text", HOSTILE).encode();
            assertThat(run("agents", "chat", "helper", "--message", call))
                    .as(complained())
                    .isZero();
        }
        assertThat(run("memory", "list", "helper")).isZero();
        assertThat(said()).containsPattern("(?m)^KEY +TAGS +TEXT +AGE$").contains("city", "food", "pet");
        assertHarmless(said());
        assertThat(run("memory", "delete", "helper")).isEqualTo(2);
        assertThat(run("memory", "delete", "helper", "city")).isZero();
        assertThat(run("memory", "delete", "helper", "city")).isEqualTo(3);
        assertThat(as("bob", InputStream.nullInputStream(), "memory", "list", "helper", "-o", "name"))
                .isZero();
        assertThat(said()).isEmpty();
        assertThat(run("memory", "delete", "helper", "--all")).isZero();
        assertThat(run("memory", "list", "helper", "-o", "name")).isZero();
        assertThat(said()).isEmpty();
    }

    @Test
    void an_evaluation_is_run_and_its_table_is_shown() {
        rig.agent(null);
        var answer = new JsonObject().put("type", "contains").put("text", TinyModels.ANSWER);
        var other = new JsonObject().put("type", "contains").put("text", "something else");
        made(
                "/api/evaluations",
                new JsonObject()
                        .put("name", "greetings")
                        .put(
                                "cases",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put("name", "good")
                                                .put("prompt", "Hello")
                                                .put("expect", new JsonArray().add(answer)))
                                        .add(new JsonObject()
                                                .put("name", "bad")
                                                .put("prompt", "Hello")
                                                .put("expect", new JsonArray().add(other)))));
        assertThat(run("evaluations", "list", "-o", "name")).isZero();
        assertThat(said().strip()).isEqualTo("greetings");
        assertThat(run("evaluations", "run", "greetings")).isEqualTo(2);
        assertThat(run(
                        "evaluations",
                        "run",
                        "greetings",
                        "--candidate",
                        "helper@1",
                        "--candidate",
                        "helper=scripted",
                        "--wait"))
                .as(complained())
                .isZero();
        assertThat(said())
                .containsPattern("(?m)^CASE +A +B +CHANGE +WHY$")
                .containsPattern("(?m)^good +passed +passed +same")
                .containsPattern("(?m)^bad +failed +failed +same +contains: ");
        assertThat(run("evaluations", "runs", "greetings", "-o", "name")).isZero();
        String id = said().strip();
        assertThat(run("evaluations", "results", id, "--csv")).isZero();
        assertThat(said()).contains("case,change");
        assertThat(run("evaluations", "results", id, "--differing")).isZero();
        assertThat(said().lines()).hasSize(1);
        assertThat(run("evaluations", "cancel", id)).isEqualTo(6);
        assertThat(as("bob", InputStream.nullInputStream(), "evaluations", "results", id))
                .isEqualTo(3);
    }

    /** Also where something else than the JVM loads the tests. */
    private static String classPath() {
        return AgentCommandsTest.class.getClassLoader() instanceof URLClassLoader urls
                ? Stream.of(urls.getURLs()).map(URL::getPath).collect(Collectors.joining(File.pathSeparator))
                : System.getProperty("java.class.path");
    }

    /** A process of its own: a signal is for all of one. */
    @Test
    void ctrl_c_ends_the_turn_and_the_process() throws Exception {
        rig.agent(null);
        var builder = new ProcessBuilder(
                // who runs the tests in the background has it ignored, and processes inherit that
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                Main.class.getName(),
                "agents",
                "chat",
                "helper",
                "--message",
                "stall");
        builder.environment().putAll(environment("ada"));
        Process process = builder.start();
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            var printed = new char[4];
            assertThat(lines.read(printed)).isEqualTo(4);
            assertThat(new String(printed)).isEqualTo("half");
            assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                            .start()
                            .waitFor())
                    .isZero();
            rig.engine.awaitCancelled(1);
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(130);
        } finally {
            process.destroyForcibly();
        }
        await().atMost(PATIENCE)
                .until(() -> rig.agents()
                                .conversations()
                                .get(onlyConversation(), AgentRig.ADA)
                                .await()
                                .turn()
                        == null);
    }
}
