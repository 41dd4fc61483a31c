package io.aiwm.protocol.seal;

import java.util.Arrays;

/**
 * Accepts each message number once, in nearly any order: numbers that lie more than {@value #SIZE} below the highest one
 * count as repeated (RFC 4303, section 3.4.3). Safe to use from any thread.
 */
final class ReplayWindow {
    static final int SIZE = 4_096;

    private final long[] seen = new long[SIZE / Long.SIZE];
    private long highest = -1;

    /** @return false: this number was accepted before, or is too old to tell */
    synchronized boolean accept(long number) {
        if (number < 0 || number <= highest - SIZE) {
            return false;
        }
        if (number > highest) {
            forget(number);
            highest = number;
        } else if ((seen[word(number)] & bit(number)) != 0) {
            return false;
        }
        seen[word(number)] |= bit(number);
        return true;
    }

    private void forget(long number) {
        // numbers up to the last there is may come: nothing here may overflow
        if (number - SIZE >= highest) {
            Arrays.fill(seen, 0);
            return;
        }
        int passed = (int) (number - highest);
        for (int each = 0; each < passed; each++) {
            seen[word(number - each)] &= ~bit(number - each);
        }
    }

    private static int word(long number) {
        return (int) (number % SIZE) / Long.SIZE;
    }

    private static long bit(long number) {
        return 1L << (number % Long.SIZE);
    }
}
