package io.aiwm.common;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a request with {@code Range} gets (RFC 9110): one range of bytes. Several ranges, other units and malformed ones are
 * ignored, as the standard allows, and so is a range of a version that {@code If-Range} says is another one.
 */
public record ByteRange(long first, long length, boolean partial) {
    private static final Pattern ONE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})", Pattern.CASE_INSENSITIVE);

    /** Null: the range is not within the object. */
    public static ByteRange of(String range, String ifRange, String etag, long size) {
        Matcher one = ONE.matcher(range == null ? "" : range.strip());
        if (!one.matches() || (ifRange != null && !ifRange.equals(etag))) {
            return new ByteRange(0, size, false);
        }
        String from = one.group(1);
        String to = one.group(2);
        if (from.isEmpty()) {
            return to.isEmpty() ? new ByteRange(0, size, false) : last(Long.parseLong(to), size);
        }
        long first = Long.parseLong(from);
        long last = to.isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(to));
        if (!to.isEmpty() && Long.parseLong(to) < first) {
            return new ByteRange(0, size, false); // malformed
        }
        return first >= size ? null : new ByteRange(first, last - first + 1, true);
    }

    private static ByteRange last(long wished, long size) {
        long length = Math.min(wished, size);
        return length == 0 ? null : new ByteRange(size - length, length, true);
    }

    /** The value of {@code Content-Range}. @param size of the whole */
    public String contentRange(long size) {
        return "bytes " + first + "-" + (first + length - 1) + "/" + size;
    }
}
