package io.aiwm.controller.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.testing.SafetensorsWriter;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Checkpoints of a hub are understood from the headers of their tensors and the configuration beside them. */
class CheckpointTest {
    private static final long LAYER = (64 * 64 + 64 * 128) * 2;
    private static final long TABLE = 64 * 1_000 * 2;

    @Test
    void headers_and_configuration_tell_what_the_model_is() throws Exception {
        Map<String, ByteSource> files = checkpoint(SafetensorsWriter.llamaConfig());
        files.put("tokenizer_config.json", json(new JsonObject().put("chat_template", "{{ x }}")));
        assertThat(ModelReader.read(files))
                .isEqualTo(ModelInfoBuilder.builder()
                        .format(ModelInfo.Format.safetensors)
                        .architecture("LlamaForCausalLM")
                        .parameters((2 * LAYER + 2 * TABLE) / 2)
                        .quantization("BF16")
                        .weightBytes(2 * LAYER + 2 * TABLE)
                        .embeddingBytes(TABLE)
                        .outputBytes(TABLE)
                        .largestLayerBytes(LAYER)
                        .contextLength(8_192)
                        .embeddingLength(64)
                        .feedForwardLength(128)
                        .vocabulary(1_000)
                        .layers(2)
                        .attention(new ModelInfo.Attention(4, 2, null, 16, 16, null, null))
                        .chatTemplate(true)
                        .build());
        assertThat(files.keySet()).allMatch(ModelReader::reads);
    }

    @Test
    void the_language_part_of_a_model_that_sees_is_what_counts() throws Exception {
        var config = new JsonObject()
                .put("architectures", new JsonArray().add("SeesForConditionalGeneration"))
                .put("num_hidden_layers", 99)
                .put(
                        "text_config",
                        SafetensorsWriter.llamaConfig()
                                .put("head_dim", 32)
                                .put("sliding_window", 1_024)
                                .put(
                                        "layer_types",
                                        new JsonArray().add("sliding_attention").add("full_attention")));
        ModelInfo info = ModelReader.read(checkpoint(config));
        assertThat(info.architecture()).isEqualTo("SeesForConditionalGeneration");
        assertThat(info.layers()).isEqualTo(2);
        assertThat(info.attention()).isEqualTo(new ModelInfo.Attention(4, 2, null, 32, 32, 1_024, 1));
    }

    @Test
    void a_window_that_is_switched_off_and_a_latent_cache_are_understood() throws Exception {
        var off = SafetensorsWriter.llamaConfig().put("sliding_window", 4_096).put("use_sliding_window", false);
        assertThat(ModelReader.read(checkpoint(off)).attention().slidingWindow())
                .isNull();
        var latent = SafetensorsWriter.llamaConfig()
                .put("kv_lora_rank", 512)
                .put("qk_rope_head_dim", 64)
                .put("n_routed_experts", 256)
                .put("num_experts_per_tok", 8)
                .put("moe_intermediate_size", 32);
        ModelInfo info = ModelReader.read(checkpoint(latent));
        assertThat(info.attention().kvWidth()).isEqualTo(576);
        assertThat(info.experts()).isEqualTo(new ModelInfo.Experts(256, 8));
        assertThat(info.feedForwardLength()).isEqualTo(32);
    }

    @Test
    void parameters_that_are_packed_into_integers_are_counted_one_by_one() throws Exception {
        var config = SafetensorsWriter.llamaConfig()
                .put(
                        "quantization_config",
                        new JsonObject().put("quant_method", "awq").put("bits", 4));
        Map<String, ByteSource> files = checkpoint(config);
        files.put(
                "model.safetensors",
                new MeteredBytes(new SafetensorsWriter()
                        .tensor("model.layers.0.mlp.up_proj.qweight", "I32", 4, 64, 16)
                        .tensor("model.layers.0.mlp.up_proj.qzeros", "I32", 4, 1, 16)
                        .tensor("model.layers.0.mlp.up_proj.scales", "F16", 2, 1, 128)
                        .toBytes()));
        ModelInfo info = ModelReader.read(files);
        assertThat(info.parameters()).isEqualTo(64 * 128);
        assertThat(info.quantization()).isEqualTo("awq-4bit");
        assertThat(info.weightBytes()).isEqualTo(64 * 16 * 4 + 16 * 4 + 128 * 2);
    }

    @Test
    void the_index_names_the_files() throws Exception {
        Map<String, ByteSource> files = checkpoint(SafetensorsWriter.llamaConfig());
        files.remove("model.safetensors");
        files.put("old.safetensors", new MeteredBytes(new byte[3]));
        files.put("model.safetensors.index.json", index("model-00001-of-00002.safetensors", "b.safetensors"));
        files.put("b.safetensors", shard("model.layers.1.x"));
        assertThatThrownBy(() -> ModelReader.read(files))
                .isInstanceOf(Failure.class)
                .hasMessage("model.safetensors.index.json: names model-00001-of-00002.safetensors, which is missing");
        files.put("model-00001-of-00002.safetensors", shard("model.layers.0.x"));
        ModelInfo info = ModelReader.read(files);
        assertThat(info.split()).isEqualTo(new ModelInfo.Split(2));
        assertThat(info.parameters()).isEqualTo(128);
    }

    @Test
    void without_a_configuration_the_tensors_are_known_alone() throws Exception {
        Map<String, ByteSource> files = checkpoint(new JsonObject());
        files.remove("config.json");
        ModelInfo info = ModelReader.read(files);
        assertThat(info.parameters()).isEqualTo((2 * LAYER + 2 * TABLE) / 2);
        assertThat(info.quantization()).isEqualTo("BF16");
        assertThat(info.architecture()).isNull();
        assertThat(info.layers()).isNull();
    }

    @Test
    void files_below_the_models_folder_are_another_models() throws Exception {
        ByteSource broken = new MeteredBytes(new byte[3]);
        assertThat(ModelReader.read(Map.of("onnx/model.safetensors", broken))).isNull();
        Map<String, ByteSource> files = checkpoint(SafetensorsWriter.llamaConfig());
        files.put("a.safetensors", files.remove("model.safetensors"));
        files.put("original/consolidated.safetensors", broken);
        files.put("consolidated.safetensors", broken);
        assertThat(ModelReader.read(files).layers()).isEqualTo(2);
        assertThat(ModelReader.reads("original/consolidated.safetensors")).isFalse();
    }

    static Map<String, ByteSource> checkpoint(JsonObject config) {
        Map<String, ByteSource> files = new HashMap<>();
        files.put("config.json", json(config));
        files.put(
                "model.safetensors", new MeteredBytes(SafetensorsWriter.llama().toBytes()));
        return files;
    }

    static ByteSource json(JsonObject object) {
        return new MeteredBytes(object.encode().getBytes(StandardCharsets.UTF_8));
    }

    private static ByteSource index(String... files) {
        var map = new JsonObject();
        for (String file : files) {
            map.put("tensor of " + file, file);
        }
        return json(new JsonObject()
                .put("metadata", new JsonObject().put("total_size", 1))
                .put("weight_map", map));
    }

    private static ByteSource shard(String tensor) {
        return new MeteredBytes(
                new SafetensorsWriter().tensor(tensor, "F32", 4, 64).toBytes());
    }
}
