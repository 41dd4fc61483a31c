package io.aiwm.worker.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ContainerMount;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ContainerPort;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.MemoryStatsConfig;
import com.github.dockerjava.api.model.NetworkSettings;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.StatisticNetworksConfig;
import com.github.dockerjava.api.model.Statistics;
import com.github.dockerjava.api.model.StatsConfig;
import io.aiwm.protocol.ContainerHealth;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.aiwm.worker.container.ContainerLabels;
import io.aiwm.worker.container.EngineContainer;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Converts answers of a Docker Engine into the types of {@link io.aiwm.worker.container.Engine}. */
final class DockerViews {
    private static final Pattern MADE_UP = Pattern.compile("[0-9a-f]{64}");

    private static final String HOST_NETWORK = "host";

    private DockerViews() {}

    /** Blocks. Fails with NotFoundException if there is no such container. */
    static EngineContainer inspect(DockerClient client, String idOrName) {
        return of(client.inspectContainerCmd(idOrName).exec());
    }

    static EngineContainer of(InspectContainerResponse answer) {
        Map<String, String> labels = answer.getConfig().getLabels();
        var made = new EngineContainer.Made(
                answer.getId(),
                answer.getName().replaceFirst("^/", ""),
                answer.getConfig().getImage(),
                answer.getImageId(),
                answer.getCreated(),
                labels == null ? Map.of() : labels);
        Map<String, String> volumes = anonymous(
                answer.getMounts() == null ? List.of() : answer.getMounts(),
                InspectContainerResponse.Mount::getName,
                mount -> mount.getDestination() == null
                        ? null
                        : mount.getDestination().getPath());
        var network = answer.getNetworkSettings();
        return new EngineContainer(
                made,
                status(answer),
                volumes,
                ports(network == null ? null : network.getPorts()),
                new EngineContainer.Run(
                        answer.getState().getStartedAt(),
                        ip(answer.getHostConfig(), network),
                        restarts(answer.getHostConfig())));
    }

    private static boolean restarts(HostConfig host) {
        return host == null
                || host.getRestartPolicy() == null
                || !("".equals(host.getRestartPolicy().getName())
                        || "no".equals(host.getRestartPolicy().getName()));
    }

    /** In the first of its networks; of the host's network the loopback address; null where it cannot be reached. */
    private static String ip(HostConfig host, NetworkSettings network) {
        if (host != null && HOST_NETWORK.equals(host.getNetworkMode())) {
            return "127.0.0.1";
        }
        return network == null || network.getNetworks() == null
                ? null
                : network.getNetworks().values().stream()
                        .map(ContainerNetwork::getIpAddress)
                        .filter(address -> address != null && !address.isEmpty())
                        .findFirst()
                        .orElse(null);
    }

    private static EngineContainer.Status status(InspectContainerResponse answer) {
        var state = answer.getState();
        var health = state.getHealth();
        boolean ended = state.getFinishedAt() != null && !state.getFinishedAt().startsWith("0001");
        boolean started = state.getStartedAt() != null && !state.getStartedAt().startsWith("0001");
        // one that waits for its restart counts as running for the engine, and has the code it ended with
        boolean up = Boolean.TRUE.equals(state.getRunning()) && !Boolean.TRUE.equals(state.getRestarting());
        return new EngineContainer.Status(
                state.getStatus(),
                health == null ? withoutHealth(answer, up) : health.getStatus(),
                health == null || health.getLog() == null || health.getLog().isEmpty()
                        ? null
                        : health.getLog().get(health.getLog().size() - 1).getOutput(),
                (ended || started) && !up && state.getExitCodeLong() != null
                        ? (Integer) state.getExitCodeLong().intValue()
                        : null,
                Boolean.TRUE.equals(state.getOOMKilled()),
                answer.getRestartCount() == null ? 0 : answer.getRestartCount(),
                state.getError() == null ? "" : state.getError());
    }

    /** The engine says that a container runs a moment before it says how it is: one that has a check is starting until then. */
    private static String withoutHealth(InspectContainerResponse answer, boolean up) {
        var check = answer.getConfig() == null ? null : answer.getConfig().getHealthcheck();
        boolean checked =
                check != null && check.getTest() != null && !check.getTest().isEmpty();
        return up && checked && !check.getTest().get(0).equals("NONE")
                ? ContainerHealth.STARTING.wire()
                : ContainerHealth.NONE.wire();
    }

    /**
     * What the container is told to end with: what it was made with, else what its image names, else SIGTERM. The library has
     * no field for it and keeps what it does not know of the whole answer only, not of its parts.
     */
    static String stopSignal(InspectContainerResponse answer) {
        return answer.getRawValues().get("Config") instanceof Map<?, ?> config
                        && config.get("StopSignal") instanceof String signal
                        && !signal.isBlank()
                ? signal
                : "SIGTERM";
    }

