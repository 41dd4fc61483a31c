package io.aiwm.controller.inference;

import io.aiwm.controller.deployment.Revision;
import io.aiwm.controller.deployment.engine.EngineSpec;
import io.aiwm.controller.model.estimate.EngineKind;
import io.aiwm.protocol.ContainerSpec;
import java.util.Set;

/** How many tokens an engine was started with for one sequence. Pure. */
final class ServedContext {
    /** Arguments of engines that give them another context than the field does. */
    private static final Set<String> ARGUMENTS = Set.of(
            "-c",
            "--ctx-size",
            "-np",
            "--parallel",
            "-kvu",
            "--kv-unified",
            "--max-model-len",
            "--max-input-tokens",
            "--max-input-length",
            "--max-total-tokens");

    private ServedContext() {}

    /** 0: not known. A model that was trained for less than what is usual may have less. */
    static int of(Revision made) {
        EngineSpec engine = made.engine();
        if (engine == null) {
            return 0;
        }
        if (engine.type() == EngineKind.custom) {
            return engine.context() == null ? 0 : engine.context();
        }
        return hasOtherCommand(made.asked()) || saysOtherwise(engine)
                ? 0
                : engine.asEstimate(0).complete(null).context();
    }

    private static boolean hasOtherCommand(ContainerSpec asked) {
        return asked != null && (asked.command() != null || asked.entrypoint() != null);
    }

    private static boolean saysOtherwise(EngineSpec engine) {
        return engine.args() != null
                && engine.args().stream()
                        .anyMatch(word -> word != null && ARGUMENTS.contains(word.replaceFirst("=.*", "")));
    }
}
