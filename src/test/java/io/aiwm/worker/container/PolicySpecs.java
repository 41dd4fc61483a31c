package io.aiwm.worker.container;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigPolicyBuilder;
import io.aiwm.protocol.ContainerSpec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** A strict policy, and specs for it. */
final class PolicySpecs {
    static final ContainerSpec PLAIN = Specs.of("nginx:1.27", List.of(), 80);

    static final Config.Policy STRICT =
            policy(false, List.of(), List.of(), List.of(), List.of("nginx", "ghcr.io/us/*"));

    private PolicySpecs() {}

    static Config.Policy policy(
            boolean all, List<String> mounts, List<String> capabilities, List<String> devices, List<String> images) {
        return ConfigPolicyBuilder.builder()
                .allowPrivileged(all)
                .allowHostNetwork(all)
                .allowHostPid(all)
                .allowHostIpc(all)
                .allowedHostMounts(mounts)
                .allowedCapabilities(capabilities)
                .allowedDevices(devices)
                .allowedImages(images)
                .allowedDownloadHosts(List.of())
                .allowShells(true)
                .build();
    }

    static JsonArray volume(String source, String target) {
        return new JsonArray().add(new JsonObject().put("source", source).put("target", target));
    }
}
