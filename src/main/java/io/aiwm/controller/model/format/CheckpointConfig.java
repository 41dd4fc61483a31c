package io.aiwm.controller.model.format;

import com.fasterxml.jackson.databind.JsonNode;
import io.aiwm.common.Failure;
import java.util.Locale;

/** What {@code config.json} says. A model that also sees or hears says it of its language part in {@code text_config}. */
final class CheckpointConfig {
    private static final int MOST_TOKENS = 1 << 30;
    private static final int MOST_WIDTH = 1 << 24;
    private static final int MOST_LAYERS = 4_096;
    private static final int MOST_HEADS = 1 << 16;
    private static final int MOST_BITS = 16;
    private static final int PACKED_BITS = 4;

    private final String file;
    private final JsonNode root;
    private final JsonNode text;

    CheckpointConfig(String file, JsonNode root) {
        this.file = file;
        this.root = root;
        this.text = root.path("text_config").isObject() ? root.get("text_config") : root;
    }

    void into(ModelInfoBuilder info) {
        Integer layers = number(MOST_LAYERS, "num_hidden_layers", "n_layer", "num_layers");
        Integer expertWidth = number(MOST_WIDTH, "moe_intermediate_size");
        Integer width = number(MOST_WIDTH, "intermediate_size", "n_inner", "ffn_dim");
        Integer experts = number(MOST_HEADS, "num_local_experts", "num_experts", "n_routed_experts");
        info.architecture(architecture())
                .contextLength(
                        number(MOST_TOKENS, "max_position_embeddings", "n_positions", "max_seq_len", "seq_length"))
                .embeddingLength(width())
                .feedForwardLength(expertWidth == null ? width : expertWidth)
                .vocabulary(number(MOST_WIDTH, "vocab_size"))
                .layers(layers)
                .attention(layers == null ? null : attention(layers))
                .experts(
                        experts == null || experts == 0
                                ? null
                                : new ModelInfo.Experts(
                                        experts, number(MOST_HEADS, "num_experts_per_tok", "experts_per_token")));
    }

    private String architecture() {
        JsonNode first = root.path("architectures").path(0);
        JsonNode type = root.path("model_type");
        JsonNode named = first.isTextual() ? first : type;
        return named.isTextual() ? InvalidFile.shown(named.asText()) : null;
    }

    private Integer width() {
        return number(MOST_WIDTH, "hidden_size", "n_embd", "d_model");
    }

    private ModelInfo.Attention attention(int layers) {
        Integer heads = number(MOST_HEADS, "num_attention_heads", "n_head");
        Integer width = width();
        if (heads == null || heads == 0 || width == null) {
            return null;
        }
        Integer kvHeads = number(MOST_HEADS, "num_key_value_heads", "num_kv_heads", "n_head_kv");
        Integer headLength = number(MOST_HEADS, "head_dim");
        Integer latent = number(MOST_HEADS, "kv_lora_rank");
        Integer rotary = number(MOST_HEADS, "qk_rope_head_dim");
        Integer sliding = slidingLayers(layers);
        int length = headLength == null ? width / heads : headLength;
        var attention = ModelInfoAttentionBuilder.builder()
                .heads(heads)
                .kvHeads(kvHeads == null ? heads : kvHeads)
                .keyLength(length)
                .valueLength(length);
        if (latent != null && latent > 0) {
            // keys and values of all heads are kept as one vector, beside the part that tells positions
            attention
                    .kvHeads(1)
                    .keyLength(latent + (rotary == null ? 0 : rotary))
                    .valueLength(0);
        }
        return attention
                .slidingWindow(sliding == null ? null : number(MOST_TOKENS, "sliding_window"))
                .slidingLayers(sliding)
                .build();
    }

    /** Null: none has a window, or which ones is not said. */
    private Integer slidingLayers(int layers) {
        boolean off = text.path("use_sliding_window").isBoolean()
                && !text.path("use_sliding_window").booleanValue();
        if (off || number(MOST_TOKENS, "sliding_window") == null) {
            return null;
        }
        JsonNode types = text.path("layer_types");
        Integer every = number(MOST_LAYERS, "sliding_window_pattern");
        if (types.isArray() && types.size() == layers) {
            int sliding = 0;
            for (JsonNode type : types) {
                sliding += type.asText().equals("sliding_attention") ? 1 : 0;
            }
            return sliding == 0 ? null : Integer.valueOf(sliding);
        }
        return every == null || every < 1 ? null : Integer.valueOf(layers - layers / every);
    }

    /** For example {@code awq-4bit} or {@code BF16}; null: not said. */
    String quantization() {
        JsonNode how = how();
        if (how.path("quant_method").isTextual()) {
            String method = InvalidFile.shown(how.get("quant_method").asText());
            Integer bits = bits();
            return bits == null ? method : method + "-" + bits + "bit";
        }
        JsonNode type = text.path("torch_dtype").isTextual() ? text.path("torch_dtype") : text.path("dtype");
        JsonNode told = type.isTextual() ? type : root.path("torch_dtype");
        return switch (told.asText("").toLowerCase(Locale.ROOT)) {
            case "bfloat16" -> "BF16";
            case "float16" -> "F16";
            case "float32" -> "F32";
            default -> null;
        };
    }

    /** Of a weight that is packed with others into one integer; 0: none is. */
    int packedBits() {
        if (!how().isObject()) {
            return 0;
        }
        Integer bits = bits();
        return bits == null ? PACKED_BITS : bits;
    }

    private Integer bits() {
        JsonNode how = how();
        if (how.path("load_in_4bit").asBoolean(false)) {
            return 4;
        }
        if (how.path("load_in_8bit").asBoolean(false)) {
            return 8;
        }
        Integer bits = number(how, MOST_BITS, "quantization_config.", "bits");
        return bits != null && bits == 0 ? null : bits;
    }

    private JsonNode how() {
        JsonNode how = root.path("quantization_config");
        return how.isObject() ? how : text.path("quantization_config");
    }

    /** The first of these fields that is there and not null. Fails with INVALID if it is no whole number up to that. */
    private Integer number(int most, String... names) {
        for (String name : names) {
            Integer number = number(text, most, "", name);
            if (number != null) {
                return number;
            }
        }
        return null;
    }

    private Integer number(JsonNode object, int most, String prefix, String name) {
        JsonNode value = object.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0 || value.intValue() > most) {
            throw refused(prefix + name, "is not a whole number from 0 to " + most);
        }
        return value.intValue();
    }

    private Failure refused(String field, String reason) {
        return InvalidFile.file(file, field + " " + reason);
    }
}
