package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.inference.InUseCheck;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whose model or server goes with a deployment. */
@Timeout(60)
class ModelUsesTest {
    @TempDir
    Path folder;

    private AgentRig rig;
    private GatewayConfig config = GatewayConfig.EMPTY;

    @BeforeEach
    void open() {
        rig = new AgentRig(folder);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void deployed(String... names) {
        config = new GatewayConfig(
                1,
                List.of(names).stream()
                        .map(name -> GatewayConfigDeployedBuilder.builder()
                                .id("dep_" + name)
                                .name(name)
                                .modelName("scripted")
                                .build())
                        .toList(),
                null,
                null,
                null,
                null);
    }

    private void deletes(String name) {
        inUse().deployment("dep_" + name, name, false).await();
    }

    private void aliases(GatewayConfig.Alias... all) {
        config = new GatewayConfig(1, config.deployments(), null, List.of(all), null, null);
    }

    private static GatewayConfig.Alias alias(String name, String to) {
        return new GatewayConfig.Alias(name, List.of(new GatewayConfig.Weighted(to, 1)), null);
    }

    private InUseCheck inUse() {
        var inUse = new InUseCheck(() -> config);
        inUse.usedBy(rig.agents().modelUses());
        return inUse;
    }

    @Test
    void an_alias_that_leads_to_nothing_is_in_use_by_agents_that_name_it() {
        rig.agent(null);
        aliases(alias("scripted", "gone"), alias("other", "gone"));
        assertThatThrownBy(() -> inUse().alias("scripted", false).await())
                .hasMessage("alias scripted is not deleted, unless force=true says so all the same: in use by agent"
                        + " helper (agent_1)");
        assertThatThrownBy(() -> inUse().otherAliases(Set.of("other"), false).await())
                .hasMessageContaining("in use by agent helper (agent_1)");
        assertThatCode(() -> inUse().alias("other", false).await()).doesNotThrowAnyException();
        assertThatCode(() -> inUse().alias("scripted", true).await()).doesNotThrowAnyException();
        // a deployment that serves the model of this name answers when the alias is gone
        deployed("one");
        aliases(alias("scripted", "gone"));
        assertThatCode(() -> inUse().alias("scripted", false).await()).doesNotThrowAnyException();
    }

    @Test
    void a_deployment_is_in_use_by_agents_that_nothing_else_would_answer_and_by_tools_that_it_serves() {
        rig.agent(null);
        deployed("one", "two");
        assertThatCode(() -> deletes("one")).doesNotThrowAnyException();
        deployed("one");
        assertThatThrownBy(() -> deletes("one"))
                .hasMessage("deployment one is not deleted, unless force=true says so all the same: in use by agent"
                        + " helper (agent_1)")
                .satisfies(cause -> assertThat(Failure.of(cause).kind).isEqualTo(Failure.Kind.CONFLICT));
        assertThatCode(() -> deletes("gone")).doesNotThrowAnyException();
        rig.agents()
                .tools()
                .create(
                        "tool_2",
                        ToolRequestBuilder.builder()
                                .name("files")
                                .kind(Tool.Kind.MCP)
                                .mcp(new Tool.Mcp(null, "gone", null, null))
                                .build(),
                        "ada")
                .await();
        assertThatThrownBy(() -> deletes("gone")).hasMessageContaining("in use by tool files (tool_2)");
        rig.agents().tools().delete("tool_2", null).await();
        rig.agents().agents().delete("agent_1", null).await();
        assertThatCode(() -> deletes("gone")).doesNotThrowAnyException();
        assertThatCode(() -> deletes("one")).doesNotThrowAnyException();
    }
}
