package io.aiwm.inference.balance;

import java.util.Arrays;

/**
 * Hashes of a prompt's leading blocks of characters, as {@link PlaceRequest#prefix} wants them: each covers all blocks before it. What is
 * left after the last full block has none. No tokenizer is needed, and texts that only share their beginning share its hashes.
 */
public final class PrefixHashes {
    public static final int BLOCK_CHARS = 256;
    public static final int MOST_BLOCKS = 64;
    private static final long[] NONE = {};
    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

    private final long[] hashes = new long[MOST_BLOCKS];
    private int blocks;
    private int chars;
    private long hash;

    public static long[] of(CharSequence... parts) {
        var hashes = new PrefixHashes();
        for (CharSequence part : parts) {
            hashes.add(part);
        }
        return hashes.done();
    }

    /** Adds the next piece. Where one piece ends and the next begins makes no difference. */
    public PrefixHashes add(CharSequence part) {
        int length = part.length();
        for (int i = 0; i < length && blocks < MOST_BLOCKS; i++) {
            hash = (hash ^ part.charAt(i)) * MULTIPLIER;
            hash ^= hash >>> 29;
            if (++chars == BLOCK_CHARS) {
                chars = 0;
                hashes[blocks++] = hash;
            }
        }
        return this;
    }

    public long[] done() {
        return blocks == 0 ? NONE : Arrays.copyOf(hashes, blocks);
    }
}
