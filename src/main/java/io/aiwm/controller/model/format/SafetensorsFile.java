package io.aiwm.controller.model.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.aiwm.common.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The header of one safetensors file: 8 bytes of its length, then JSON that names type, shape and place of each tensor. */
final class SafetensorsFile {
    private static final int LENGTH_BYTES = 8;
    private static final Map<String, Integer> TYPE_BITS = Map.ofEntries(
            Map.entry("BOOL", 8),
            Map.entry("U8", 8),
            Map.entry("I8", 8),
            Map.entry("F8_E5M2", 8),
            Map.entry("F8_E4M3", 8),
            Map.entry("F8_E8M0", 8),
            Map.entry("F8_E4M3FNUZ", 8),
            Map.entry("F8_E5M2FNUZ", 8),
            Map.entry("F4", 4),
            Map.entry("F6_E2M3", 6),
            Map.entry("F6_E3M2", 6),
            Map.entry("I16", 16),
            Map.entry("U16", 16),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("I32", 32),
            Map.entry("U32", 32),
            Map.entry("F32", 32),
            Map.entry("I64", 64),
            Map.entry("U64", 64),
            Map.entry("F64", 64),
            Map.entry("C64", 64));

    private final String file;
    private final PackedWeights packed;
    private final TensorTotals totals;
    private final TensorRegions regions;
    private final Set<String> names = new HashSet<>();
    private final Numbers shape = new Numbers();
    private final Numbers offsets = new Numbers();

    private SafetensorsFile(String file, PackedWeights packed, TensorTotals totals, long dataBytes) {
        this.file = file;
        this.packed = packed;
        this.totals = totals;
        this.regions = new TensorRegions(file, dataBytes);
    }

    /** Adds its tensors to the totals. Fails with INVALID, saying what is wrong where. */
    static void read(String file, ByteSource source, PackedWeights packed, TensorTotals totals) throws IOException {
        var in = new HeaderReader(file, source);
        long length = in.count(() -> "the length of the header", Limits.SAFETENSORS_HEADER_BYTES);
        if (length > in.size() - LENGTH_BYTES) {
            throw in.refused("the header has " + length + " bytes, and the file ends at byte " + in.size());
        }
        var header = new SafetensorsFile(file, packed, totals, in.size() - LENGTH_BYTES - length);
        try (InputStream json = new RangeStream(source, LENGTH_BYTES, length)) {
            JsonFile.stream(file, json, header::tensors);
        }
        header.regions.check(true);
    }

    private Void tensors(JsonParser json) throws IOException {
        object(json.nextToken(), "the header");
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            if (!names.add(name)) {
                throw refused(name, "is there twice");
            }
            if (names.size() > Limits.TENSORS) {
                throw InvalidFile.file(file, "has more than " + Limits.TENSORS + " tensors");
            }
            object(json.nextToken(), name);
            if (name.equals("__metadata__")) {
                json.skipChildren();
            } else {
                tensor(json, name);
            }
        }
        return null;
    }

    private void tensor(JsonParser json, String name) throws IOException {
        String type = null;
        shape.count = -1;
        offsets.count = -1;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "dtype" -> {
                    if (json.currentToken() != JsonToken.VALUE_STRING) {
                        throw refused(name, "dtype must be a text");
                    }
                    type = json.getText();
                }
                case "shape" -> shape.read(json, name, field);
                case "data_offsets" -> offsets.read(json, name, field);
                default -> json.skipChildren();
            }
        }
        if (type == null || shape.count < 0 || offsets.count != 2) {
            throw refused(name, "must have dtype, shape and two data_offsets");
        }
        add(name, type, offsets.values[0], offsets.values[1]);
    }

    private void add(String name, String type, long start, long end) {
        Integer bits = TYPE_BITS.get(type);
        if (bits == null) {
            throw refused(name, "is of type " + InvalidFile.shown(type) + ", which is not known");
        }
        long numbers = 1;
        try {
            for (int i = 0; i < shape.count; i++) {
                numbers = Math.multiplyExact(numbers, shape.values[i]);
            }
            if (Math.multiplyExact(numbers, (long) bits) % Byte.SIZE != 0) {
                throw refused(name, "does not fill its last byte");
            }
        } catch (ArithmeticException overflow) {
            throw refused(name, "has more numbers than 64 bits can count");
        }
        long bytes = numbers * bits / Byte.SIZE;
        if (end < start || end - start != bytes) {
            throw refused(name, "takes bytes " + start + " to " + end + ", and its shape and type make " + bytes);
        }
        regions.add(name, start, bytes);
        totals.add(name, type, packed.parameters(name, type, numbers), bytes);
    }

    /** Numbers from 0 on, in the same memory for every tensor. */
    private final class Numbers {
        final long[] values = new long[Limits.DIMENSIONS];
        /** -1: none were read. */
        int count = -1;

        void read(JsonParser json, String tensor, String field) throws IOException {
            if (json.currentToken() != JsonToken.START_ARRAY) {
                throw refused(tensor, field + " must be an array");
            }
            count = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                    throw refused(tensor, field + " must have whole numbers");
                }
                if (count == values.length) {
                    throw refused(tensor, field + " has more than " + Limits.DIMENSIONS + " numbers");
                }
                if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER || json.getLongValue() < 0) {
                    throw refused(tensor, field + " has " + InvalidFile.shown(json.getText()) + ", which cannot be");
                }
                values[count++] = json.getLongValue();
            }
        }
    }

    private void object(JsonToken found, String name) {
        if (found != JsonToken.START_OBJECT) {
            throw InvalidFile.file(file, InvalidFile.shown(name) + " must be an object");
        }
    }

    private Failure refused(String tensor, String reason) {
        return InvalidFile.file(file, "tensor " + InvalidFile.shown(tensor) + " " + reason);
    }
}
