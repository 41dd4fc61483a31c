package io.aiwm.worker.docker;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Device;
import com.github.dockerjava.api.model.DeviceRequest;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.Ulimit;
import com.github.dockerjava.api.model.VolumeOptions;
import io.aiwm.protocol.ContainerSettings;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.worker.container.ContainerPlan;
import io.aiwm.worker.container.EngineLogSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Converts a plan into a request to Docker. Everything is set from typed fields, so that an unknown field cannot be passed
 * through; what the user does not say gets a safe default.
 */
public final class DockerRequests {
    /**
     * All capabilities are dropped but these: what official images need to bind low ports, change to their user and own
     * their files. Of Docker's own default set NET_RAW, MKNOD, AUDIT_WRITE, SETFCAP, SETPCAP and SYS_CHROOT are missing.
     */
    private static final List<Capability> CAPABILITIES = List.of(
            Capability.CHOWN,
            Capability.DAC_OVERRIDE,
            Capability.FOWNER,
            Capability.FSETID,
            Capability.KILL,
            Capability.NET_BIND_SERVICE,
            Capability.SETGID,
            Capability.SETUID);

    private static final long PIDS = 4096;
    private static final Map<String, String> LOG_LIMITS = Map.of("max-size", "10m", "max-file", "3");
    private static final long NANOS_PER_CPU = 1_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private DockerRequests() {}

    /** @param hostPortRange first-last, of host ports for ports that name none; null: the engine's own */
    public static HostConfig hostConfig(ContainerPlan plan, String hostPortRange) {
        ContainerSpec spec = plan.spec();
        boolean privileged = Boolean.TRUE.equals(spec.privileged());
        HostConfig host = HostConfig.newHostConfig()
                .withPrivileged(privileged)
                .withCapDrop(privileged ? new Capability[0] : new Capability[] {Capability.ALL})
                .withCapAdd(privileged || plan.job() != null ? new Capability[0] : capabilities(spec))
                .withSecurityOpts(List.of("no-new-privileges"))
                .withReadonlyRootfs(Boolean.TRUE.equals(spec.readOnlyRoot()))
                .withPidsLimit(spec.pidsLimit() == null ? Long.valueOf(PIDS) : Long.valueOf(spec.pidsLimit()))
                .withNetworkMode(spec.networkMode() == null ? "bridge" : spec.networkMode())
                .withRestartPolicy(restartPolicy(spec))
                .withLogConfig(new LogConfig(LogConfig.LoggingType.JSON_FILE, logLimits(plan)))
                .withMounts(plan.job() == null ? mounts(plan) : List.of(workDir(plan.job())))
                .withPortBindings(ports(spec, hostPortRange))
                .withPublishAllPorts(false);
        settings(host, spec);
        if (spec.pidMode() != null && !spec.pidMode().isEmpty()) {
            host.withPidMode(spec.pidMode());
        }
        if (plan.limits().memoryBytes() > 0) {
            // The same for both: no swap, so that a container at its limit ends instead of slowing the whole node.
            host.withMemory(plan.limits().memoryBytes())
                    .withMemorySwap(plan.limits().memoryBytes());
        }
        if (plan.limits().cpu() > 0) {
            host.withNanoCPUs((long) (plan.limits().cpu() * NANOS_PER_CPU));
        }
        if (spec.runtime() != null) {
            host.withRuntime(spec.runtime());
        }
        if (spec.devices() != null) {
            host.withDevices(spec.devices().stream()
                    .map(path -> new Device("rwm", path, path))
                    .toList());
        }
        if (spec.gpus() != null) {
            host.withDeviceRequests(List.of(gpus(spec.gpus())));
        }
        return host;
    }

    /** What is null is left to the engine. */
    private static void settings(HostConfig host, ContainerSpec spec) {
        var folders = new TreeMap<String, String>();
        if (Boolean.TRUE.equals(spec.readOnlyRoot())) {
            folders.put("/tmp", tmpfs(ContainerSettings.TMPFS_BYTES));
        }
        if (spec.tmpfs() != null) {
            spec.tmpfs().forEach(one -> folders.put(one.target(), tmpfs(one.bytes())));
        }
        if (!folders.isEmpty()) {
            host.withTmpFs(folders);
        }
        if (spec.ulimits() != null) {
            host.withUlimits(spec.ulimits().stream()
                    .map(one -> new Ulimit(one.name(), one.soft(), one.hard() == null ? one.soft() : one.hard()))
                    .toList());
        }
        host.withShmSize(spec.shmBytes()).withInit(spec.init()).withIpcMode(spec.ipc());
        if (spec.groups() != null) {
            host.withGroupAdd(spec.groups().stream().map(String::valueOf).toList());
        }
    }

    private static String tmpfs(long bytes) {
        return "rw,nosuid,nodev,size=" + bytes + ",mode=1777";
    }

    private static Mount workDir(ContainerPlan.JobBox job) {
        return new Mount()
                .withType(MountType.VOLUME)
                .withSource(job.volume())
                .withTarget(job.workDir())
                // without this an empty volume would take over what the image has there, and its owner
                .withVolumeOptions(new VolumeOptions().withNoCopy(true));
    }

