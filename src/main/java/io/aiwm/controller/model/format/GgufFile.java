package io.aiwm.controller.model.format;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * The header of one GGUF file, version 2 or 3: a count of tensors and of metadata entries, the entries, and name, shape, type
 * and offset of each tensor. Big-endian files are refused, because no engine here reads them.
 */
record GgufFile(String name, GgufMetadata metadata, int tensors) {
    private static final int MAGIC = 0x4655_4747; // "GGUF"
    private static final int MOST_DIMENSIONS = 4;

    /** Adds its tensors to the totals. Fails with INVALID, saying what is wrong where. */
    static GgufFile read(String name, ByteSource source, TensorTotals totals) throws IOException {
        var in = new HeaderReader(name, source);
        if (in.size() < Integer.BYTES || in.i32() != MAGIC) {
            throw InvalidFile.file(name, "is not a GGUF file: it does not begin with GGUF");
        }
        version(in);
        int tensors = (int) in.count(() -> "the number of tensors", Limits.TENSORS);
        int entries = (int) in.count(() -> "the number of metadata entries", Limits.METADATA_ENTRIES);
        GgufMetadata metadata = GgufMetadata.read(name, in, entries);
        tensors(name, in, tensors, metadata.alignment(), totals);
        return new GgufFile(name, metadata, tensors);
    }

    private static void version(HeaderReader in) throws IOException {
        int version = in.i32();
        if (version != 2 && version != 3) {
            int swapped = Integer.reverseBytes(version);
            throw in.refused(
                    swapped == 2 || swapped == 3
                            ? "is a big-endian GGUF file; convert it to little-endian"
                            : "is of GGUF version " + Integer.toUnsignedString(version)
                                    + "; versions 2 and 3 are read");
        }
    }

    /** Offsets count from the end of the header, which only then is known; so sizes are checked at the end. */
    private static void tensors(String file, HeaderReader in, int count, int alignment, TensorTotals totals)
            throws IOException {
        Set<String> names = new HashSet<>();
        var regions = new TensorRegions(file, Long.MAX_VALUE);
        long end = 0;
        for (int i = 0; i < count; i++) {
            int index = i;
            int length = (int) in.count(() -> "the length of the name of tensor " + index, Limits.TENSOR_NAME_BYTES);
            String name = in.text(length, () -> "the name of tensor " + index);
            if (!names.add(name)) {
                throw in.refused(tensor(name) + " is there twice");
            }
            Shape shape = Shape.read(in, name);
            long offset = in.u64();
            if (offset < 0 || offset % alignment != 0) {
                throw in.refused(tensor(name) + " begins at " + Long.toUnsignedString(offset)
                        + ", which is not a multiple of " + alignment);
            }
            regions.add(name, offset, shape.bytes);
            end = Math.max(end, offset + shape.bytes);
            totals.add(name, shape.type.name(), shape.numbers, shape.bytes);
        }
        regions.check(false);
        long start = (in.position() + alignment - 1) / alignment * alignment;
        if (end > 0 && (start > in.size() || end > in.size() - start)) {
            throw InvalidFile.file(
                    file,
                    "its tensors take " + end + " bytes from byte " + start + " on, and the file ends at byte "
                            + in.size());
        }
    }

    private static String tensor(String name) {
        return "tensor " + InvalidFile.shown(name);
    }

    private record Shape(TensorType type, long numbers, long bytes) {
        static Shape read(HeaderReader in, String name) throws IOException {
            long dimensions = in.u32();
            if (dimensions > MOST_DIMENSIONS) {
                throw in.refused(
                        tensor(name) + " has " + dimensions + " dimensions, which is more than " + MOST_DIMENSIONS);
            }
            long numbers = 1;
            long row = 1;
            for (int i = 0; i < dimensions; i++) {
                long length = in.u64();
                if (length < 1 || numbers > Long.MAX_VALUE / length) {
                    throw in.refused("dimension " + i + " of " + tensor(name) + " is " + Long.toUnsignedString(length)
                            + ", which cannot be");
                }
                numbers *= length;
                row = i == 0 ? length : row;
            }
            int code = in.i32();
            TensorType type = TensorType.of(code);
            if (type == null) {
                throw in.refused(
                        tensor(name) + " is of type " + Integer.toUnsignedString(code) + ", which is not known");
            }
            if (row % type.blockNumbers != 0 || numbers / type.blockNumbers > Long.MAX_VALUE / type.blockBytes) {
                throw in.refused(
                        tensor(name) + " has rows of " + row + " numbers, which type " + type + " cannot hold");
            }
            return new Shape(type, numbers, numbers / type.blockNumbers * type.blockBytes);
        }
    }
}
