package io.aiwm.testing;

import io.aiwm.common.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An {@link AiwmFleet} for all tests of a class, on an engine with the images of {@link TestImages}. After each test that has
 * passed nothing may be left behind; what one that has failed leaves is taken away. A static field with
 * {@code @RegisterExtension}.
 */
public final class RunningFleet implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private final int onBus;
    private final int onWebSocket;
    private final Map<String, String> settings;
    private Path folder;
    private AiwmFleet fleet;

    private RunningFleet(int onBus, int onWebSocket, Map<String, String> settings) {
        this.onBus = onBus;
        this.onWebSocket = onWebSocket;
        this.settings = settings;
    }

    public static RunningFleet of(int onBus, int onWebSocket) {
        return new RunningFleet(onBus, onWebSocket, Map.of());
    }

    /** @param settings environment variables of all processes */
    public static RunningFleet of(int onBus, int onWebSocket, Map<String, String> settings) {
        return new RunningFleet(onBus, onWebSocket, settings);
    }

    public AiwmFleet fleet() {
        return fleet;
    }

    public AiwmClient api() {
        return fleet.api;
    }

    public FleetDeployments deployments() {
        return new FleetDeployments(fleet);
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        AiwmFleet.requireEngine();
        TestImages.web(1);
        TestImages.web(2);
        folder = Files.createTempDirectory("aiwm-fleet");
        fleet = new AiwmFleet(folder, onBus, onWebSocket, settings);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (context.getExecutionException().isEmpty()) {
            fleet.nothingIsLeft();
        } else {
            fleet.deleteDeployments();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (fleet != null) {
            fleet.close();
        }
        if (folder != null) {
            FileTrees.delete(folder);
        }
    }
}
