package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

/** {@code deployments.*}: what deployments are made of that name an engine. */
final class DeploymentSettings {
    private DeploymentSettings() {}

    static final Setting<String> DEPLOYMENTS_ENGINES_LLAMACPP_IMAGE = setting(
            "deployments.engines.llamacpp.image",
            SettingType.text(),
            "ghcr.io/ggml-org/llama.cpp:server",
            "image of deployments with engine llamacpp that have no GPUs");
    static final Setting<String> DEPLOYMENTS_ENGINES_LLAMACPP_CUDA_IMAGE = setting(
            "deployments.engines.llamacpp.cudaImage",
            SettingType.text(),
            "ghcr.io/ggml-org/llama.cpp:server-cuda",
            "image of deployments with engine llamacpp that have GPUs");
    static final Setting<String> DEPLOYMENTS_ENGINES_VLLM_IMAGE = setting(
            "deployments.engines.vllm.image",
            SettingType.text(),
            "vllm/vllm-openai:latest",
            "image of deployments with engine vllm");
    static final Setting<String> DEPLOYMENTS_ENGINES_TGI_IMAGE = setting(
            "deployments.engines.tgi.image",
            SettingType.text(),
            "ghcr.io/huggingface/text-generation-inference:latest",
            "image of deployments with engine tgi");
    static final Setting<String> DEPLOYMENTS_ENGINES_OLLAMA_IMAGE = setting(
            "deployments.engines.ollama.image",
            SettingType.text(),
            "ollama/ollama:latest",
            "image of deployments with engine ollama");

    static Config.Engines engines(Values v) {
        return new Config.Engines(
                v.get(DEPLOYMENTS_ENGINES_LLAMACPP_IMAGE),
                v.get(DEPLOYMENTS_ENGINES_LLAMACPP_CUDA_IMAGE),
                v.get(DEPLOYMENTS_ENGINES_VLLM_IMAGE),
                v.get(DEPLOYMENTS_ENGINES_TGI_IMAGE),
                v.get(DEPLOYMENTS_ENGINES_OLLAMA_IMAGE));
    }
}
