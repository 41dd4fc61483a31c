package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of a controller with a clock turned by hand. */
abstract class NodesRig {
    @TempDir
    Path folder;

    FleetUnderTest fleet;

    @BeforeEach
    void begin() {
        fleet = new FleetUnderTest(folder);
    }

    @AfterEach
    void end() {
        fleet.close();
    }

    static java.util.function.Predicate<Throwable> is(Failure.Kind kind) {
        return cause -> cause instanceof Failure failure && failure.kind == kind;
    }
}
