package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.time.Duration;
import java.util.List;

/** {@code worker.docker.*}, {@code worker.process.*}, {@code worker.gpu.*} and {@code worker.policy.*}: what a worker runs work with, and what it allows. */
final class SandboxSettings {
    private SandboxSettings() {}

    static final Setting<Boolean> WORKER_DOCKER_ENABLED = setting(
                    "worker.docker.enabled", SettingType.flag(), "true", "use the container engine when it answers")
            .also("ENABLE_DOCKER");
    static final Setting<String> WORKER_DOCKER_SOCKET = setting(
                    "worker.docker.socket",
                    SettingType.text(),
                    "/var/run/docker.sock",
                    "path or URI of the engine's socket")
            .also("DOCKER_SOCKET", "DOCKER_HOST");
    static final Setting<Duration> WORKER_DOCKER_TIMEOUT = setting(
                    "worker.docker.timeout",
                    SettingType.duration("100ms", "1h"),
                    "60s",
                    "limit of one call to the engine")
            .also("DOCKER_TIMEOUT");
    static final Setting<Long> WORKER_DOCKER_MEMORY_LIMIT_BYTES = setting(
                    "worker.docker.memoryLimitBytes",
                    SettingType.bytes("0", "1048576g"),
                    "0",
                    "for containers that name none; 0: no limit")
            .also("DOCKER_MEMORY_LIMIT");
    static final Setting<Double> WORKER_DOCKER_CPU_LIMIT = setting(
                    "worker.docker.cpuLimit",
                    SettingType.decimal(0),
                    "0",
                    "cores for containers that name none; 0: no limit")
            .also("DOCKER_CPU_LIMIT");
    static final Setting<String> WORKER_DOCKER_BIND_ADDRESS = setting(
            "worker.docker.bindAddress",
            SettingType.addressOr(Config.Docker.ALL_ADDRESSES),
            null,
            "where ports of deployments are published that name no hostIp, which may only narrow it to loopback; none:"
                    + " 127.0.0.1 in standalone, else the address by which this node reaches its controller");
    static final Setting<String> WORKER_DOCKER_HOST_PORT_RANGE = setting(
            "worker.docker.hostPortRange",
            portRange(),
            null,
            "first-last: the host ports of this node that ports without a hostPort are given; none: any free one, as the"
                    + " engine chooses");
    static final Setting<Duration> WORKER_DOCKER_IMAGE_RETENTION = setting(
            "worker.docker.imageRetention",
            SettingType.duration("0s", "36500d"),
            "7d",
            "images that AIWM pulled are removed when nothing has used them for so long, and volumes whose deployment or"
                    + " job is gone; at least 1h, 0s: never");
    static final Setting<List<String>> WORKER_DOCKER_PINNED_IMAGES = setting(
            "worker.docker.pinnedImages", SettingType.list(), "", "exact names of images that are never removed");
    static final Setting<Boolean> WORKER_PROCESS_ENABLED = setting(
            "worker.process.enabled",
            SettingType.flag(),
            "false",
            "DANGEROUS: lets jobs run as plain processes, with NO isolation: whoever may make a job"
                    + " gets the rights of the worker's user on this machine");
    static final Setting<String> WORKER_GPU_NVIDIA_SMI_PATH = setting(
                    "worker.gpu.nvidiaSmiPath", SettingType.text(), "nvidia-smi", "program that reports the GPUs")
            .also("NVIDIA_SMI_PATH");
    static final Setting<Boolean> WORKER_GPU_MOCK_MODE = setting(
                    "worker.gpu.mockMode", SettingType.flag(), "false", "report invented GPUs, for tests without one")
            .also("GPU_MOCK_MODE");
    static final Setting<Duration> WORKER_GPU_TIMEOUT =
            setting("worker.gpu.timeout", SettingType.duration("100ms", "10m"), "5s", "limit of one nvidia-smi call");
    static final Setting<Boolean> WORKER_POLICY_ALLOW_PRIVILEGED =
            setting("worker.policy.allowPrivileged", SettingType.flag(), "false", "containers may be privileged");
    static final Setting<Boolean> WORKER_POLICY_ALLOW_HOST_NETWORK = setting(
            "worker.policy.allowHostNetwork", SettingType.flag(), "false", "containers may use the host's network");
    static final Setting<Boolean> WORKER_POLICY_ALLOW_HOST_PID = setting(
            "worker.policy.allowHostPid", SettingType.flag(), "false", "containers may see the host's processes");
    static final Setting<Boolean> WORKER_POLICY_ALLOW_HOST_IPC = setting(
            "worker.policy.allowHostIpc",
            SettingType.flag(),
            "false",
            "containers may share the host's memory segments, semaphores and queues");
    static final Setting<List<String>> WORKER_POLICY_ALLOWED_HOST_MOUNTS =
            setting("worker.policy.allowedHostMounts", SettingType.list(), "", "host folders containers may mount");
    static final Setting<List<String>> WORKER_POLICY_ALLOWED_CAPABILITIES = setting(
            "worker.policy.allowedCapabilities", SettingType.list(), "", "Linux capabilities containers may add");
    static final Setting<List<String>> WORKER_POLICY_ALLOWED_DEVICES =
            setting("worker.policy.allowedDevices", SettingType.list(), "", "host devices containers may use");
    static final Setting<List<String>> WORKER_POLICY_ALLOWED_IMAGES =
            setting("worker.policy.allowedImages", SettingType.list(), "", "image prefixes; empty: any image");
    static final Setting<List<String>> WORKER_POLICY_ALLOWED_DOWNLOAD_HOSTS = setting(
            "worker.policy.allowedDownloadHosts", SettingType.list(), "", "internal hosts that models may come from");
    static final Setting<Boolean> WORKER_POLICY_ALLOW_SHELLS = setting(
            "worker.policy.allowShells",
            SettingType.flag(),
            "true",
            "shells may be opened in containers of deployments on this node; false: none, whatever the controller says");

