package io.aiwm.controller.deployment;

import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.IpAddress;
import io.aiwm.common.Json;
import io.aiwm.common.SingleLineText;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ImageRegistry;
import io.aiwm.protocol.ModelCommand;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.ProgramText;
import io.aiwm.protocol.WorkDir;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What the controller refuses in a container's spec. Pointers begin with {@code /spec}. */
public final class ContainerRules extends FieldRules {
    private static final Pattern IMAGE =
            Pattern.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/)?"
                    + "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*"
                    + "(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?");
    private static final Pattern LABEL_KEY = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,251}[A-Za-z0-9])?");
    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_.-]{1,64}(?::[A-Za-z0-9_.-]{1,64})?");
    private static final Pattern RUNTIME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
    private static final Set<String> RESTART_POLICIES = Set.of("no", "on-failure", "always", "unless-stopped");
    private static final Set<String> PULL_POLICIES = Set.of("always", "missing", "never");
    private static final Set<String> NETWORK_MODES = Set.of("bridge", "none", "host");
    private static final double MAX_CPU = 4096;
    /** The least the engine takes; of much less it would make no limit at all. */
    private static final double MIN_CPU = 0.01;

    private static final long MAX_PIDS = 1 << 22;
    private static final long MAX_HEALTH_MS = 86_400_000;
    private static final long MAX_HEALTH_RETRIES = 1_000;
    /** 6 MiB: the least the engine takes. */
    private static final long MIN_MEMORY = 6L << 20;

    private ContainerRules() {}

    /** Everything that is wrong with a container, pointers from {@code /spec}; empty when nothing is. */
    public static List<FieldError> mistakes(ContainerSpec spec) {
        var rules = new ContainerRules();
        rules.spec(spec);
        return rules.errors;
    }

    /** The same of its GPUs alone. @param gpus null: none */
    static List<FieldError> gpuMistakes(ContainerSpec.Gpus gpus) {
        var rules = new ContainerRules();
        rules.gpus(gpus);
        return rules.errors;
    }

    /** What is wrong with the name of an image; null: nothing. */
    public static String imageMistake(String text) {
        if (text == null || text.length() > 512 || !IMAGE.matcher(text).matches()) {
            return "must be an image reference, for example ghcr.io/acme/llm:1";
        }
        return ImageRegistry.isAmbiguous(text)
                ? "must be in lower case before the tag; a registry has a dot or a port, for example ghcr.io/acme/llm:1"
                : null;
    }

    private void spec(ContainerSpec spec) {
        String image = imageMistake(spec.image());
        if (image != null) {
            wrong("/spec/image", image);
        }
        text(spec);
        SecretValues.checkMarks(spec.secretEnv(), spec.env(), this::wrongInSpec);
        SecretValues.refuse(spec.env(), spec.registryAuth(), this::wrongInSpec);
        labels(spec.labels());
        ports(spec.ports());
        volumes(spec.volumes());
        limits(spec);
        gpus(spec.gpus());
        healthCheck(spec.healthCheck());
        oneOf("/spec/restartPolicy", spec.restartPolicy(), RESTART_POLICIES);
        oneOf("/spec/pullPolicy", spec.pullPolicy(), PULL_POLICIES);
        oneOf("/spec/networkMode", spec.networkMode(), NETWORK_MODES);
        notNegative("/spec/restartMaxRetries", spec.restartMaxRetries());
        if (spec.restartMaxRetries() != null && !"on-failure".equals(spec.restartPolicy())) {
            wrong("/spec/restartMaxRetries", "goes with restartPolicy on-failure only");
        }
        process(spec);
        settings(spec);
        ProbeRules.check(spec, this::wrongInSpec);
        lines("/spec/capAdd", spec.capAdd());
        lines("/spec/devices", spec.devices());
        RegistryPasswords.rules(spec.registryAuth(), "/spec/registryAuth", this::wrong);
    }

    private void limits(ContainerSpec spec) {
        positive("/spec/cpu", spec.cpu());
        if (spec.cpu() != null && (spec.cpu() > MAX_CPU || (spec.cpu() > 0 && spec.cpu() < MIN_CPU))) {
            wrong("/spec/cpu", "is in cores, " + MIN_CPU + " to " + (int) MAX_CPU);
        }
        if (spec.memoryBytes() != null && spec.memoryBytes() < MIN_MEMORY) {
            wrong("/spec/memoryBytes", "is in bytes, at least " + MIN_MEMORY);
        }
    }

    private void process(ContainerSpec spec) {
        if (spec.runtime() != null && !RUNTIME.matcher(spec.runtime()).matches()) {
            wrong("/spec/runtime", "must be a runtime's name, for example runc");
        }
        if (spec.pidMode() != null && !spec.pidMode().equals("host")) {
            wrong("/spec/pidMode", "must be host, or absent");
        }
        positive("/spec/pidsLimit", spec.pidsLimit());
        atMost("/spec/pidsLimit", spec.pidsLimit(), MAX_PIDS);
        if (spec.user() != null && !USER.matcher(spec.user()).matches()) {
            wrong("/spec/user", "must be a name or number, with :group where wanted");
        }
        if (!WorkDir.startable(spec.workDir())) {
            wrong("/spec/workDir", "must be an absolute path of letters, digits, '.', '_' and '-', without '..'");
        }
    }

    private void text(ContainerSpec spec) {
        int before = errors.size();
        if (spec.env() != null) {
            spec.env().keySet().stream()
                    .filter(name -> !ProgramText.isVariable(name))
                    .forEach(name -> wrong(
                            "/spec/env/" + escaped(name),
                            "must begin with a letter or '_' and hold letters, digits, '_', '.', '-'"));
        }
        ProgramText.check(spec.command(), spec.entrypoint(), spec.env(), this::wrongInSpec);
        if (errors.size() == before && ProgramText.tooLarge(Json.toObject(spec))) {
            wrong("/spec", "is larger than the " + ProgramText.MOST_BYTES + " bytes that reach a worker");
        }
    }

    private void settings(ContainerSpec spec) {
        Set<String> mounted = new HashSet<>();
        if (spec.volumes() != null) {
            spec.volumes().stream()
                    .filter(volume -> volume != null && volume.target() != null)
                    .forEach(volume -> mounted.add(volume.target()));
        }
        spec.settings().check(spec.memoryBytes(), mounted, this::wrongInSpec);
    }

    private void ports(List<ContainerSpec.Port> ports) {
        if (tooMany("/spec/ports", ports)) {
            return;
        }
        Set<String> taken = new HashSet<>();
        for (int i = 0; i < ports.size(); i++) {
            var port = ports.get(i);
            String at = "/spec/ports/" + i;
            if (port == null) {
                wrong(at, "must be an object");
                continue;
            }
            if (port.containerPort() < 1 || port.containerPort() > 65_535) {
                wrong(at + "/containerPort", "must be 1 to 65535");
            }
            if (port.hostPort() != null && (port.hostPort() < 0 || port.hostPort() > 65_535)) {
                wrong(at + "/hostPort", "must be 1 to 65535, or 0 for any free one");
            }
            String protocol = port.protocol() == null ? "tcp" : port.protocol();
            oneOf(at + "/protocol", protocol, Set.of("tcp", "udp"));
            boolean fixed = port.hostPort() != null && port.hostPort() > 0;
            if (fixed && !taken.add(port.hostPort() + "/" + protocol + "/" + port.hostIp())) {
                wrong(at + "/hostPort", port.hostPort() + " is published twice");
            }
            if (port.hostIp() != null && !IpAddress.is(port.hostIp())) {
                wrong(at + "/hostIp", "must be an IP address of the node, not a name and not short for one");
            }
        }
    }

    private void volumes(List<ContainerSpec.Volume> volumes) {
        if (tooMany("/spec/volumes", volumes)) {
            return;
        }
        Set<String> targets = new HashSet<>();
        for (int i = 0; i < volumes.size(); i++) {
            var volume = volumes.get(i);
            String at = "/spec/volumes/" + i;
            if (volume == null) {
                wrong(at, "must be an object");
                continue;
            }
            if (volume.model() != null) {
                model(at, volume);
            }
            String source = volume.source();
            boolean path = source != null && source.startsWith("/") && plainPath(source);
            if (volume.model() == null && (source == null || !(path || ContainerSpec.Volume.isName(source)))) {
                wrong(
                        at + "/source",
                        "must be a volume's name of at most 96 characters, or an absolute path, both without '..'");
            }
            String target = volume.target();
            if (target == null || target.length() < 2 || !target.startsWith("/") || !plainPath(target)) {
                wrong(at + "/target", "must be an absolute path in the container without '..', not '/' itself");
            } else if ((target + "/").startsWith("/proc/") && !path) {
                wrong(at + "/target", "must not lie in /proc: the engine starts nothing with a volume there");
            } else if (!targets.add(target)) {
                wrong(at + "/target", target + " is mounted twice");
            }
        }
    }

    private void model(String at, ContainerSpec.Volume volume) {
        ModelCommand model = volume.model();
        if (volume.source() != null) {
            wrong(at + "/source", "is there beside a model; a volume has one of both");
        }
        if (Boolean.FALSE.equals(volume.readOnly())) {
            wrong(at + "/readOnly", "must not be false: models are mounted read-only");
        }
        if (NodeModel.nameOf(model.name()) == null) {
            wrong(at + "/model/name", "is not the name of a model");
        }
        if (model.version() != null && NodeModel.nameOf(model.version()) == null) {
            wrong(at + "/model/version", "is not the name of a version");
        }
        if (model.sources() != null || model.files() != null || model.url() != null) {
            wrong(at + "/model", "names a model by name and version only; model.cache says where it comes from");
        }
    }

    private static boolean plainPath(String path) {
        return path.length() <= 4096
                && SingleLineText.is(path)
                && path.indexOf(':') < 0
                && !(path + "/").contains("/../");
    }

    private void gpus(ContainerSpec.Gpus gpus) {
        if (gpus == null) {
            return;
        }
        positive("/spec/gpus/count", gpus.count());
        if (gpus.indices() != null) {
            var different = new HashSet<>(gpus.indices());
            if (gpus.indices().isEmpty()
                    || different.size() != gpus.indices().size()
                    || different.stream().anyMatch(index -> index == null || index < 0)) {
                wrong("/spec/gpus/indices", "must be different numbers from 0");
            }
            if (gpus.count() != null && gpus.count() != gpus.indices().size()) {
                wrong("/spec/gpus/count", "differs from the number of indices: leave it out");
            }
        }
    }

    private void healthCheck(ContainerSpec.HealthCheck check) {
        if (check == null) {
            return;
        }
        if (check.command() == null || check.command().isEmpty()) {
            wrong("/spec/healthCheck/command", "is missing");
        }
        words("/spec/healthCheck/command", check.command());
        positive("/spec/healthCheck/intervalMs", check.intervalMs());
        positive("/spec/healthCheck/timeoutMs", check.timeoutMs());
        positive("/spec/healthCheck/retries", check.retries());
        notNegative("/spec/healthCheck/startPeriodMs", check.startPeriodMs());
        atMost("/spec/healthCheck/intervalMs", check.intervalMs(), MAX_HEALTH_MS);
        atMost("/spec/healthCheck/timeoutMs", check.timeoutMs(), MAX_HEALTH_MS);
        atMost("/spec/healthCheck/startPeriodMs", check.startPeriodMs(), MAX_HEALTH_MS);
        atMost("/spec/healthCheck/retries", check.retries(), MAX_HEALTH_RETRIES);
    }

    private void labels(Map<String, String> labels) {
        entries("/spec/labels", labels, LABEL_KEY, "must begin and end with a letter or digit");
        if (labels != null) {
            labels.keySet().stream()
                    .filter(key -> key.toLowerCase(Locale.ROOT).startsWith("aiwm.")
                            || key.toLowerCase(Locale.ROOT).startsWith("aiwm.io/"))
                    .forEach(key -> wrong("/spec/labels/" + escaped(key), "begins with aiwm., which is reserved"));
        }
    }

    private void wrongInSpec(String pointer, String detail) {
        wrong("/spec" + pointer, detail);
    }
}
