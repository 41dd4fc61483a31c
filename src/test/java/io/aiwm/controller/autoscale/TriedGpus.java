package io.aiwm.controller.autoscale;

import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntBiFunction;

/** What would have room on {@link SharedGpus}. */
final class TriedGpus implements TurnRoom {
    /** By model, on which GPU it is. */
    private final Map<String, Integer> tried;

    private final Map<String, Integer> away = new HashMap<>();
    private final ToIntBiFunction<String, Map<String, Integer>> gpuFor;

    /** @param gpuFor the GPU that has room for a model beside those; less than 0: none */
    TriedGpus(Map<String, Integer> held, ToIntBiFunction<String, Map<String, Integer>> gpuFor) {
        this.tried = held;
        this.gpuFor = gpuFor;
    }

    @Override
    public boolean fits(String waiterId) {
        return gpuFor.applyAsInt(waiterId, tried) >= 0;
    }

    @Override
    public void take(String waiterId) {
        tried.put(waiterId, gpuFor.applyAsInt(waiterId, tried));
    }

    @Override
    public void without(String residentId, boolean gone) {
        Integer gpu = tried.remove(residentId);
        if (gpu != null) {
            away.put(residentId, gpu);
        }
    }

    @Override
    public void with(String residentId) {
        Integer gpu = away.remove(residentId);
        if (gpu != null) {
            tried.put(residentId, gpu);
        }
    }

    @Override
    public String why(String waiterId) {
        return "no GPU has enough free memory";
    }
}
