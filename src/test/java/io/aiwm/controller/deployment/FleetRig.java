package io.aiwm.controller.deployment;

import io.aiwm.controller.node.NodeStatus;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A fleet of one node, which is there for each test anew. */
@Timeout(60)
public abstract class FleetRig {
    @TempDir
    protected Path folder;

    protected Fleet fleet;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
    }

    @AfterEach
    void close() {
        fleet.close();
    }
}
