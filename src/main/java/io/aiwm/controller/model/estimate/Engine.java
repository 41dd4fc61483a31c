package io.aiwm.controller.model.estimate;

/** What serves a model. */
public enum Engine {
    llamacpp,
    vllm,
    tgi,
    ollama,
    /** Anything else: estimated with a rule of thumb. */
    custom
}
