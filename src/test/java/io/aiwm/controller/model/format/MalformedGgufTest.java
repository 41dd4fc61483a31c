package io.aiwm.controller.model.format;

import static io.aiwm.testing.GgufWriter.ARRAY;
import static io.aiwm.testing.GgufWriter.TEXT;
import static io.aiwm.testing.GgufWriter.U32;
import static io.aiwm.testing.GgufWriter.U64;
import static io.aiwm.testing.GgufWriter.u32;
import static io.aiwm.testing.GgufWriter.u64;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.GgufWriter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each way to attack a reader of GGUF headers is refused in words, at once and in little memory. */
class MalformedGgufTest {
    private static final long HUGE = 1L << 40;

    /** Classes are loaded once; that is no part of a reading. */
    @BeforeAll
    static void warm() {
        BoundedReading.refusal(
                "a whole file",
                Map.of("m.gguf", new MeteredBytes(GgufWriter.llama().toBytes())));
    }

    @Test
    void what_is_no_gguf_file_of_a_known_kind() {
        refused("is not a GGUF file", new byte[0]);
        refused("is not a GGUF file", "GGML and more".getBytes(StandardCharsets.US_ASCII));
        refused("is of GGUF version 1;", GgufWriter.llama().version(1).toBytes());
        refused("is of GGUF version 4294967295;", GgufWriter.llama().version(-1).toBytes());
        refused("is a big-endian GGUF file", GgufWriter.llama().version(3 << 24).toBytes());
        refused(
                "has no tensors",
                new GgufWriter().text("general.architecture", "llama").toBytes());
        refused(
                "does not say its general.architecture",
                new GgufWriter().tensor("a", 0, 4).toBytes());
    }

    @Test
    void counts_that_are_too_large() {
        GgufWriter whole = GgufWriter.llama();
        refused("the number of tensors is 18446744073709551615", whole.toBytes(-1, 11));
        refused("the number of tensors is 9223372036854775808", whole.toBytes(Long.MIN_VALUE, 11));
        refused("the number of tensors is 32769", whole.toBytes(32_769, 11));
        refused("the number of metadata entries is 9223372036854775807", whole.toBytes(8, Long.MAX_VALUE));
        refused("metadata entry 12", whole.toBytes(8, 4_096));
    }

    @Test
    void a_file_that_ends_too_early_wherever_that_is() {
        byte[] whole = GgufWriter.llama().toBytes();
        for (int length = 0; length < whole.length; length += length < 16_000 ? 7 : 1_999) {
            assertThat(refusal(Arrays.copyOf(whole, length)))
                    .as("%d bytes", length)
                    .isNotNull();
        }
    }

    @Test
    void texts_that_are_longer_than_the_file_or_no_texts() {
        refused(
                "the length of the key of metadata entry 0 is 257",
                entry(GgufWriter.text(new byte[257]), TEXT, u64(0)));
        refused("the length of the key of metadata entry 0 is 9223372036854775808", entry(u64(Long.MIN_VALUE), TEXT));
        refused("the key of metadata entry 0 is empty", entry(u64(0), TEXT));
        refused("the length of metadata a is 9223372036854775807", entry("a", TEXT, u64(Long.MAX_VALUE)));
        refused("metadata a ends behind the end of the file", entry("a", TEXT, u64(2_050), new byte[2_010]));
        refused("is not UTF-8", entry(GgufWriter.text(new byte[] {(byte) 0xc3, 0x28}), TEXT, u64(0)));
        refused("metadata a is not UTF-8", entry("a", TEXT, u64(1), new byte[] {(byte) 0xff}));
        refused(
                "metadata a is there twice",
                new GgufWriter().text("a", "").text("a", "").toBytes());
    }

    @Test
    void arrays_that_do_not_end() {
        refused("metadata a is of type 13", entry("a", 13));
        refused("an element of metadata a is of type 4294967295", entry("a", ARRAY, u32(-1), u64(1)));
        refused("metadata a is an array of arrays", nested(100_000));
        refused("the length of metadata a is 9223372036854775808", entry("a", ARRAY, u32(U64), u64(Long.MIN_VALUE)));
        // as many as the length times 8 makes 2^64, which is 0
        refusedOf(Long.MAX_VALUE, "ends behind the end", entry("a", ARRAY, u32(U64), u64(1L << 61)));
        refusedOf(HUGE, "metadata a has 1099511627776 texts", entry("a", ARRAY, u32(TEXT), u64(HUGE)));
        refusedOf(HUGE, "the header has more than", entry("a", ARRAY, u32(TEXT), u64(1 << 20), longTexts(9_000)));
        refusedOf(HUGE, "has no tensors", entry("a", ARRAY, u32(TEXT), u64(1 << 20)));
    }

