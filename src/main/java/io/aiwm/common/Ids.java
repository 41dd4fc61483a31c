package io.aiwm.common;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** Identifiers: sortable by time of making, readable aloud, safe in a URL, a file name and a container name. */
public final class Ids {
    private static final SecureRandom SECURE = new SecureRandom();
    public static final int SECRET_LENGTH = 32;
    private static final int SECRET_BITS = SECRET_LENGTH * 5;
    /** Crockford's base 32, lower case: no i, l, o, u. */
    private static final char[] BASE32 = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();

    /** What ids are made of. */
    public record Source(InstantSource clock, RandomGenerator random) {}

    /** Null but in tests that replay a run on one thread, which need the same ids again. */
    public static final ThreadLocal<Source> REPLAYED = new ThreadLocal<>();

    private Ids() {}

    private static Source source() {
        Source replayed = REPLAYED.get();
        return replayed == null ? new Source(InstantSource.system(), ThreadLocalRandom.current()) : replayed;
    }

    /** For example {@code ex_01jd3k9v6r8x5m2q7t4w9y0a1b}: 48 bits of milliseconds and 80 random bits. */
    public static String next(String prefix) {
        Source source = source();
        return encode(
                prefix.isEmpty() ? "" : prefix + "_",
                source.clock.millis(),
                source.random.nextLong(),
                source.random.nextLong());
    }

    /**
     * The id that everybody makes who makes it of the same thing. It sorts as one made at that moment.
     *
     * @param of what it stands for, said so that no two things say the same
     */
    public static String of(String prefix, long millis, String of) {
        byte[] hash = Sha256.of(of.getBytes(StandardCharsets.UTF_8));
        var random = ByteBuffer.wrap(hash);
        return encode(prefix + "_", millis, random.getLong(), random.getLong());
    }

    /** A UUID of version 7 (RFC 9562), for message ids. */
    public static String uuid7() {
        Source source = source();
        long high = (source.clock.millis() << 16) | 0x7000 | (source.random.nextInt() & 0x0fff);
        long low = (source.random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
        return new java.util.UUID(high, low).toString();
    }

    /** An unguessable text of {@link #SECRET_LENGTH} characters, 160 random bits: session ids, secrets. */
    public static String secret() {
        byte[] bytes = new byte[SECRET_BITS / 8];
        SECURE.nextBytes(bytes);
        var text = new StringBuilder(SECRET_LENGTH);
        for (int bit = 0; bit < SECRET_BITS; bit += 5) {
            int at = bit >> 3;
            int shift = bit & 7;
            int pair = ((bytes[at] & 0xff) << 8) | (at + 1 < bytes.length ? bytes[at + 1] & 0xff : 0);
            text.append(BASE32[(pair >> (11 - shift)) & 31]);
        }
        return text.toString();
    }

    private static String encode(String prefix, long millis, long a, long b) {
        var text = new char[prefix.length() + 26];
        prefix.getChars(0, prefix.length(), text, 0);
        int at = prefix.length();
        for (int shift = 45; shift >= 0; shift -= 5) {
            text[at++] = BASE32[(int) (millis >> shift) & 31];
        }
        for (int i = 0; i < 8; i++) {
            text[at++] = BASE32[(int) (a >> (i * 5)) & 31];
        }
        for (int i = 0; i < 8; i++) {
            text[at++] = BASE32[(int) (b >> (i * 5)) & 31];
        }
        return new String(text);
    }
}
