package io.aiwm.worker;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigPolicyBuilder;
import io.aiwm.boot.ConfigWorkerBuilder;
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
        return ConfigWorkerBuilder.builder()
                .controllerUrl(controllerUrl)
                .nodeToken(nodeToken)
                .nodeId(nodeId)
                .nodeName("a test's worker")
                .hostname("Host_1.example")
                .role(role)
                .zone("zone-a")
                .labels(Map.of("disk", "ssd"))
                .heartbeatInterval(Duration.ofSeconds(30))
                .metricsInterval(Duration.ofSeconds(60))
                .resourceInterval(Duration.ofSeconds(10))
                .replicaInterval(Duration.ofSeconds(10))
                .jobPollInterval(Duration.ofSeconds(5))
                .maxParallel(2)
                .stopContainersOnExit(false)
                .docker(new Config.Docker(false, "/nowhere/docker.sock", Duration.ofSeconds(5), 0, 0, null, null))
                .images(new Config.ImageRetention(Duration.ofDays(7), List.of()))
                .process(new Config.Processes(false))
                .gpu(gpu)
                .policy(policy())
                .modelCache(models())
                .proxy(new Config.Proxy("127.0.0.1", 0, null, null, null))
                .build();
    }

    public static Config.Gpu gpu(String command) {
        return new Config.Gpu(command, false, Duration.ofSeconds(10));
    }

    public static Config.ModelCache models() {
        return new Config.ModelCache(null, false, null, 0, 4);
    }

    public static Config.Policy policy(String... allowedDownloadHosts) {
        return ConfigPolicyBuilder.builder()
                .allowPrivileged(false)
                .allowHostNetwork(false)
                .allowHostPid(false)
                .allowHostIpc(false)
                .allowedHostMounts(List.of())
                .allowedCapabilities(List.of())
                .allowedDevices(List.of())
                .allowedImages(List.of())
                .allowedDownloadHosts(List.of(allowedDownloadHosts))
                .allowShells(true)
                .build();
    }
}
