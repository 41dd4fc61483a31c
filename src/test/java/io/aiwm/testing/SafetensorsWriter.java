package io.aiwm.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes safetensors files for tests, and the configuration that lies beside them. */
public final class SafetensorsWriter {
    private final JsonObject header = new JsonObject().put("__metadata__", new JsonObject().put("format", "pt"));
    private long dataBytes;

    /** A small model: 2 layers, 64 wide. */
    public static SafetensorsWriter llama() {
        var writer = new SafetensorsWriter().tensor("model.embed_tokens.weight", "BF16", 2, 1_000, 64);
        for (int layer = 0; layer < 2; layer++) {
            writer.tensor("model.layers." + layer + ".self_attn.q_proj.weight", "BF16", 2, 64, 64)
                    .tensor("model.layers." + layer + ".mlp.up_proj.weight", "BF16", 2, 128, 64);
        }
        return writer.tensor("lm_head.weight", "BF16", 2, 1_000, 64);
    }

    /** What {@code config.json} says of {@link #llama}. */
    public static JsonObject llamaConfig() {
        return new JsonObject()
                .put("architectures", new JsonArray().add("LlamaForCausalLM"))
                .put("hidden_size", 64)
                .put("intermediate_size", 128)
                .put("num_hidden_layers", 2)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", 2)
                .put("max_position_embeddings", 8_192)
                .put("vocab_size", 1_000)
                .put("torch_dtype", "bfloat16");
    }

    /** A tensor behind the one before. @param bytes of one number */
    public SafetensorsWriter tensor(String name, String type, int bytes, long... shape) {
        long size = bytes;
        for (long length : shape) {
            size *= length;
        }
        tensorAt(name, type, dataBytes, dataBytes + size, shape);
        dataBytes += size;
        return this;
    }

    /** A tensor that says it is there, whatever is there. */
    public SafetensorsWriter tensorAt(String name, String type, long start, long end, long... shape) {
        var dimensions = new JsonArray();
        for (long length : shape) {
            dimensions.add(length);
        }
        header.put(
                name,
                new JsonObject()
                        .put("dtype", type)
                        .put("shape", dimensions)
                        .put("data_offsets", new JsonArray().add(start).add(end)));
        return this;
    }

    public byte[] toBytes() {
        return of(header.encode(), dataBytes);
    }

    /** A file with this header, which need not be JSON, and so many bytes of tensors. */
    public static byte[] of(String header, long dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return of(json.length, json, dataBytes);
    }

    public static byte[] of(long saidLength, byte[] header, long dataBytes) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(GgufWriter.u64(saidLength));
        out.writeBytes(header);
        out.writeBytes(new byte[(int) dataBytes]);
        return out.toByteArray();
    }
}