    /** Two files, so that one is full when the other begins: each holds the wanted end, with the engine's words around it. */
    private static Map<String, String> logLimits(ContainerPlan plan) {
        if (plan.job() == null) {
            return LOG_LIMITS;
        }
        return Map.of("max-size", (EngineLogSize.fileBytes(plan.job().logBytes()) >> 20) + "m", "max-file", "2");
    }

    static List<ExposedPort> exposedPorts(ContainerSpec spec) {
        return spec.ports() == null
                ? List.of()
                : spec.ports().stream().map(DockerRequests::exposed).toList();
    }

    static String[] environment(ContainerPlan plan) {
        return plan.environment().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toArray(String[]::new);
    }

    /** Null where the image's own check is to be used. */
    static HealthCheck healthCheck(ContainerSpec.HealthCheck check) {
        if (check == null) {
            return null;
        }
        var test = new ArrayList<String>();
        String first = check.command().get(0);
        if (!first.equals("CMD") && !first.equals("CMD-SHELL") && !first.equals("NONE")) {
            test.add(check.command().size() == 1 ? "CMD-SHELL" : "CMD");
        }
        test.addAll(check.command());
        return new HealthCheck()
                .withTest(test)
                .withInterval(nanos(check.intervalMs()))
                .withTimeout(nanos(check.timeoutMs()))
                .withStartPeriod(nanos(check.startPeriodMs()))
                .withRetries(check.retries());
    }

    private static Long nanos(Long millis) {
        return millis == null ? null : millis * NANOS_PER_MILLI;
    }

    private static Capability[] capabilities(ContainerSpec spec) {
        Stream<Capability> more = spec.capAdd() == null
                ? Stream.empty()
                : spec.capAdd().stream()
                        .map(name -> name.toUpperCase(Locale.ROOT).replaceFirst("^CAP_", ""))
                        .flatMap(name -> Arrays.stream(Capability.values())
                                .filter(known -> known.name().equals(name)));
        return Stream.concat(CAPABILITIES.stream(), more).distinct().toArray(Capability[]::new);
    }

    private static RestartPolicy restartPolicy(ContainerSpec spec) {
        int retries = spec.restartMaxRetries() == null ? 0 : spec.restartMaxRetries();
        return switch (spec.restartPolicy() == null ? "no" : spec.restartPolicy()) {
            // also for "unless-stopped", which an engine that was killed takes for stopped when it is back; a stop
            // changes it
            case "always", "unless-stopped" -> RestartPolicy.alwaysRestart();
            case "on-failure" -> RestartPolicy.onFailureRestart(retries);
            default -> RestartPolicy.noRestart();
        };
    }

    private static List<Mount> mounts(ContainerPlan plan) {
        List<ContainerSpec.Volume> volumes = plan.spec().volumes();
        Stream<Mount> asked = volumes == null ? Stream.empty() : mounts(plan, volumes);
        Stream<Mount> taken = plan.taken().entrySet().stream()
                .map(volume -> new Mount()
                        .withType(MountType.VOLUME)
                        .withSource(volume.getValue())
                        .withTarget(volume.getKey()));
        return Stream.concat(asked, taken).toList();
    }

    private static Stream<Mount> mounts(ContainerPlan plan, List<ContainerSpec.Volume> volumes) {
        return volumes.stream().map(volume -> {
            if (volume.model() != null) {
                return new Mount()
                        .withType(MountType.BIND)
                        .withSource(plan.models().get(volume.target()))
                        .withTarget(volume.target())
                        .withReadOnly(true);
            }
            boolean named = ContainerSpec.Volume.isName(volume.source());
            return new Mount()
                    .withType(named ? MountType.VOLUME : MountType.BIND)
                    .withSource(named ? plan.owner().volumeName(volume.source()) : volume.source())
                    .withTarget(volume.target())
                    .withReadOnly(Boolean.TRUE.equals(volume.readOnly()));
        });
    }

    private static List<PortBinding> ports(ContainerSpec spec, String hostPortRange) {
        if (spec.ports() == null) {
            return List.of();
        }
        return spec.ports().stream()
                .map(port -> {
                    int wanted = port.hostPort() == null ? 0 : port.hostPort();
                    String any = hostPortRange == null ? "" : hostPortRange;
                    return new PortBinding(
                            new Ports.Binding(port.hostIp(), wanted == 0 ? any : Integer.toString(wanted)),
                            exposed(port));
                })
                .toList();
    }

    private static ExposedPort exposed(ContainerSpec.Port port) {
        return "udp".equals(port.protocol())
                ? ExposedPort.udp(port.containerPort())
                : ExposedPort.tcp(port.containerPort());
    }

    private static DeviceRequest gpus(ContainerSpec.Gpus gpus) {
        var request = new DeviceRequest().withCapabilities(List.of(List.of("gpu")));
        if (gpus.indices() != null && !gpus.indices().isEmpty()) {
            return request.withDeviceIds(
                    gpus.indices().stream().map(String::valueOf).toList());
        }
        return request.withCount(gpus.count() == null ? -1 : gpus.count());
    }
}
