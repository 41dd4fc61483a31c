package io.aiwm.protocol;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What to run, in typed fields only: nothing a user writes is passed to the container engine unread. Sizes in bytes,
 * times in milliseconds. What is null takes the worker's default.
 *
 * @param cpu cores, e.g. 1.5
 * @param restartPolicy no, on-failure, always or unless-stopped
 * @param runtime docker's default when null; runc, runsc, kata where the worker has them
 * @param pullPolicy always, missing (default) or never
 * @param secretEnv which variables of {@code env} are shown to nobody: true or false; one not named here is by how it looks
 * @param networkMode bridge (default) or none; host only where the worker's own policy allows it
 * @param workDir where its program starts; null: what the image says
 * @param shmBytes this and what follows as in {@link ContainerSettings}, up to {@code groups}
 * @param probes how the worker finds out how it is; null: it does not
 */
@RecordBuilder
public record ContainerSpec(
        String image,
        List<String> command,
        List<String> entrypoint,
        Map<String, String> env,
        List<Port> ports,
        List<Volume> volumes,
        Double cpu,
        Long memoryBytes,
        Gpus gpus,
        HealthCheck healthCheck,
        String restartPolicy,
        Integer restartMaxRetries,
        Map<String, String> labels,
        String runtime,
        String pullPolicy,
        RegistryAuth registryAuth,
        String networkMode,
        Boolean privileged,
        String pidMode,
        List<String> capAdd,
        List<String> devices,
        String user,
        Boolean readOnlyRoot,
        Integer pidsLimit,
        Map<String, Boolean> secretEnv,
        String workDir,
        Long shmBytes,
        List<ContainerSettings.Ulimit> ulimits,
        Boolean init,
        List<ContainerSettings.Tmpfs> tmpfs,
        String ipc,
        String stopSignal,
        List<Integer> groups,
        Probes probes) {

    /** The same with exactly these GPUs; unchanged when there are none. */
    public ContainerSpec withGpus(List<Integer> indices) {
        return indices.isEmpty() ? this : with(ports, new Gpus(null, indices), pullPolicy);
    }

    /** The same with these ports. */
    public ContainerSpec withPorts(List<Port> published) {
        return with(published, gpus, pullPolicy);
    }

    /** The same, and its image is pulled also where the node has one of that name. */
    public ContainerSpec alwaysPulled() {
        return with(ports, gpus, "always");
    }

    private ContainerSpec with(List<Port> published, Gpus given, String pulled) {
        return ContainerSpecBuilder.builder(this)
                .ports(published)
                .gpus(given)
                .pullPolicy(pulled)
                .build();
    }

    public ContainerSettings settings() {
        return new ContainerSettings(shmBytes, ulimits, init, tmpfs, ipc, stopSignal, groups);
    }

    /** These capabilities, and those that a worker must have to know all that is said here. */
    public List<String> withCapabilities(List<String> others) {
        var all = new LinkedHashSet<>(others);
        if (workDir != null || !settings().named().isEmpty()) {
            all.add(ContainerSettings.CAPABILITY);
        }
        if (probes != null && !probes.none()) {
            all.add(Probes.CAPABILITY);
        }
        if (volumes != null && volumes.stream().anyMatch(volume -> volume != null && volume.model() != null)) {
            all.add(ModelCommand.CAPABILITY);
        }
        return List.copyOf(all);
    }

    /** @param hostPort 0 or null: the engine picks one, and the result says which. @param protocol tcp or udp
     * @param hostIp null: the address that the worker's settings say; another one only narrows it, to loopback */
    public record Port(int containerPort, Integer hostPort, String protocol, String hostIp) {}

    /**
     * @param source a named volume, or a host path (absolute) which only the worker's policy can allow
     * @param model instead of a source: a model of the node's cache, mounted read-only; one without a version as its one file,
     *     a version as the folder of its files
     */
    public record Volume(String source, String target, Boolean readOnly, ModelCommand model) {
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,95}");

        /** Whether the source is the name of a volume; anything else is taken for a path. The worker puts a word before it. */
        public static boolean isName(String source) {
            return NAME.matcher(source).matches() && !source.contains("..");
        }

        public Volume(String source, String target, Boolean readOnly) {
            this(source, target, readOnly, null);
        }
    }

    /** @param indices exactly these; null: any count of them */
    public record Gpus(Integer count, List<Integer> indices) {}

    public record HealthCheck(
            List<String> command, Long intervalMs, Long timeoutMs, Integer retries, Long startPeriodMs) {}

    /**
     * Credentials for one registry; never logged, never shown.
     *
     * @param secret the stored secret that is the password; a worker is told it only where the controller could not read it
     */
    public record RegistryAuth(String registry, String username, String password, String secret) {
        @Override
        public String toString() {
            return "RegistryAuth[" + registry + "]";
        }
    }
}
