package io.aiwm.controller.model.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.GgufWriter;
import io.aiwm.testing.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole files with some bytes changed are read or refused, never anything else, and within the limits of
 * {@link BoundedReading}. A failure names its seed, which makes the same file again.
 */
class ModelFuzzTest {
    private static final long SEED = 20_261_127;
    private static final int ROUNDS = 2_000;
    private static final long[] EDGES = {
        0,
        1,
        -1,
        2,
        31,
        255,
        256,
        65_535,
        Integer.MAX_VALUE,
        1L << 31,
        0xffff_ffffL,
        1L << 61,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    @ParameterizedTest
    @ValueSource(strings = {"m.gguf", "model.safetensors", "config.json", "model.safetensors.index.json"})
    void changed_files_are_read_or_refused(String name) {
        byte[] whole = whole(name);
        int refused = 0;
        BoundedReading.refusal("nothing changed", files(name, whole));
        for (int round = 0; round < ROUNDS; round++) {
            byte[] changed = changed(whole, new Random(SEED + round));
            refused +=
                    BoundedReading.refusal(name + " of seed " + (SEED + round), files(name, changed)) == null ? 0 : 1;
        }
        // both happen, or the changes miss what is read
        assertThat(refused).isBetween(ROUNDS / 10, ROUNDS - 1);
    }

    @Test
    void bytes_of_no_format_at_all_are_refused() {
        for (int round = 0; round < ROUNDS; round++) {
            var random = new Random(SEED + round);
            byte[] noise = new byte[random.nextInt(4_096)];
            random.nextBytes(noise);
            for (String name : new String[] {"m.gguf", "model.safetensors", "config.json"}) {
                assertThat(BoundedReading.refusal(name + " of seed " + (SEED + round), files(name, noise)))
                        .isNotNull();
            }
        }
    }

    private static byte[] whole(String name) {
        return switch (name) {
            case "m.gguf" -> GgufWriter.llama().toBytes();
            case "model.safetensors" -> SafetensorsWriter.llama().toBytes();
            case "config.json" -> SafetensorsWriter.llamaConfig().encode().getBytes(StandardCharsets.UTF_8);
            default ->
                "{\"metadata\":{\"total_size\":7},\"weight_map\":{\"a\":\"model.safetensors\",\"b\":\"model.safetensors\"}}"
                        .getBytes(StandardCharsets.UTF_8);
        };
    }

    private static Map<String, ByteSource> files(String name, byte[] content) {
        if (name.endsWith(".gguf")) {
            return Map.of(name, new MeteredBytes(content));
        }
        Map<String, ByteSource> files = CheckpointTest.checkpoint(SafetensorsWriter.llamaConfig());
        files.put(name, new MeteredBytes(content));
        return files;
    }

    /** Most changes fall into the front, where the header is. */
    private static byte[] changed(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        int front = Math.min(bytes.length, random.nextBoolean() ? 700 : 16_000);
        for (int change = random.nextInt(3); change >= 0; change--) {
            int at = random.nextInt(front);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> put(bytes, at, EDGES[random.nextInt(EDGES.length)], Long.BYTES);
                case 3 -> put(bytes, at, EDGES[random.nextInt(EDGES.length)], Integer.BYTES);
                case 4 -> System.arraycopy(bytes, random.nextInt(at + 1), bytes, at, Math.min(8, front - at));
                default -> bytes = Arrays.copyOf(bytes, Math.max(at, 1));
            }
            front = Math.min(front, bytes.length);
        }
        return bytes;
    }

    private static void put(byte[] bytes, int at, long value, int count) {
        byte[] number = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        System.arraycopy(number, 0, bytes, at, Math.min(count, bytes.length - at));
    }
}
