package io.aiwm.worker.container;

import io.aiwm.boot.Config;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ContainerSettings;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What this worker lets a container have, whatever the controller asks for. {@link #check} is the one gate, and every
 * path that makes a container goes through it; everything is denied that the operator has not allowed in the worker's
 * own settings. Not allowed by any setting: the engine's socket, the namespaces of another container, variables that
 * put code into programs or widen the GPUs a container sees, and labels that look like ours.
 */
public final class ContainerPolicy {
    private static final Set<String> NETWORKS = Set.of("bridge", "none");
    private static final Set<String> LOADER_VARIABLES = Set.of("LD_PRELOAD", "LD_AUDIT");

    private final Config.Policy policy;
    private final HostPaths hostPaths;

    /** @param engineSocket path or URI of the engine's socket, which no container ever gets */
    public ContainerPolicy(Config.Policy policy, String engineSocket) {
        this.policy = policy;
        this.hostPaths = new HostPaths(orEmpty(policy.allowedHostMounts()), engineSocket);
    }

    /** Fails with {@code policy}, naming the first field that is denied and the setting that could allow it. */
    public void check(ContainerSpec spec) {
        image(spec.image());
        if (Boolean.TRUE.equals(spec.privileged()) && !policy.allowPrivileged()) {
            deny("privileged", "is not allowed by this worker's policy (allowPrivileged)");
        }
        network(spec.networkMode());
        processes(spec.pidMode());
        if (ContainerSettings.IPC_HOST.equals(spec.ipc()) && !policy.allowHostIpc()) {
            deny("ipc", "host is not allowed by this worker's policy (allowHostIpc)");
        }
        orEmpty(spec.capAdd()).forEach(this::capability);
        orEmpty(spec.devices()).forEach(this::device);
        volumes(orEmpty(spec.volumes()));
        environment(spec.env() == null ? Map.of() : spec.env());
        labels(spec.labels() == null ? Map.of() : spec.labels());
    }

    private void image(String image) {
        List<String> allowed = orEmpty(policy.allowedImages());
        if (!allowed.isEmpty() && allowed.stream().noneMatch(pattern -> ImageNames.allows(pattern, image))) {
            deny("image", image + " is not among the images this worker's policy allows (allowedImages)");
        }
    }

    private void network(String mode) {
        if (mode == null || NETWORKS.contains(mode)) {
            return;
        }
        if (!mode.equals("host")) {
            deny("networkMode", "must be bridge or none");
        }
        if (!policy.allowHostNetwork()) {
            deny("networkMode", "host is not allowed by this worker's policy (allowHostNetwork)");
        }
    }

    private void processes(String mode) {
        if (mode == null || mode.isEmpty()) {
            return;
        }
        if (!mode.equals("host")) {
            deny("pidMode", "must be left out, or be host");
        }
        if (!policy.allowHostPid()) {
            deny("pidMode", "host is not allowed by this worker's policy (allowHostPid)");
        }
    }

    private void capability(String name) {
        String wanted = bare(name);
        if (orEmpty(policy.allowedCapabilities()).stream()
                .map(ContainerPolicy::bare)
                .noneMatch(wanted::equals)) {
            deny("capAdd", wanted + " is not allowed by this worker's policy (allowedCapabilities)");
        }
    }

    private static String bare(String capability) {
        String upper = String.valueOf(capability).toUpperCase(Locale.ROOT);
        return upper.startsWith("CAP_") ? upper.substring("CAP_".length()) : upper;
    }

    private void device(String device) {
        if (!orEmpty(policy.allowedDevices()).contains(device)) {
            deny("devices", device + " is not allowed by this worker's policy (allowedDevices)");
        }
    }

    private void volumes(List<ContainerSpec.Volume> volumes) {
        for (int i = 0; i < volumes.size(); i++) {
            String field = "volumes[" + i + "]";
            String target = volumes.get(i).target();
            if (List.of(target.split("/")).contains("..") || target.contains(":")) {
                deny(field + ".target", "must not contain .. or a colon");
            }
            String source = volumes.get(i).source();
            boolean ours = volumes.get(i).model() != null || ContainerSpec.Volume.isName(source);
            String refusal = ours ? null : hostPaths.refusal(source);
            if (refusal != null) {
                deny(field + ".source", refusal);
            }
        }
    }

    private void environment(Map<String, String> env) {
        for (String name : env.keySet()) {
            String upper = name.toUpperCase(Locale.ROOT);
            if (LOADER_VARIABLES.contains(upper) || upper.startsWith("NVIDIA_")) {
                deny("env." + name, "may not be set: it would change what is loaded or which GPUs are seen");
            }
        }
    }

    private void labels(Map<String, String> labels) {
        for (String name : labels.keySet()) {
            if (name.startsWith(ContainerLabels.PREFIX)) {
                deny("labels." + name, "may not be set: labels with " + ContainerLabels.PREFIX + " are the worker's");
            }
        }
    }

    private static <T> List<T> orEmpty(List<T> list) {
        return list == null ? List.of() : list;
    }

    private static void deny(String field, String why) {
        throw new CommandFailure(CommandError.of(ErrorCategory.POLICY, "spec." + field + " " + why)
                .onThisNode());
    }
}
