package io.aiwm.worker.container;

import io.aiwm.common.IpAddress;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ProgramText;
import io.aiwm.protocol.WorkDir;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.job.ProgramRules;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What makes no sense in a container spec, on any worker: fails with {@code invalid}, naming the field. */
final class SpecRules {
    private static final int LONGEST_IMAGE = 512;

    /**
     * An image reference: registry and path, tag, digest; nothing that could be read as an option or a URL. Possessive
     * where it repeats: what follows begins with another character, so nothing is tried twice, and no group recurses.
     */
    private static final Pattern IMAGE = Pattern.compile(
            "(?:[A-Za-z0-9.-]+(?::\\d{1,5})?/)?[a-z0-9]++(?:[._/-]++[a-z0-9]++)*+(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?");

    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_.-]{1,64}(?::[A-Za-z0-9_.-]{1,64})?");
    private static final Pattern RUNTIME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final long LEAST_MEMORY_BYTES = 6L << 20;
    private static final int MOST_ENTRIES = 256;

    private SpecRules() {}

    /** The spec itself when it can be read. */
    static ContainerSpec checked(ContainerSpec spec) {
        require(spec != null, "spec", "is missing");
        require(
                spec.image() != null
                        && spec.image().length() <= LONGEST_IMAGE
                        && IMAGE.matcher(spec.image()).matches(),
                "image",
                "is not an image reference");
        require(spec.cpu() == null || (spec.cpu() > 0 && spec.cpu() <= 4096), "cpu", "must be more than 0 cores");
        require(
                spec.memoryBytes() == null || spec.memoryBytes() >= LEAST_MEMORY_BYTES,
                "memoryBytes",
                "must be at least 6 MiB, the least the engine takes");
        require(
                spec.pidsLimit() == null || (spec.pidsLimit() > 0 && spec.pidsLimit() <= 1 << 22),
                "pidsLimit",
                "must be from 1 to 4194304");
        require(
                oneOf(spec.pullPolicy(), "always", "missing", "never"),
                "pullPolicy",
                "must be always, missing or never");
        require(
                oneOf(spec.restartPolicy(), "no", "on-failure", "always", "unless-stopped"),
                "restartPolicy",
                "must be no, on-failure, always or unless-stopped");
        require(
                spec.restartMaxRetries() == null || spec.restartMaxRetries() >= 0,
                "restartMaxRetries",
                "must not be negative");
        require(matches(USER, spec.user()), "user", "must be a name or number, with :group where wanted");
        require(matches(RUNTIME, spec.runtime()), "runtime", "is not the name of a runtime");
        ProgramRules.check("spec.", spec.command(), spec.entrypoint(), spec.env());
        ports(spec.ports());
        volumes(spec.volumes());
        gpus(spec.gpus());
        health(spec.healthCheck());
        require(WorkDir.startable(spec.workDir()), "workDir", "must be an absolute path without '..'");
        settings(spec);
        if (spec.probes() != null) {
            spec.probes().check(spec.networkMode(), (pointer, problem) -> {
                throw ProgramRules.invalid("spec.", "/probes" + pointer, problem);
            });
        }
        return spec;
    }

    private static void settings(ContainerSpec spec) {
        Set<String> mounted = new HashSet<>();
        if (spec.volumes() != null) {
            spec.volumes().forEach(volume -> mounted.add(volume.target()));
        }
        spec.settings().check(spec.memoryBytes(), mounted, (pointer, problem) -> {
            throw ProgramRules.invalid("spec.", pointer, problem);
        });
    }

    private static void texts(String field, List<String> texts) {
        if (texts != null) {
            require(
                    texts.size() <= ProgramText.MOST_ENTRIES,
                    field,
                    "has more than " + ProgramText.MOST_ENTRIES + " words");
            texts.forEach(text -> require(text != null && text.indexOf('\0') < 0, field, "has an impossible word"));
        }
    }

    private static void ports(List<ContainerSpec.Port> ports) {
        if (ports == null) {
            return;
        }
        require(ports.size() <= MOST_ENTRIES, "ports", "has more than 256 entries");
        Set<String> taken = new HashSet<>();
        for (int i = 0; i < ports.size(); i++) {
            var port = ports.get(i);
            String field = "ports[" + i + "]";
            require(port != null, field, "is missing");
            require(
                    port.containerPort() >= 1 && port.containerPort() <= 65535,
                    field + ".containerPort",
                    "must be from 1 to 65535");
            require(
                    port.hostPort() == null || (port.hostPort() >= 0 && port.hostPort() <= 65535),
                    field + ".hostPort",
                    "must be from 0 (any free one) to 65535");
            require(oneOf(port.protocol(), "tcp", "udp"), field + ".protocol", "must be tcp or udp");
            require(port.hostIp() == null || IpAddress.is(port.hostIp()), field + ".hostIp", "must be an IP address");
            if (port.hostPort() != null && port.hostPort() > 0) {
                String place = port.hostIp() + ":" + port.hostPort() + "/" + port.protocol();
                require(taken.add(place), field + ".hostPort", "is asked for twice");
            }
        }
    }

    private static void volumes(List<ContainerSpec.Volume> volumes) {
        if (volumes == null) {
            return;
        }
        require(volumes.size() <= MOST_ENTRIES, "volumes", "has more than 256 entries");
        Set<String> targets = new HashSet<>();
        for (int i = 0; i < volumes.size(); i++) {
            var volume = volumes.get(i);
            String field = "volumes[" + i + "]";
            require(volume != null, field, "is missing");
            boolean sourced = volume.source() != null && !volume.source().isBlank();
            require(
                    sourced != (volume.model() != null),
                    field + ".source",
                    sourced ? "is there beside a model" : "is missing, and so is a model");
            require(
                    volume.target() != null
                            && volume.target().startsWith("/")
                            && volume.target().length() > 1,
                    field + ".target",
                    "must be an absolute path, and not /");
            require(targets.add(volume.target()), field + ".target", "is asked for twice");
        }
    }

    private static void gpus(ContainerSpec.Gpus gpus) {
        if (gpus != null) {
            require(gpus.count() == null || gpus.count() > 0, "gpus.count", "must be more than 0");
            require(
                    gpus.indices() == null || gpus.indices().stream().allMatch(index -> index != null && index >= 0),
                    "gpus.indices",
                    "must not be negative");
        }
    }

    private static void health(ContainerSpec.HealthCheck check) {
        if (check != null) {
            require(
                    check.command() != null && !check.command().isEmpty(),
                    "healthCheck.command",
                    "needs at least one word");
            texts("healthCheck.command", check.command());
            for (Long millis : new Long[] {check.intervalMs(), check.timeoutMs(), check.startPeriodMs()}) {
                require(
                        millis == null || millis == 0 || (millis >= 1 && millis <= 86_400_000L),
                        "healthCheck",
                        "has a time that is negative or longer than a day");
            }
            require(
                    check.retries() == null || (check.retries() >= 0 && check.retries() <= 1000),
                    "healthCheck.retries",
                    "must be from 0 to 1000");
        }
    }

    private static boolean oneOf(String value, String... allowed) {
        return value == null || List.of(allowed).contains(value);
    }

    private static boolean matches(Pattern pattern, String value) {
        return value == null || pattern.matcher(value).matches();
    }

    private static void require(boolean good, String field, String problem) {
        if (!good) {
            throw new CommandFailure(ErrorCategory.INVALID, "spec." + field + " " + problem);
        }
    }
}
