package io.aiwm.controller.model;

import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.model.estimate.EngineKind;
import java.util.Collections;
import java.util.List;

/** How much of its GPUs a container is given: the one rule for its placement and for where its model fits now. */
public final class GpuShares {
    private GpuShares() {}

    /**
     * The same GPUs with what the fullest is estimated to need of each, as they are alike. Whole ones, as they were asked for,
     * where nothing was estimated, where the request says how much, or where the engine takes whole ones.
     *
     * @param engine null: it is not known
     * @param estimated bytes on each GPU; null or empty: it is not known
     */
    public static Requires.Gpus of(Requires.Gpus asked, EngineKind engine, List<Long> estimated) {
        boolean whole = engine != null && engine.takesWholeGpus();
        boolean known = estimated != null && !estimated.isEmpty();
        return asked == null || whole || !known || asked.memoryBytes() != null
                ? asked
                : new Requires.Gpus(asked.count(), Collections.max(estimated), asked.model(), asked.indices());
    }
}
