package io.aiwm.controller.model.format;

import io.aiwm.common.Failure;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The metadata of a GGUF file: short texts, numbers and short arrays of numbers are kept, of all else that it is there. */
final class GgufMetadata {
    private static final Object NOT_KEPT = new Object();
    private static final int MOST_ALIGNMENT = 1 << 20;
    private static final int DEFAULT_ALIGNMENT = 32;

    /** What a value may be; the place in the list is its code in the file. */
    private enum Kind {
        U8(1),
        I8(1),
        U16(2),
        I16(2),
        U32(4),
        I32(4),
        F32(4),
        BOOL(1),
        TEXT(0),
        ARRAY(0),
        U64(8),
        I64(8),
        F64(8);

        final int bytes;

        Kind(int bytes) {
            this.bytes = bytes;
        }
    }

    private final String file;
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, Long> arrayLengths = new HashMap<>();
    private int arrayTexts;
    private int keptNumbers;

    private GgufMetadata(String file) {
        this.file = file;
    }

    static GgufMetadata read(String file, HeaderReader in, int entries) throws IOException {
        var metadata = new GgufMetadata(file);
        for (int i = 0; i < entries; i++) {
            String what = "the key of metadata entry " + i;
            int length = (int) in.count(() -> "the length of " + what, Limits.KEY_BYTES);
            String key = in.text(length, () -> what);
            if (key.isEmpty() || metadata.values.containsKey(key)) {
                throw in.refused(key.isEmpty() ? what + " is empty" : "metadata " + shown(key) + " is there twice");
            }
            metadata.values.put(key, metadata.value(in, key));
        }
        return metadata;
    }

    private Object value(HeaderReader in, String key) throws IOException {
        Kind kind = kind(in, "metadata " + shown(key));
        return switch (kind) {
            case TEXT -> text(in, key);
            case ARRAY -> array(in, key);
            case U8, I8, U16, I16, U32, I32, F32, BOOL, U64, I64, F64 -> number(in, kind);
        };
    }

    private static Kind kind(HeaderReader in, String what) throws IOException {
        long code = in.u32();
        if (code >= Kind.values().length) {
            throw in.refused(what + " is of type " + code + ", which does not exist");
        }
        return Kind.values()[(int) code];
    }

    private static Object text(HeaderReader in, String key) throws IOException {
        long length = in.count(() -> "the length of metadata " + shown(key), in.size());
        if (length > Limits.KEPT_TEXT_BYTES) {
            in.skip(length, "metadata " + shown(key));
            return NOT_KEPT;
        }
        return in.text((int) length, () -> "metadata " + shown(key));
    }

    private static Object number(HeaderReader in, Kind kind) throws IOException {
        return switch (kind) {
            case U8 -> (long) in.u8();
            case I8 -> (long) (byte) in.u8();
            case U16 -> (long) in.u16();
            case I16 -> (long) (short) in.u16();
            case U32 -> in.u32();
            case I32 -> (long) in.i32();
            case BOOL -> in.u8() != 0 ? 1L : 0L;
            case U64, I64 -> in.u64();
            case F32 -> (double) Float.intBitsToFloat(in.i32());
            case F64 -> Double.longBitsToDouble(in.u64());
            case TEXT, ARRAY -> throw new IllegalArgumentException(kind.name());
        };
    }

    private Object array(HeaderReader in, String key) throws IOException {
        String what = "metadata " + shown(key);
        Kind kind = kind(in, "an element of " + what);
        long length = in.count(() -> "the length of " + what, in.size());
        arrayLengths.put(key, length);
        if (kind == Kind.ARRAY) {
            throw in.refused(what + " is an array of arrays, which no engine reads");
        }
        if (kind == Kind.TEXT) {
            skipTexts(in, what, length);
            return NOT_KEPT;
        }
        boolean whole = kind != Kind.F32 && kind != Kind.F64;
        if (whole && length <= Limits.KEPT_NUMBERS && keptNumbers + length <= Limits.ALL_KEPT_NUMBERS) {
            keptNumbers += (int) length;
            return numbers(in, kind, (int) length);
        }
        in.skip(length > in.size() / kind.bytes ? Long.MAX_VALUE : length * kind.bytes, what);
        return NOT_KEPT;
    }

    private static long[] numbers(HeaderReader in, Kind kind, int length) throws IOException {
        var numbers = new long[length];
        for (int i = 0; i < length; i++) {
            numbers[i] = (Long) number(in, kind);
        }
        return numbers;
    }

    private void skipTexts(HeaderReader in, String what, long length) throws IOException {
        if (length > Limits.ARRAY_TEXTS - arrayTexts) {
            throw in.refused(
                    what + " has " + length + " texts, and all arrays together may have " + Limits.ARRAY_TEXTS);
        }
        arrayTexts += (int) length;
        in.skipTexts(length, what);
    }

    private static String shown(String key) {
        return InvalidFile.shown(key);
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    /** Null: it is not there, or too long to be kept. */
    String text(String key) {
        Object value = values.get(key);
        if (value == null || value == NOT_KEPT) {
            return null;
        }
        if (value instanceof String text) {
            return text;
        }
        throw refused(key, "must be a text");
    }

    /** Null: it is not there. Fails with INVALID if it is not a whole number from 0 to {@code most}. */
    Long number(String key, long most) {
        Object value = values.get(key);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Long number)) {
            throw refused(key, "must be a whole number");
        }
        return checked(key, number, most);
    }

    /** One number, or an array of them; null: it is not there. Fails with INVALID if one is not within 0 to {@code most}. */
    long[] numbers(String key, long most) {
        if (!(values.get(key) instanceof long[] numbers)) {
            Long one = number(key, most);
            return one == null ? null : new long[] {one};
        }
        for (long number : numbers) {
            checked(key, number, most);
        }
        return numbers.length == 0 ? null : numbers;
    }

    private long checked(String key, long number, long most) {
        if (number < 0 || number > most) {
            throw refused(key, "is " + number + ", which is not within 0 to " + most);
        }
        return number;
    }

    /** Of an array, kept or not; null: there is none. */
    Long length(String key) {
        return arrayLengths.get(key);
    }

    int alignment() {
        Long alignment = number("general.alignment", MOST_ALIGNMENT);
        if (alignment != null && Long.bitCount(alignment) != 1) {
            throw refused("general.alignment", "is " + alignment + ", which is not a power of two");
        }
        return alignment == null ? DEFAULT_ALIGNMENT : alignment.intValue();
    }

    Failure refused(String key, String reason) {
        return InvalidFile.file(file, "metadata " + shown(key) + " " + reason);
    }
}
