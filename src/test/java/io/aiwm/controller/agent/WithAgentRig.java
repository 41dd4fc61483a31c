package io.aiwm.controller.agent;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of which each has a rig of its own. */
public abstract class WithAgentRig {
    protected static final Duration PATIENCE = Duration.ofSeconds(60);
    /** What the model of the rig says when its tools have answered. */
    static final String AFTER_TOOLS = "It is 21 degrees in Paris and 9 in Oslo.";

    @TempDir
    protected Path folder;

    protected AgentRig rig;

    void awaitIdle() {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(rig::isIdle);
    }

    /** After the one that there is, which may go on. */
    void anotherController() {
        rig.begin(seen -> seen, List.of("127.0.0.1"));
    }

    void goesOn(Callable<Boolean> until) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            rig.agents().driver().run().await();
            return until.call();
        });
    }

    /** Of tools, as the model reads them. */
    List<String> results() {
        return rig.messages().stream()
                .filter(message -> message.role() == Message.Role.TOOL)
                .map(Message::text)
                .toList();
    }

    @BeforeEach
    void openRig() {
        rig = new AgentRig(folder);
    }

    @AfterEach
    void closeRig() {
        rig.close();
    }
}
