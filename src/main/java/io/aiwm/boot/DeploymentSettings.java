package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.time.Duration;

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

    static final Setting<Boolean> DEPLOYMENTS_SHELLS_ENABLED = setting(
            "deployments.shells.enabled",
            SettingType.flag(),
            "true",
            "whether operators and administrators may open shells in containers of deployments");
    static final Setting<Integer> DEPLOYMENTS_SHELLS_OF_ONE_USER = setting(
            "deployments.shells.ofOneUser",
            SettingType.integer(1, 100),
            "5",
            "how many shells one user may have open at one controller");
    static final Setting<Integer> DEPLOYMENTS_SHELLS_OF_ONE_NODE = setting(
            "deployments.shells.ofOneNode",
            SettingType.integer(1, 60),
            "20",
            "how many shells may be open in one node, through one controller");
    static final Setting<Duration> DEPLOYMENTS_SHELLS_IDLE = setting(
            "deployments.shells.idle",
            SettingType.duration("1s", "1d"),
            "30m",
            "after which time without anything typed a shell is ended");
    static final Setting<Integer> DEPLOYMENTS_SHELLS_BYTES_PER_SECOND = setting(
            "deployments.shells.bytesPerSecond",
            SettingType.integer(1_024, 100_000_000),
            "4194304",
            "how much a shell prints, and takes, at most");

    static Config.Shells shells(Values v) {
        return new Config.Shells(
                v.get(DEPLOYMENTS_SHELLS_ENABLED),
                v.get(DEPLOYMENTS_SHELLS_OF_ONE_USER),
                v.get(DEPLOYMENTS_SHELLS_OF_ONE_NODE),
                v.get(DEPLOYMENTS_SHELLS_IDLE),
                v.get(DEPLOYMENTS_SHELLS_BYTES_PER_SECOND));
    }

    static Config.Engines engines(Values v) {
        return new Config.Engines(
                v.get(DEPLOYMENTS_ENGINES_LLAMACPP_IMAGE),
                v.get(DEPLOYMENTS_ENGINES_LLAMACPP_CUDA_IMAGE),
                v.get(DEPLOYMENTS_ENGINES_VLLM_IMAGE),
                v.get(DEPLOYMENTS_ENGINES_TGI_IMAGE),
                v.get(DEPLOYMENTS_ENGINES_OLLAMA_IMAGE));
    }
}