    /** {@code 30000-30100}. */
    private static SettingType<String> portRange() {
        return SettingType.scalar(
                "first-last, ports from 1024 to 65535",
                text -> {
                    String[] ends = text.matches("\\d{4,5}\\s*-\\s*\\d{4,5}") ? text.split("\\s*-\\s*", 2) : null;
                    int first = ends == null ? 0 : Integer.parseInt(ends[0]);
                    int last = ends == null ? 0 : Integer.parseInt(ends[1]);
                    if (first < 1_024 || last < first || last > 65_535) {
                        throw new IllegalArgumentException(
                                "must be two ports from 1024 to 65535, for example 30000-30100, not '" + text + "'");
                    }
                    return first + "-" + last;
                },
                text -> text);
    }

    static Config.Docker docker(Values v) {
        return new Config.Docker(
                v.get(WORKER_DOCKER_ENABLED),
                v.get(WORKER_DOCKER_SOCKET),
                v.get(WORKER_DOCKER_TIMEOUT),
                v.get(WORKER_DOCKER_MEMORY_LIMIT_BYTES),
                v.get(WORKER_DOCKER_CPU_LIMIT),
                v.get(WORKER_DOCKER_BIND_ADDRESS),
                v.get(WORKER_DOCKER_HOST_PORT_RANGE));
    }

    static Config.ImageRetention imageRetention(Values v) {
        return new Config.ImageRetention(v.get(WORKER_DOCKER_IMAGE_RETENTION), v.get(WORKER_DOCKER_PINNED_IMAGES));
    }

    static Config.Processes processes(Values v) {
        return new Config.Processes(v.get(WORKER_PROCESS_ENABLED));
    }

    static Config.Gpu gpu(Values v) {
        return new Config.Gpu(
                v.get(WORKER_GPU_NVIDIA_SMI_PATH), v.get(WORKER_GPU_MOCK_MODE), v.get(WORKER_GPU_TIMEOUT));
    }

    static Config.Policy policy(Values v) {
        return ConfigPolicyBuilder.builder()
                .allowPrivileged(v.get(WORKER_POLICY_ALLOW_PRIVILEGED))
                .allowHostNetwork(v.get(WORKER_POLICY_ALLOW_HOST_NETWORK))
                .allowHostPid(v.get(WORKER_POLICY_ALLOW_HOST_PID))
                .allowHostIpc(v.get(WORKER_POLICY_ALLOW_HOST_IPC))
                .allowedHostMounts(v.get(WORKER_POLICY_ALLOWED_HOST_MOUNTS))
                .allowedCapabilities(v.get(WORKER_POLICY_ALLOWED_CAPABILITIES))
                .allowedDevices(v.get(WORKER_POLICY_ALLOWED_DEVICES))
                .allowedImages(v.get(WORKER_POLICY_ALLOWED_IMAGES))
                .allowedDownloadHosts(v.get(WORKER_POLICY_ALLOWED_DOWNLOAD_HOSTS))
                .allowShells(v.get(WORKER_POLICY_ALLOW_SHELLS))
                .build();
    }
}
