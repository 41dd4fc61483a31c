package io.aiwm.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes GGUF files for tests, whole ones and broken ones: every number can be set to what it must not be. */
public final class GgufWriter {
    public static final int U8 = 0;
    public static final int U16 = 2;
    public static final int U32 = 4;
    public static final int I32 = 5;
    public static final int F32 = 6;
    public static final int BOOL = 7;
    public static final int TEXT = 8;
    public static final int ARRAY = 9;
    public static final int U64 = 10;

    private static final int ALIGNMENT = 32;

    private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
    private final ByteArrayOutputStream infos = new ByteArrayOutputStream();
    private int version = 3;
    private long entries;
    private long tensors;
    private int dataBytes;

    /** A small model of the architecture {@code llama}: 2 layers, 64 wide, 4 heads of which 2 have keys, 1000 tokens. */
    public static GgufWriter llama() {
        var writer = new GgufWriter()
                .text("general.architecture", "llama")
                .text("general.name", "written by a test")
                .number("general.file_type", U32, 1)
                .number("llama.context_length", U32, 8_192)
                .number("llama.embedding_length", U32, 64)
                .number("llama.block_count", U32, 2)
                .number("llama.feed_forward_length", U32, 128)
                .number("llama.attention.head_count", U32, 4)
                .number("llama.attention.head_count_kv", U32, 2)
                .texts("tokenizer.ggml.tokens", 1_000)
                .text("tokenizer.chat_template", "{{ x }}".repeat(300));
        writer.tensor("token_embd.weight", 1, 64, 1_000).tensor("output.weight", 1, 64, 1_000);
        for (int layer = 0; layer < 2; layer++) {
            writer.tensor("blk." + layer + ".attn_q.weight", 1, 64, 64)
                    .tensor("blk." + layer + ".attn_k.weight", 1, 64, 32)
                    .tensor("blk." + layer + ".ffn_up.weight", 1, 64, 128);
        }
        return writer;
    }

    public GgufWriter version(int number) {
        version = number;
        return this;
    }

    public GgufWriter text(String key, String value) {
        return entry(key, TEXT, text(value.getBytes(StandardCharsets.UTF_8)));
    }

    public GgufWriter number(String key, int type, long value) {
        return entry(key, type, bytes(type, value));
    }

    public GgufWriter numbers(String key, int type, List<Long> values) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(u32(type));
        out.writeBytes(u64(values.size()));
        values.forEach(value -> out.writeBytes(bytes(type, value)));
        return entry(key, ARRAY, out.toByteArray());
    }

    /** An array of so many texts. */
    public GgufWriter texts(String key, int count) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(u32(TEXT));
        out.writeBytes(u64(count));
        for (int i = 0; i < count; i++) {
            out.writeBytes(text(("t" + i).getBytes(StandardCharsets.UTF_8)));
        }
        return entry(key, ARRAY, out.toByteArray());
    }

    /** An entry whose value is these bytes. */
    public GgufWriter entry(String key, int type, byte[] value) {
        return entry(text(key.getBytes(StandardCharsets.UTF_8)), type, value);
    }

    /** An entry whose key, with its length, is these bytes. */
    public GgufWriter entry(byte[] key, int type, byte[] value) {
        entries++;
        metadata.writeBytes(key);
        metadata.writeBytes(u32(type));
        metadata.writeBytes(value);
        return this;
    }

    /** A tensor of F32 (0), F16 (1) or Q8_0 (8) behind the one before. @param shape the length of a row first */
    public GgufWriter tensor(String name, int type, long... shape) {
        long numbers = 1;
        for (long length : shape) {
            numbers *= length;
        }
        long size = type == 0 ? numbers * 4 : type == 1 ? numbers * 2 : numbers / 32 * 34;
        tensorAt(name, type, dataBytes, shape);
        dataBytes += (int) (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        return this;
    }

    /** A tensor that says it is there, whatever is there. */
    public GgufWriter tensorAt(String name, int type, long offset, long... shape) {
        tensors++;
        infos.writeBytes(text(name.getBytes(StandardCharsets.UTF_8)));
        infos.writeBytes(u32(shape.length));
        for (long length : shape) {
            infos.writeBytes(u64(length));
        }
        infos.writeBytes(u32(type));
        infos.writeBytes(u64(offset));
        return this;
    }

    public byte[] toBytes() {
        return toBytes(tensors, entries);
    }

    /** With other counts in the front than there are. */
    public byte[] toBytes(long saidTensors, long saidEntries) {
        var out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(u32(version));
        out.writeBytes(u64(saidTensors));
        out.writeBytes(u64(saidEntries));
        out.writeBytes(metadata.toByteArray());
        out.writeBytes(infos.toByteArray());
        out.writeBytes(new byte[-out.size() & (ALIGNMENT - 1)]);
        out.writeBytes(new byte[dataBytes]);
        return out.toByteArray();
    }

    /** A text with its length before it. */
    public static byte[] text(byte[] content) {
        return ByteBuffer.allocate(Long.BYTES + content.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(content.length)
                .put(content)
                .array();
    }

    public static byte[] u32(long value) {
        return bytes(U32, value);
    }

    public static byte[] u64(long value) {
        return bytes(U64, value);
    }

    private static byte[] bytes(int type, long value) {
        int count = switch (type) {
            case U8, BOOL -> 1;
            case U16 -> 2;
            case U32, I32, F32 -> 4;
            case U64 -> 8;
            default -> throw new IllegalArgumentException("type " + type);
        };
        var bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (value >>> (8 * i));
        }
        return bytes;
    }
}
