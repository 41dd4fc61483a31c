package io.aiwm.worker;

import io.aiwm.boot.Config;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Settings of a worker for tests: no engine, nothing allowed but downloads from this machine. */
public final class WorkerSettings {
    private WorkerSettings() {}

    /** @param controllerUrl null: the event bus */
    public static Config.Worker worker(URI controllerUrl, String nodeId, String nodeToken) {
        return worker(controllerUrl, nodeId, nodeToken, "cpu", gpu("/nowhere/nvidia-smi"));
    }

    public static Config.Worker worker(
            URI controllerUrl, String nodeId, String nodeToken, String role, Config.Gpu gpu) {
        return new Config.Worker(
                controllerUrl,
                null,
                nodeToken,
                nodeId,
                "a test's worker",
                "Host_1.example",
                role,
                "zone-a",
                Map.of("disk", "ssd"),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                2,
                false,
                new Config.Docker(false, "/nowhere/docker.sock", Duration.ofSeconds(5), 0, 0, null, null),
                new Config.ImageRetention(Duration.ofDays(7), List.of()),
                new Config.Processes(false),
                gpu,
                policy(),
                models(),
                new Config.Proxy("127.0.0.1", 0, null, null, null));
    }

    public static Config.Gpu gpu(String command) {
        return new Config.Gpu(command, false, Duration.ofSeconds(10));
    }

    public static Config.ModelCache models() {
        return new Config.ModelCache(null, false, null, 0, 4);
    }

    public static Config.Policy policy(String... allowedDownloadHosts) {
        return new Config.Policy(
                false,
                false,
                false,
                false,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(allowedDownloadHosts),
                true);
    }
}
