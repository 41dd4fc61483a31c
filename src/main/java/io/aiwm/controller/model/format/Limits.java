package io.aiwm.controller.model.format;

/** How much a header may hold. Each is several times what the largest published models have. */
final class Limits {
    /** Bytes of one header that are looked at; what is skipped does not count. */
    static final long HEADER_BYTES = 32L << 20;

    /** Tensors in one file. */
    static final int TENSORS = 32_768;

    static final int METADATA_ENTRIES = 4_096;

    /** Bytes of a metadata key; the format allows more. */
    static final int KEY_BYTES = 256;

    /** Bytes of the name of a tensor. */
    static final int TENSOR_NAME_BYTES = 256;

    /** Bytes of a metadata text that is kept; a longer one is skipped. */
    static final int KEPT_TEXT_BYTES = 1_024;

    /** Numbers of a metadata array that is kept; a longer one is skipped. */
    static final int KEPT_NUMBERS = 1_024;

    static final int ALL_KEPT_NUMBERS = 64 << 10;

    /** Texts in all metadata arrays of a file: vocabulary and merges. */
    static final int ARRAY_TEXTS = 1 << 20;

    /** Dimensions of a tensor in a safetensors file. */
    static final int DIMENSIONS = 16;

    /** Of the header of a safetensors file. */
    static final long SAFETENSORS_HEADER_BYTES = 16L << 20;

    /** Of config.json, which is read into memory. */
    static final long CONFIG_BYTES = 512L << 10;

    /** Of the index of shards and of tokenizer_config.json, which are read piece by piece. */
    static final long JSON_BYTES = 32L << 20;

    static final int JSON_DEPTH = 32;

    /** Files that one model is split into. */
    static final int SHARDS = 4_096;

    private Limits() {}
}
