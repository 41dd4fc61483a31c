package io.aiwm.protocol;

/**
 * One controller to another that holds a file: a range of it.
 *
 * @param from first byte, from 0
 * @param length bytes at most, up to {@link #MAX_BYTES}; fewer come only at the end of the file
 */
public record FileRead(String fileId, long from, int length) {
    /** As text that is 256 KiB. */
    public static final int MAX_BYTES = 192 * 1024;
}
