package io.aiwm.controller.model.estimate;

/** What serves a model. */
public enum EngineKind {
    llamacpp,
    vllm,
    tgi,
    ollama,
    /** Anything else: estimated with a rule of thumb. */
    custom;

    /** Whether it takes a part of each GPU that it is told, whatever the model needs of it, so that nothing fits beside it. */
    public boolean takesWholeGpus() {
        return this == vllm || this == tgi;
    }
}
