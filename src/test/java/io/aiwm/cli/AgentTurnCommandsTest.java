package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.Main;
import io.aiwm.controller.agent.AgentRig;
import io.aiwm.controller.agent.ConversationFilter;
import io.aiwm.controller.agent.Tool;
import io.aiwm.testing.TinyModels;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code aiwm agents run}: messages, tool calls that wait for a word, and Ctrl-C. */
class AgentTurnCommandsTest extends AgentCommandsRig {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static void type(OutputStream to, String text) throws IOException {
        to.write(text.getBytes(StandardCharsets.UTF_8));
        to.flush();
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

    /** Also where something else than the JVM loads the tests. */
    private static String classPath() {
        return AgentTurnCommandsTest.class.getClassLoader() instanceof URLClassLoader urls
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
