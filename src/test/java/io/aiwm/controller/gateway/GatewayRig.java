package io.aiwm.controller.gateway;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A controller with its gateway for WebSockets. */
abstract class GatewayRig {
    @TempDir
    Path folder;

    GatewayUnderTest controller;

    @BeforeEach
    void begin() {
        controller = new GatewayUnderTest(folder);
    }

    @AfterEach
    void end() {
        controller.close();
    }
}
