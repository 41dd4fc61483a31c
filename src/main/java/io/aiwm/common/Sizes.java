package io.aiwm.common;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 512m}, {@code 2GiB}; a bare number counts bytes. Every unit is a power of 1,024. */
public final class Sizes {
    private static final Pattern AMOUNT = Pattern.compile("(-?\\d+)\\s*([A-Za-z]*)");
    private static final Map<String, Integer> SHIFT = Map.ofEntries(
            Map.entry("", 0),
            Map.entry("b", 0),
            Map.entry("k", 10),
            Map.entry("kb", 10),
            Map.entry("kib", 10),
            Map.entry("m", 20),
            Map.entry("mb", 20),
            Map.entry("mib", 20),
            Map.entry("g", 30),
            Map.entry("gb", 30),
            Map.entry("gib", 30),
            Map.entry("t", 40),
            Map.entry("tb", 40),
            Map.entry("tib", 40));

    private Sizes() {}

    /** In bytes. Fails with IllegalArgumentException, whose message ends a sentence that begins with the field's name. */
    public static long parse(String text) {
        var amount = AMOUNT.matcher(text);
        Integer shift = amount.matches() ? SHIFT.get(amount.group(2).toLowerCase(Locale.ROOT)) : null;
        if (shift == null) {
            throw new IllegalArgumentException("must be a size such as 1MiB, 512m or 1048576, not '" + text + "'");
        }
        try {
            return Math.multiplyExact(Long.parseLong(amount.group(1)), 1L << shift);
        } catch (NumberFormatException | ArithmeticException tooLarge) {
            throw new IllegalArgumentException("is too large: " + text, tooLarge);
        }
    }
}
