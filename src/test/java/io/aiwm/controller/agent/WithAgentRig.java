package io.aiwm.controller.agent;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of which each has a rig of its own. */
public abstract class WithAgentRig {
    @TempDir
    protected Path folder;

    protected AgentRig rig;

    @BeforeEach
    void openRig() {
        rig = new AgentRig(folder);
    }

    @AfterEach
    void closeRig() {
        rig.close();
    }
}
