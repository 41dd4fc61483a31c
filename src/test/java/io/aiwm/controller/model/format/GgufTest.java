package io.aiwm.controller.model.format;

import static io.aiwm.testing.GgufWriter.BOOL;
import static io.aiwm.testing.GgufWriter.I32;
import static io.aiwm.testing.GgufWriter.U16;
import static io.aiwm.testing.GgufWriter.U32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.testing.GgufWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** GGUF files are understood from their headers alone. */
class GgufTest {
    private static final long LAYER = (64 * 64 + 64 * 32 + 64 * 128) * 2;
    private static final long TABLE = 64 * 1_000 * 2;

    @Test
    void a_header_tells_what_the_model_is() throws Exception {
        for (int version : new int[] {2, 3}) {
            ModelInfo info = read(GgufWriter.llama().version(version).toBytes());
            assertThat(info)
                    .isEqualTo(ModelInfoBuilder.builder()
                            .format(ModelInfo.Format.gguf)
                            .architecture("llama")
                            .name("written by a test")
                            .parameters((2 * LAYER + 2 * TABLE) / 2)
                            .quantization("F16")
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
        }
    }

    @Test
    void the_record_is_stored_with_its_own_names_and_without_what_is_not_known() throws Exception {
        ModelInfo info = read(GgufWriter.llama().toBytes());
        String json = Json.encode(info);
        assertThat(json).contains("\"kvHeads\":2").doesNotContain("null", "kvWidth", "experts", "slidingWindow");
        assertThat(Json.decode(json, ModelInfo.class)).isEqualTo(info);
    }

    @Test
    void only_the_front_of_a_large_file_is_read() throws Exception {
        byte[] header = new GgufWriter()
                .text("general.architecture", "llama")
                .tensorAt("token_embd.weight", 1, 0, 1 << 20, 1 << 20)
                .toBytes();
        var source = new MeteredBytes(header, header.length + (2L << 40));
        ModelInfo info = ModelReader.read(Map.of("large.gguf", source));
        assertThat(info.weightBytes()).isEqualTo(2L << 40);
        assertThat(source.readBytes()).isLessThanOrEqualTo(64 << 10);
    }

    @Test
    void heads_and_windows_may_differ_from_layer_to_layer() throws Exception {
        ModelInfo info = read(new GgufWriter()
                .text("general.architecture", "mixed")
                .number("mixed.block_count", U32, 4)
                .number("mixed.embedding_length", U32, 64)
                .number("mixed.attention.head_count", U32, 4)
                .numbers("mixed.attention.head_count_kv", I32, List.of(4L, 2L, 0L, 2L))
                .number("mixed.attention.key_length", U32, 24)
                .number("mixed.attention.value_length", U32, 8)
                .number("mixed.attention.sliding_window", U32, 512)
                .numbers("mixed.attention.sliding_window_pattern", BOOL, List.of(1L, 1L, 1L, 0L))
                .number("mixed.ssm.inner_size", U32, 128)
                .number("mixed.ssm.state_size", U32, 16)
                .number("mixed.ssm.conv_kernel", U32, 4)
                .number("mixed.expert_count", U32, 8)
                .number("mixed.expert_used_count", U32, 2)
                .tensor("blk.0.attn_q.weight", 8, 64, 64)
                .toBytes());
        assertThat(info.attention()).isEqualTo(new ModelInfo.Attention(4, 4, List.of(4, 2, 0, 2), 24, 8, 512, 3));
        assertThat(info.stateBytesPerSequence()).isEqualTo((3 * 128 + 16 * 128) * 4);
        assertThat(info.experts()).isEqualTo(new ModelInfo.Experts(8, 2));
        assertThat(info.quantization()).isEqualTo("Q8_0");
        assertThat(info.chatTemplate()).isFalse();
    }

    @Test
    void files_of_a_split_model_are_read_as_one() throws Exception {
        Map<String, ByteSource> files = split();
        ModelInfo info = ModelReader.read(files);
        assertThat(info.split()).isEqualTo(new ModelInfo.Split(2));
        assertThat(info.parameters()).isEqualTo(2 * 64 * 64);
        assertThat(info.architecture()).isEqualTo("llama");
    }

    @Test
    void a_split_model_with_a_file_missing_or_in_the_wrong_place_is_refused() {
        Map<String, ByteSource> half = split();
        half.remove("m-00001-of-00002.gguf");
        assertThatThrownBy(() -> ModelReader.read(half))
                .isInstanceOf(Failure.class)
                .hasMessage("m-00002-of-00002.gguf: is one of 2 files of a model, and 1 are here");
        Map<String, ByteSource> swapped = split();
        swapped.put("m-00001-of-00002.gguf", split().get("m-00002-of-00002.gguf"));
        assertThatThrownBy(() -> ModelReader.read(swapped))
                .hasMessage("m-00001-of-00002.gguf: says that it is part 1, counted from 0, and is part 0");
    }

    @Test
    void a_version_has_one_model_and_may_have_its_projector() throws Exception {
        byte[] file = GgufWriter.llama().toBytes();
        Map<String, ByteSource> files = new LinkedHashMap<>();
        files.put("mmproj-F16.gguf", new MeteredBytes(new byte[0]));
        files.put("README.md", new MeteredBytes(new byte[0]));
        assertThat(ModelReader.read(files)).isNull();
        files.put("a.gguf", new MeteredBytes(file));
        assertThat(ModelReader.read(files).layers()).isEqualTo(2);
        files.put("b.gguf", new MeteredBytes(file));
        assertThatThrownBy(() -> ModelReader.read(files))
                .hasMessage("there are several models: a.gguf, b.gguf; keep one in a version");
    }

    private static Map<String, ByteSource> split() {
        Map<String, ByteSource> files = new LinkedHashMap<>();
        for (int part = 0; part < 2; part++) {
            var writer = new GgufWriter()
                    .number("split.no", U16, part)
                    .number("split.count", U16, 2)
                    .number("split.tensors.count", I32, 2)
                    .tensor("blk." + part + ".attn_q.weight", 1, 64, 64);
            if (part == 0) {
                writer.text("general.architecture", "llama");
            }
            files.put("m-0000" + (part + 1) + "-of-00002.gguf", new MeteredBytes(writer.toBytes()));
        }
        return files;
    }

    private static ModelInfo read(byte[] file) throws Exception {
        return ModelReader.read(Map.of("m.gguf", new MeteredBytes(file)));
    }
}
