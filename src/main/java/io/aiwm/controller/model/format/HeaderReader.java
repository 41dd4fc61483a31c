package io.aiwm.controller.model.format;

import io.aiwm.common.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Reads numbers and texts, low byte first, from the front of a file to the back through a window of limited size. The window
 * begins small, because a header may be, and grows, because each read of a remote file costs a round trip.
 */
final class HeaderReader {
    private static final int FIRST_WINDOW = 64 << 10;
    private static final int LAST_WINDOW = 1 << 20;

    private final String file;
    private final ByteSource source;
    private final long size;
    private byte[] bytes = new byte[FIRST_WINDOW];
    private ByteBuffer window = wrap(bytes, 0);
    private long windowStart;
    private long readBytes;
    private final CharBuffer chars = CharBuffer.allocate(Limits.KEPT_TEXT_BYTES);
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);

    HeaderReader(String file, ByteSource source) throws IOException {
        this.file = file;
        this.source = source;
        this.size = source.size();
    }

    long position() {
        return windowStart + window.position();
    }

    long size() {
        return size;
    }

    /** At the current position. */
    Failure refused(String reason) {
        return InvalidFile.at(file, position(), reason);
    }

    int u8() throws IOException {
        need(1, HeaderReader::number);
        return window.get() & 0xff;
    }

    int u16() throws IOException {
        need(2, HeaderReader::number);
        return window.getShort() & 0xffff;
    }

    /** Also for signed numbers. */
    int i32() throws IOException {
        need(4, HeaderReader::number);
        return window.getInt();
    }

    long u32() throws IOException {
        return i32() & 0xffff_ffffL;
    }

    /** From 2^63 on it is negative. */
    long u64() throws IOException {
        need(8, HeaderReader::number);
        return window.getLong();
    }

    /** A count or length of 64 bits, no more than {@code most}. */
    long count(Supplier<String> what, long most) throws IOException {
        long at = position();
        long value = u64();
        if (value < 0 || value > most) {
            throw InvalidFile.at(
                    file, at, what.get() + " is " + Long.toUnsignedString(value) + ", which is more than " + most);
        }
        return value;
    }

    /** A text whose length, at most {@link Limits#KEPT_TEXT_BYTES}, has been read. */
    String text(int length, Supplier<String> what) throws IOException {
        long at = position();
        need(length, what);
        ByteBuffer slice = window.slice(window.position(), length);
        window.position(window.position() + length);
        chars.clear();
        CoderResult result = decoder.reset().decode(slice, chars, true);
        if (result.isError() || decoder.flush(chars).isError()) {
            throw InvalidFile.at(file, at, what.get() + " is not UTF-8");
        }
        return chars.flip().toString();
    }

    /** What is skipped is not read, unless it is in the window already. */
    void skip(long length, String what) {
        if (length < 0 || length > size - position()) {
            throw refused(what + " ends behind the end of the file, which has " + size + " bytes");
        }
        if (length <= window.remaining()) {
            window.position(window.position() + (int) length);
        } else {
            windowStart = position() + length;
            window = wrap(bytes, 0);
        }
    }

    /** Skips texts that follow each other, each with its length before it. */
    void skipTexts(long count, String what) throws IOException {
        for (long i = 0; i < count; i++) {
            long length = u64();
            if (length >= 0 && length <= window.remaining()) {
                window.position(window.position() + (int) length);
            } else {
                skip(length, "text " + i + " of " + what);
            }
        }
    }

    /** Sees to it that so many bytes, at most {@link #FIRST_WINDOW}, are in the window. */
    private void need(int length, Supplier<String> what) throws IOException {
        if (window.remaining() >= length) {
            return;
        }
        long at = position();
        if (length > size - at) {
            throw refused("the file ends within " + what.get() + ": it has " + size + " bytes");
        }
        int next = (int) Math.min(bytes.length, size - at);
        readBytes += next;
        if (readBytes > Limits.HEADER_BYTES) {
            throw refused("the header has more than " + Limits.HEADER_BYTES + " bytes");
        }
        source.read(at, bytes, next);
        windowStart = at;
        window = wrap(bytes, next);
        if (bytes.length < LAST_WINDOW) {
            grow();
        }
    }

    /** The next window is larger; what has been read into this one stays. */
    private void grow() {
        bytes = new byte[bytes.length * 2];
    }

    private static String number() {
        return "a number";
    }

    private static ByteBuffer wrap(byte[] bytes, int count) {
        return ByteBuffer.wrap(bytes, 0, count).order(ByteOrder.LITTLE_ENDIAN);
    }
}
