package io.aiwm.controller.deployment.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.protocol.ContainerSpec;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EngineTemplatesTest {
    private static final ServedModel GGUF = version("gguf", "org/tiny-F16.gguf", "mmproj-F16.gguf", "README.md");
    private static final ServedModel CHECKPOINT = version("safetensors", "config.json", "model.safetensors");

    private final EngineTemplates templates = new EngineTemplates(Fleet.IMAGES);

    private static ServedModel version(String format, String... paths) {
        return ServedModel.ofVersion("org/tiny", "org--tiny", "3", List.of(paths), format, 2_048);
    }

    private ContainerSpec made(String engine, ServedModel model, int gpus) {
        return templates.container(
                Json.decode(new JsonObject(engine.replace('\'', '"')), EngineSpec.class), model, gpus);
    }

    private static String words(ContainerSpec spec) {
        return String.join(" ", spec.command());
    }

    private String refusal(String engine, ServedModel model) {
        var failure = catchThrowableOfType(Failure.class, () -> made(engine, model, 0));
        assertThat(failure.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
        return failure.errors.get(0).pointer();
    }

    @Test
    void llama_cpp_is_told_all_sequences_together_and_the_file_of_the_model() {
        ContainerSpec spec = made("{'type':'llamacpp','context':1024,'parallel':4}", GGUF, 0);

        assertThat(spec.image()).isEqualTo("engines/llama:1");
        assertThat(words(spec))
                .isEqualTo("-m /models/org/tiny-F16.gguf -c 4096 -np 4 -ub 512 -fa on --host 0.0.0.0 --port 8080"
                        + " --alias org/tiny");
        assertThat(spec.ports()).containsExactly(new ContainerSpec.Port(8080, null, null, null));
        assertThat(spec.restartPolicy()).isEqualTo("unless-stopped");
        assertThat(Json.toObject(spec.volumes().get(0))).isEqualTo(new JsonObject("""
                        {"target":"/models","readOnly":true,"model":{"name":"org--tiny","version":"3"}}"""));
        assertThat(spec.probes().startup().http().path()).isEqualTo("/health");
        assertThat(spec.probes().readiness().http().port()).isEqualTo(8080);
        assertThat(spec.probes().startup().failures() * spec.probes().startup().period())
                .isGreaterThanOrEqualTo(3_600_000);
        assertThat(spec.gpus()).isNull();
        assertThat(spec.shmBytes()).isNull();
    }

    @Test
    void llama_cpp_on_gpus_has_another_image_and_its_layers_there() {
        ContainerSpec spec = made(
                "{'type':'llamacpp','cacheType':'q8_0','batch':4096,'port':9000,'args':['--no-webui','-t','2']}",
                GGUF,
                2);

        assertThat(spec.image()).isEqualTo("engines/llama-cuda:1");
        assertThat(words(spec))
                .isEqualTo("-m /models/org/tiny-F16.gguf -c 2048 -np 1 -b 4096 -ub 4096 -fa on --cache-type-k q8_0"
                        + " --cache-type-v q8_0 -ngl 999 --host 0.0.0.0 --port 9000 --alias org/tiny --no-webui -t 2");
        assertThat(words(made("{'type':'llamacpp','gpuLayers':7,'flashAttention':false}", GGUF, 1)))
                .contains("-fa off", "-ngl 7");
        assertThat(spec.ports().get(0).containerPort()).isEqualTo(9000);
        assertThat(spec.probes().liveness().http().port()).isEqualTo(9000);
    }

    @Test
    void vllm_that_sleeps_is_in_its_development_mode_and_has_a_gpu() {
        ContainerSpec spec = made("{'type':'vllm','sleepMode':true}", CHECKPOINT, 1);
        assertThat(words(spec)).contains("--enable-sleep-mode");
        assertThat(spec.env()).isEqualTo(Map.of("VLLM_SERVER_DEV_MODE", "1"));
        assertThat(made("{'type':'vllm'}", CHECKPOINT, 1).env()).isNull();
        assertThat(refusal("{'type':'vllm','sleepMode':true}", CHECKPOINT)).isEqualTo("/engine/sleepMode");
    }

    @Test
    void a_split_model_is_opened_by_its_first_part() {
        var split = version("gguf", "a-00002-of-00002.gguf", "a-00001-of-00002.gguf");
        assertThat(words(made("{'type':'llamacpp'}", split, 0))).startsWith("-m /models/a-00001-of-00002.gguf ");
    }

    @Test
    void a_file_from_elsewhere_is_mounted_as_itself() {
        ContainerSpec spec = made("{'type':'llamacpp'}", ServedModel.ofFile("llama.gguf"), 0);
        assertThat(words(spec)).startsWith("-m /models/llama.gguf -c 4096 ").endsWith(" --alias llama");
        assertThat(spec.volumes().get(0).target()).isEqualTo("/models/llama.gguf");
        assertThat(spec.volumes().get(0).model().version()).isNull();
    }

    @Test
    void vllm_serves_the_folder_of_a_checkpoint_over_all_gpus() {
        ContainerSpec spec = made("{'type':'vllm','context':8192,'parallel':16,'cacheType':'fp8'}", CHECKPOINT, 2);

        assertThat(spec.image()).isEqualTo("engines/vllm:1");
        assertThat(words(spec))
                .isEqualTo("--model /models --served-model-name org/tiny --max-model-len 8192 --max-num-seqs 16"
                        + " --kv-cache-dtype fp8 --gpu-memory-utilization 0.9 --tensor-parallel-size 2 --host 0.0.0.0"
                        + " --port 8000");
        assertThat(spec.shmBytes()).isEqualTo(1L << 30);
        assertThat(spec.probes().startup().http().path()).isEqualTo("/health");
        assertThat(words(made("{'type':'vllm','memoryUtilization':0.5,'batch':2048}", CHECKPOINT, 1)))
                .contains("--max-num-batched-tokens 2048 --gpu-memory-utilization 0.5 --tensor-parallel-size 1");
    }

    @Test
    void tgi_splits_the_context_into_prompt_and_answer() {
        var nested = version("safetensors", "tiny/config.json", "tiny/model.safetensors");
        ContainerSpec spec = made("{'type':'tgi','context':4096,'parallel':8,'memoryUtilization':0.8}", nested, 1);

        assertThat(spec.image()).isEqualTo("engines/tgi:1");
        assertThat(words(spec))
                .isEqualTo("--model-id /models/tiny --max-input-tokens 4095 --max-total-tokens 4096"
                        + " --max-concurrent-requests 8 --cuda-memory-fraction 0.8 --num-shard 1 --hostname 0.0.0.0"
                        + " --port 8080");
        assertThat(spec.shmBytes()).isEqualTo(1L << 30);
        assertThat(refusal("{'type':'tgi'}", GGUF)).isEqualTo("/engine/type");
        assertThat(refusal("{'type':'tgi','context':1}", CHECKPOINT)).isEqualTo("/engine/context");
    }

    @Test
    void ollama_makes_a_model_of_the_file_and_is_told_the_rest_by_variables() {
        ContainerSpec spec = made("{'type':'ollama','context':2048,'parallel':2,'gpuLayers':3}", GGUF, 1);

        assertThat(spec.image()).isEqualTo("engines/ollama:1");
        assertThat(spec.env())
                .isEqualTo(Map.of(
                        "AIWM_MODEL_NAME",
                        "org/tiny",
                        "AIWM_MODELFILE",
                        "FROM /models/org/tiny-F16.gguf\\nPARAMETER num_batch 512\\nPARAMETER num_gpu 3\\n",
                        "OLLAMA_HOST",
                        "0.0.0.0:11434",
                        "OLLAMA_CONTEXT_LENGTH",
                        "2048",
                        "OLLAMA_NUM_PARALLEL",
                        "2",
                        "OLLAMA_KV_CACHE_TYPE",
                        "f16",
                        "OLLAMA_FLASH_ATTENTION",
                        "1",
                        "OLLAMA_KEEP_ALIVE",
                        "-1"));
        assertThat(spec.entrypoint()).startsWith("/bin/sh", "-c");
        assertThat(spec.command()).isNull();
        assertThat(spec.probes().readiness().http().path()).isEqualTo("/api/tags");
    }

    @Test
    void a_custom_engine_is_told_where_its_model_is_and_nothing_else() {
        ContainerSpec spec = made("{'type':'custom','image':'acme/serve:1','args':['--fast']}", GGUF, 0);
        assertThat(spec.image()).isEqualTo("acme/serve:1");
        assertThat(spec.command()).containsExactly("--fast");
        assertThat(spec.env())
                .isEqualTo(Map.of("AIWM_MODEL", "/models/org/tiny-F16.gguf", "AIWM_MODEL_NAME", "org/tiny"));
        assertThat(spec.ports()).isNull();
        assertThat(spec.probes()).isNull();
        assertThat(made("{'type':'custom','image':'acme/serve:1'}", null, 0).volumes())
                .isNull();
    }

    @Test
    void llama_cpp_refuses_what_is_no_single_gguf_model() {
        assertThat(refusal("{'type':'llamacpp'}", CHECKPOINT)).isEqualTo("/engine/type");
        assertThat(refusal("{'type':'ollama'}", version("gguf", "a.gguf", "b.gguf")))
                .isEqualTo("/engine/type");
    }
}
