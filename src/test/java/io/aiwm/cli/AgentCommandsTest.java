package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.agent.AgentRig;
import io.aiwm.controller.agent.Conversations;
import io.aiwm.testing.TinyModels;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code aiwm agents}, {@code aiwm memory} and {@code aiwm evaluations} show and change what there is. */
class AgentCommandsTest extends AgentCommandsRig {
    private static final String HOSTILE = "x\u001b[2J\u202Ey\r<script>";

    private static void assertHarmless(String text) {
        assertThat(text).doesNotContain("\u001b", "\u202E", "\r");
    }

    private JsonObject made(String path, JsonObject body) {
        var answer = server.call("POST", path, "ada", body.encode());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 202);
        return new JsonObject(answer.body());
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
}