    static EngineContainer of(Container answer) {
        String[] names = answer.getNames();
        var made = new EngineContainer.Made(
                answer.getId(),
                names == null || names.length == 0 ? "" : names[0].replaceFirst("^/", ""),
                answer.getImage(),
                answer.getImageId(),
                Instant.ofEpochSecond(answer.getCreated()).toString(),
                answer.getLabels() == null ? Map.of() : answer.getLabels());
        var status =
                new EngineContainer.Status(answer.getState(), ContainerHealth.NONE.wire(), null, null, false, 0, "");
        Map<String, String> volumes = anonymous(
                answer.getMounts() == null ? List.of() : answer.getMounts(),
                ContainerMount::getName,
                ContainerMount::getDestination);
        List<EngineContainer.Port> ports = Arrays.stream(
                        answer.getPorts() == null ? new ContainerPort[0] : answer.getPorts())
                .filter(port -> port.getPublicPort() != null && port.getPrivatePort() != null)
                .map(port -> new EngineContainer.Port(
                        port.getPrivatePort(), port.getPublicPort(), port.getType(), port.getIp()))
                .toList();
        return new EngineContainer(made, status, volumes, ports, EngineContainer.Run.UNKNOWN);
    }

    /** Volumes whose names the engine made up; those of specs have a prefix. */
    private static <T> Map<String, String> anonymous(
            List<T> mounts, Function<T, String> name, Function<T, String> target) {
        var volumes = new HashMap<String, String>();
        for (T mount : mounts) {
            String volume = name.apply(mount);
            String where = target.apply(mount);
            if (volume != null && where != null && MADE_UP.matcher(volume).matches()) {
                volumes.put(where, volume);
            }
        }
        return volumes;
    }

    /** One line per port: the engine lists IPv4 and IPv6 apart, and IPv4 comes first. */
    private static List<EngineContainer.Port> ports(Ports published) {
        var ports = new ArrayList<EngineContainer.Port>();
        if (published != null) {
            for (Map.Entry<ExposedPort, Ports.Binding[]> entry :
                    published.getBindings().entrySet()) {
                for (Ports.Binding binding : entry.getValue() == null ? new Ports.Binding[0] : entry.getValue()) {
                    var port = new EngineContainer.Port(
                            entry.getKey().getPort(),
                            Integer.parseInt(binding.getHostPortSpec()),
                            entry.getKey().getProtocol().toString(),
                            binding.getHostIp());
                    boolean sameButIp = ports.stream()
                            .anyMatch(known -> known.containerPort() == port.containerPort()
                                    && known.protocol().equals(port.protocol())
                                    && known.hostPort() == port.hostPort());
                    if (!sameButIp) {
                        ports.add(port);
                    }
                }
            }
        }
        return ports;
    }

    static ContainerStats of(EngineContainer container, Statistics sample) {
        var memory = sample.getMemoryStats();
        return MetricsContainerStatsBuilder.builder()
                .containerId(container.id())
                .name(container.name())
                .image(container.image())
                .state(container.status().state())
                .deploymentId(container.label(ContainerLabels.DEPLOYMENT))
                .replica(container.label(ContainerLabels.DEPLOYMENT) == null ? null : (Integer) container.replica())
                .gpus(container.gpus())
                .cpuUsage(cpu(sample))
                .memoryUsedBytes(used(memory))
                .memoryLimitBytes(memory == null ? null : memory.getLimit())
                .networkReceivedBytes(bytes(sample, true))
                .networkSentBytes(bytes(sample, false))
                .build();
    }

    /**
     * What the container cannot do without: anonymous and shared memory, and that of the kernel. Pages of files that it has read
     * go when there is need of room, so they are not in it. Null: the engine does not say.
     */
    static Long used(MemoryStatsConfig memory) {
        if (memory == null || memory.getUsage() == null) {
            return null;
        }
        StatsConfig pages = memory.getStats();
        long ofFiles = pages == null
                ? 0
                // control groups of the first version say it of all groups below in fields of their own
                : either(pages.getTotalActiveFile(), pages.getActiveFile())
                        + either(pages.getTotalInactiveFile(), pages.getInactiveFile());
        return Math.max(0, memory.getUsage() - ofFiles);
    }

    private static long either(Long first, Long second) {
        return first != null ? first : second == null ? 0 : second;
    }

    /** Cores in use between the sample's two readings; null when the engine gave only one. */
    private static Double cpu(Statistics sample) {
        try {
            long now = sample.getCpuStats().getCpuUsage().getTotalUsage();
            long before = sample.getPreCpuStats().getCpuUsage().getTotalUsage();
            long nanos = Duration.between(Instant.parse(sample.getPreread()), Instant.parse(sample.getRead()))
                    .toNanos();
            return nanos <= 0 || nanos > Duration.ofMinutes(1).toNanos() || now < before
                    ? null
                    : (double) (now - before) / nanos;
        } catch (NullPointerException | DateTimeParseException missing) {
            return null;
        }
    }

    private static Long bytes(Statistics sample, boolean received) {
        if (sample.getNetworks() == null) {
            return null;
        }
        long sum = 0;
        for (StatisticNetworksConfig network : sample.getNetworks().values()) {
            Long bytes = received ? network.getRxBytes() : network.getTxBytes();
            sum += bytes == null ? 0 : bytes;
        }
        return sum;
    }
}
