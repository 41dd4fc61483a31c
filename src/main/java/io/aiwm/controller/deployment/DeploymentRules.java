package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.IpAddress;
import io.aiwm.common.Json;
import io.aiwm.common.OneLine;
import io.aiwm.common.Sha256;
import io.aiwm.controller.node.LabelSelector;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ImageRegistry;
import io.aiwm.protocol.ModelUrl;
import io.aiwm.protocol.ProgramText;
import io.aiwm.protocol.WorkDir;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the controller refuses before anything is stored. The worker's own policy may refuse more (privileges, host
 * paths, images): it cannot be widened from here.
 */
public final class DeploymentRules {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");
    private static final Pattern IMAGE =
            Pattern.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/)?"
                    + "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*"
                    + "(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?");
    private static final Pattern ENV_KEY = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,255}");
    private static final Pattern LABEL_KEY = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,251}[A-Za-z0-9])?");
    private static final Pattern VOLUME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");
    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_.-]{1,64}(?::[A-Za-z0-9_.-]{1,64})?");
    private static final Pattern RUNTIME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
    private static final Set<String> RESTART_POLICIES = Set.of("no", "on-failure", "always", "unless-stopped");
    private static final Set<String> PULL_POLICIES = Set.of("always", "missing", "never");
    private static final Set<String> NETWORK_MODES = Set.of("bridge", "none", "host");
    private static final int MAX_ENTRIES = 200;
    private static final int MAX_TEXT = 32_768;
    private static final double MAX_CPU = 4096;
    private static final long MAX_PIDS = 1 << 22;
    private static final long MAX_HEALTH_MS = 86_400_000;
    private static final long MAX_HEALTH_RETRIES = 1_000;
    /** 6 MiB: the least the engine takes. */
    private static final long MIN_MEMORY = 6L << 20;

    private final List<FieldError> errors = new ArrayList<>();

    private DeploymentRules() {}

    /** Fails with UNPROCESSABLE that carries every mistake at once, each with its JSON pointer. */
    public static void check(DeploymentRequest request) {
        var rules = new DeploymentRules();
        rules.request(request);
        if (!rules.errors.isEmpty()) {
            var first = rules.errors.get(0);
            String more = rules.errors.size() == 1 ? "" : " (and " + (rules.errors.size() - 1) + " more)";
            throw new Failure(Failure.Kind.UNPROCESSABLE, first.pointer() + ": " + first.detail() + more, rules.errors);
        }
    }

    /** Everything that is wrong with a container, pointers from {@code /spec}; empty when nothing is. */
    public static List<FieldError> mistakes(ContainerSpec spec) {
        var rules = new DeploymentRules();
        rules.spec(spec);
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

    private void request(DeploymentRequest request) {
        if (request.name() == null || !NAME.matcher(request.name()).matches()) {
            wrong(
                    "/name",
                    "must be 1 to 63 letters, digits, '.', '_' or '-', beginning and ending with a letter or digit");
        }
        if (request.replicas() != null && request.replicas() != 1) {
            wrong("/replicas", "one replica for now: must be 1");
        }
        if (request.model() != null) {
            model(request.model());
        }
        var needs = request.requirements();
        if (needs != null) {
            if (request.nodeId() != null) {
                wrong("/requirements", "has no meaning beside nodeId: name the node, or what is needed of it");
            }
            if (needs.labelSelector() != null) {
                selector(needs.labelSelector());
            }
            positive("/requirements/cpu", needs.cpu());
            positive("/requirements/memoryBytes", needs.memoryBytes());
            if (needs.gpus() != null) {
                positive("/requirements/gpus/count", needs.gpus().count());
                positive("/requirements/gpus/memoryBytes", needs.gpus().memoryBytes());
            }
        }
        if (request.spec() == null) {
            wrong("/spec", "is missing: say at least the image");
        } else {
            spec(request.spec());
        }
    }

    private void selector(String text) {
        try {
            LabelSelector.parse(text);
        } catch (Failure unreadable) {
            wrong("/requirements/labelSelector", unreadable.getMessage());
        }
    }

    private void model(Deployment.Model model) {
        if (model.url() == null) {
            wrong("/model/url", "is missing");
        } else {
            String mistake = ModelUrl.mistake(model.url());
            if (mistake != null) {
                wrong("/model/url", mistake);
            }
        }
        if (model.sha256() != null && !Sha256.isHex(model.sha256())) {
            wrong("/model/sha256", "must be 64 hexadecimal digits");
        }
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
        positive("/spec/cpu", spec.cpu());
        if (spec.cpu() != null && spec.cpu() > MAX_CPU) {
            wrong("/spec/cpu", "is in cores, at most " + (int) MAX_CPU);
        }
        if (spec.memoryBytes() != null && spec.memoryBytes() < MIN_MEMORY) {
            wrong("/spec/memoryBytes", "is in bytes, at least " + MIN_MEMORY);
        }
        gpus(spec.gpus());
        healthCheck(spec.healthCheck());
        oneOf("/spec/restartPolicy", spec.restartPolicy(), RESTART_POLICIES);
        oneOf("/spec/pullPolicy", spec.pullPolicy(), PULL_POLICIES);
        oneOf("/spec/networkMode", spec.networkMode(), NETWORK_MODES);
        notNegative("/spec/restartMaxRetries", spec.restartMaxRetries());
        if (spec.restartMaxRetries() != null && !"on-failure".equals(spec.restartPolicy())) {
            wrong("/spec/restartMaxRetries", "goes with restartPolicy on-failure only");
        }
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
        settings(spec);
        lines("/spec/capAdd", spec.capAdd());
        lines("/spec/devices", spec.devices());
        if (spec.registryAuth() != null
                && (blank(spec.registryAuth().username())
                        || blank(spec.registryAuth().password()))) {
            wrong("/spec/registryAuth", "needs username and password");
        }
    }

    private void text(ContainerSpec spec) {
        int before = errors.size();
        if (spec.env() != null) {
            spec.env().keySet().stream()
                    .filter(name -> !ENV_KEY.matcher(name).matches())
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
            String source = volume.source();
            boolean path = source != null && source.startsWith("/") && plainPath(source);
            if (source == null || !(path || VOLUME.matcher(source).matches())) {
                wrong(at + "/source", "must be a volume's name, or an absolute path without '..'");
            }
            String target = volume.target();
            if (target == null || target.length() < 2 || !target.startsWith("/") || !plainPath(target)) {
                wrong(at + "/target", "must be an absolute path in the container without '..', not '/' itself");
            } else if (!targets.add(target)) {
                wrong(at + "/target", target + " is mounted twice");
            }
        }
    }

    private static boolean plainPath(String path) {
        return path.length() <= 4096 && OneLine.is(path) && path.indexOf(':') < 0 && !(path + "/").contains("/../");
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

    private void entries(String at, Map<String, String> map, Pattern key, String rule) {
        if (map == null) {
            return;
        }
        if (map.size() > MAX_ENTRIES) {
            wrong(at, "has more than " + MAX_ENTRIES + " entries");
            return;
        }
        map.forEach((name, value) -> {
            if (!key.matcher(name).matches()) {
                wrong(at + "/" + escaped(name), rule);
            }
            if (value == null) {
                wrong(at + "/" + escaped(name), "must be a text");
            }
            text(at + "/" + escaped(name), value);
            if (value != null && !value.isEmpty() && !OneLine.is(value)) {
                wrong(at + "/" + escaped(name), OneLine.RULE + ", or empty");
            }
        });
    }

    private void words(String at, List<String> words) {
        if (tooMany(at, words)) {
            return;
        }
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i) == null) {
                wrong(at + "/" + i, "must be a text");
            }
            text(at + "/" + i, words.get(i));
        }
    }

    private void lines(String at, List<String> lines) {
        int before = errors.size();
        words(at, lines);
        for (int i = 0; lines != null && errors.size() == before && i < lines.size(); i++) {
            if (!OneLine.is(lines.get(i))) {
                wrong(at + "/" + i, OneLine.RULE);
                return;
            }
        }
    }

    private void text(String at, String text) {
        if (text != null && (text.length() > MAX_TEXT || text.indexOf('\0') >= 0)) {
            wrong(at, "must be at most " + MAX_TEXT + " characters, none of them NUL");
        }
    }

    /** @return whether there is nothing to look at: absent, or too long, which is then the mistake */
    private boolean tooMany(String at, List<?> list) {
        if (list != null && list.size() > MAX_ENTRIES) {
            wrong(at, "has more than " + MAX_ENTRIES + " entries");
            return true;
        }
        return list == null;
    }

    private void oneOf(String at, String value, Set<String> allowed) {
        if (value != null && !allowed.contains(value)) {
            wrong(
                    at,
                    "must be one of "
                            + String.join(", ", allowed.stream().sorted().toList()));
        }
    }

    private void positive(String at, Number value) {
        if (value != null && !(value.doubleValue() > 0 && Double.isFinite(value.doubleValue()))) {
            wrong(at, "must be more than 0");
        }
    }

    private void atMost(String at, Number value, long most) {
        if (value != null && value.doubleValue() > most) {
            wrong(at, "must be at most " + most);
        }
    }

    private void notNegative(String at, Number value) {
        if (value != null && value.doubleValue() < 0) {
            wrong(at, "must not be negative");
        }
    }

    private static boolean blank(String text) {
        return text == null || text.isBlank();
    }

    private static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }

    private void wrongInSpec(String pointer, String detail) {
        wrong("/spec" + pointer, detail);
    }

    private void wrong(String pointer, String detail) {
        errors.add(new FieldError(pointer, detail));
    }
}
