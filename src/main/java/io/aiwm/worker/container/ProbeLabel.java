package io.aiwm.worker.container;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.protocol.Probes;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

/** The probes of a deployment's container, as they stand in a label of it. */
final class ProbeLabel {
    private ProbeLabel() {}

    static String of(Probes probes) {
        return Json.toObject(probes).encode();
    }

    /** Null where it has none. What another version of the worker wrote and this one cannot read is none. */
    static Probes of(EngineContainer container) {
        String label = container.label(ContainerLabels.PROBES);
        if (label == null || container.label(ContainerLabels.DEPLOYMENT) == null) {
            return null;
        }
        try {
            Probes probes = Json.decode(new JsonObject(label), Probes.class);
            boolean[] wrong = {false};
            probes.check(null, (pointer, problem) -> wrong[0] = true);
            return wrong[0] || probes.none() ? null : probes;
        } catch (Failure | DecodeException unreadable) {
            return null;
        }
    }
}
