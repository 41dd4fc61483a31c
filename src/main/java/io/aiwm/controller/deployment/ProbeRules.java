package io.aiwm.controller.deployment;

import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.Probes;
import java.util.function.BiConsumer;

/** What the controller refuses in the probes of a container. */
final class ProbeRules {
    private ProbeRules() {}

    /** @param wrong takes the JSON pointer within the spec and what is wrong */
    static void check(ContainerSpec spec, BiConsumer<String, String> wrong) {
        Probes probes = spec.probes();
        if (probes == null) {
            return;
        }
        probes.check(spec.networkMode(), (pointer, detail) -> wrong.accept("/probes" + pointer, detail));
        secretHeaders("/probes/startup", probes.startup(), wrong);
        secretHeaders("/probes/readiness", probes.readiness(), wrong);
        secretHeaders("/probes/liveness", probes.liveness(), wrong);
    }

    /** A spec shows its headers to all who may see it, and to the engine's users as part of a label. */
    private static void secretHeaders(String at, Probes.Probe probe, BiConsumer<String, String> wrong) {
        if (probe == null || probe.http() == null || probe.http().headers() == null) {
            return;
        }
        probe.http().headers().forEach((name, value) -> {
            if (SecretValues.looksSecret(name, value)) {
                wrong.accept(
                        at + "/http/headers/" + FieldRules.escaped(name),
                        "would be shown to everybody; take exec and a secret variable of the container");
            }
        });
    }
}
