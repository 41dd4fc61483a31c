package io.aiwm.common;

/** Numbers as texts whose order is that of the numbers. */
public final class SortedNumber {
    private static final String ZEROS = "0".repeat(19);

    private SortedNumber() {}

    /** Returns 19 digits. Formatter would take as long as writing the record does. @param number not negative */
    public static String text(long number) {
        String digits = Long.toString(number);
        return ZEROS.substring(digits.length()) + digits;
    }
}