    @Test
    void numbers_that_cannot_be() {
        refused("metadata llama.block_count is 4097", llama("llama.block_count", 4_097));
        refused("metadata llama.context_length is -1", llama("llama.context_length", -1));
        refused("metadata general.alignment is 33", llama("general.alignment", 33));
        refused("metadata general.alignment is 0", llama("general.alignment", 0));
        refused(
                "metadata llama.embedding_length must be a whole number",
                new GgufWriter()
                        .text("general.architecture", "llama")
                        .text("llama.embedding_length", "wide")
                        .tensor("a", 0, 4)
                        .toBytes());
        refused(
                "has 3 numbers, and there are 2 layers",
                new GgufWriter()
                        .text("general.architecture", "llama")
                        .number("llama.block_count", U32, 2)
                        .number("llama.embedding_length", U32, 64)
                        .number("llama.attention.head_count", U32, 4)
                        .numbers("llama.attention.head_count_kv", U32, List.of(1L, 2L, 3L))
                        .tensor("a", 0, 4)
                        .toBytes());
    }

    @Test
    void shapes_that_cannot_be() {
        refused("tensor t has 5 dimensions", tensor(0, 0, 1, 1, 1, 1, 1));
        refused("dimension 0 of tensor t is 0", tensor(0, 0, 0));
        refused("dimension 1 of tensor t is 18446744073709551615", tensor(0, 0, 4, -1));
        refused("dimension 2 of tensor t is 4294967296", tensor(0, 0, 1L << 32, 1L << 30, 1L << 32));
        refused("tensor t has rows of 9223372036854775807 numbers", tensor(0, 0, Long.MAX_VALUE));
        refused("tensor t has rows of 31 numbers, which type Q8_0 cannot hold", tensor(8, 0, 31, 32));
        refused("tensor t is of type 4,", tensor(4, 0, 32));
        refused("tensor t is of type 4294967295,", tensor(-1, 0, 32));
        refused(
                "the length of the name of tensor 0 is 257",
                new GgufWriter().tensor("t".repeat(257), 0, 4).toBytes());
    }

    @Test
    void places_that_cannot_be() {
        refused("tensor t begins at 18446744073709551584", tensor(0, -32, 4));
        refused("tensor t begins at 16, which is not a multiple of 32", tensor(0, 16, 4));
        refused("tensor t has 64 bytes from 9223372036854775776 on", tensor(0, Long.MAX_VALUE - 31, 16));
        refused("and the file ends at byte", tensor(0, HUGE, 4));
        refused(
                "two tensors overlap from byte 32",
                new GgufWriter().tensor("a", 0, 32).tensorAt("b", 0, 32, 4).toBytes());
        refused(
                "tensor a is there twice",
                new GgufWriter().tensor("a", 0, 4).tensor("a", 0, 4).toBytes());
    }

    @Test
    void as_many_tensors_as_there_may_be_are_read() {
        var writer = new GgufWriter().text("general.architecture", "llama");
        LongStream.range(0, 20_000).forEach(i -> writer.tensor("blk.0.ffn_up." + i + ".weight", 0, 1));
        assertThat(refusal(writer.toBytes())).isNull();
    }

    @Test
    void the_largest_vocabulary_of_a_published_model_is_skipped_in_time() {
        byte[] large = new GgufWriter()
                .text("general.architecture", "llama")
                .texts("tokenizer.ggml.tokens", 262_144)
                .texts("tokenizer.ggml.merges", 514_906)
                .tensor("token_embd.weight", 1, 64, 64)
                .toBytes();
        assertThat(refusal(large)).isNull();
    }

    private static byte[] llama(String key, long value) {
        return new GgufWriter()
                .text("general.architecture", "llama")
                .number(key, U64, value)
                .tensor("a", 0, 4)
                .toBytes();
    }

    private static byte[] tensor(int type, long offset, long... shape) {
        return new GgufWriter()
                .text("general.architecture", "llama")
                .tensorAt("t", type, offset, shape)
                .toBytes();
    }

    private static byte[] entry(String key, int type, byte[]... value) {
        return entry(GgufWriter.text(key.getBytes(StandardCharsets.UTF_8)), type, value);
    }

    private static byte[] entry(byte[] key, int type, byte[]... value) {
        var all = new ByteArrayOutputStream();
        for (byte[] part : value) {
            all.writeBytes(part);
        }
        return new GgufWriter().entry(key, type, all.toByteArray()).toBytes();
    }

    /** Arrays of one array each, the innermost of which has none. */
    private static byte[] nested(int depth) {
        var all = new ByteArrayOutputStream();
        for (int i = 0; i < depth; i++) {
            all.writeBytes(u32(ARRAY));
            all.writeBytes(u64(1));
        }
        return entry("a", ARRAY, all.toByteArray());
    }

    /** More bytes than a header may have, in texts too short to be skipped without a read. */
    private static byte[] longTexts(int count) {
        var all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            all.writeBytes(GgufWriter.text(new byte[4_000]));
        }
        return all.toByteArray();
    }

    private static void refused(String reason, byte[] file) {
        refusedOf(file.length, reason, file);
    }

    private static void refusedOf(long size, String reason, byte[] front) {
        assertThat(BoundedReading.refusal(reason, Map.of("m.gguf", new MeteredBytes(front, size))))
                .startsWith("m.gguf: ")
                .contains(reason);
    }

    private static String refusal(byte[] file) {
        return BoundedReading.refusal("a file", Map.of("m.gguf", new MeteredBytes(file)));
    }
}
