package io.aiwm.controller.metrics;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * The 60 minutes of an hour as text: of each series the mean and the largest of each minute. A number has 12 bits of the largest of its
 * series; what follows on each other is stored as differences, and all of it deflated: about 3 bytes for a minute of one series.
 *
 * @param series by name; a minute without a sample is NaN in both
 */
record HourData(Map<String, Minutes> series) {
    static final int MINUTES = 60;
    private static final int SLOTS_PER_MINUTE = 60 / SeriesRings.SLOT_SECONDS;
    private static final int FORM = 1;
    private static final int BITS = 12;
    /** More than a node with 128 GPUs has. */
    private static final int MOST_SERIES = 1_000;

    /** A value for each minute, in both. */
    static final class Minutes {
        final float[] mean = new float[MINUTES];
        final float[] largest = new float[MINUTES];

        /** None is known yet. */
        Minutes() {
            Arrays.fill(mean, Float.NaN);
            Arrays.fill(largest, Float.NaN);
        }
    }

    /** @param slots of a whole hour, 360 of each series */
    static HourData of(Map<String, float[]> slots) {
        var series = new LinkedHashMap<String, Minutes>();
        slots.forEach((name, values) -> {
            Minutes minutes = new Minutes();
            boolean any = false;
            for (int minute = 0; minute < MINUTES; minute++) {
                double sum = 0;
                float largest = Float.NEGATIVE_INFINITY;
                int count = 0;
                for (int i = minute * SLOTS_PER_MINUTE; i < (minute + 1) * SLOTS_PER_MINUTE; i++) {
                    if (!Float.isNaN(values[i])) {
                        sum += values[i];
                        largest = Math.max(largest, values[i]);
                        count++;
                    }
                }
                if (count > 0) {
                    minutes.mean[minute] = (float) (sum / count);
                    minutes.largest[minute] = largest;
                    any = true;
                }
            }
            if (any) {
                series.put(name, minutes);
            }
        });
        return new HourData(series);
    }

    String text() {
        try (var bytes = new ByteArrayOutputStream()) {
            var deflater = new Deflater(Deflater.BEST_SPEED);
            try (var out = new DataOutputStream(new DeflaterOutputStream(bytes, deflater))) {
                out.writeByte(FORM);
                out.writeShort(series.size());
                for (Map.Entry<String, Minutes> one : series.entrySet()) {
                    out.writeUTF(one.getKey());
                    write(out, one.getValue());
                }
            } finally {
                deflater.end();
            }
            return Base64.getEncoder().encodeToString(bytes.toByteArray());
        } catch (IOException cannotBe) {
            throw new UncheckedIOException(cannotBe);
        }
    }

    private static void write(DataOutputStream out, Minutes minutes) throws IOException {
        float most = 0;
        for (float value : minutes.largest) {
            most = Float.isNaN(value) ? most : Math.max(most, Math.abs(value));
        }
        // a power of two, so that small whole numbers stay what they are
        int exponent = most == 0 ? 0 : Math.getExponent(most) + 1 - BITS;
        out.writeByte(exponent);
        double unit = Math.scalb(1.0, exponent);
        long before = 0;
        for (int i = 0; i < MINUTES; i++) {
            if (Float.isNaN(minutes.mean[i])) {
                number(out, 0);
                continue;
            }
            long mean = Math.round(minutes.mean[i] / unit);
            long more = mean - before;
            number(out, 1 + ((more << 1) ^ (more >> 63)));
            number(out, Math.max(0, Math.round(minutes.largest[i] / unit) - mean));
            before = mean;
        }
    }

    /** Fails with IllegalArgumentException where the text is not one of these. */
    static HourData of(String text) {
        try (var in = new DataInputStream(new InflaterInputStream(
                new ByteArrayInputStream(Base64.getDecoder().decode(text))))) {
            int form = in.readByte();
            int count = in.readShort();
            if (form != FORM || count < 0 || count > MOST_SERIES) {
                throw new IllegalArgumentException("an hour of metrics in form " + form + " with " + count + " series");
            }
            var series = new LinkedHashMap<String, Minutes>();
            for (int i = 0; i < count; i++) {
                series.put(in.readUTF(), read(in));
            }
            return new HourData(series);
        } catch (IOException cause) {
            throw new IllegalArgumentException("an hour of metrics cannot be read", cause);
        }
    }

    private static Minutes read(DataInputStream in) throws IOException {
        double unit = Math.scalb(1.0, in.readByte());
        Minutes minutes = new Minutes();
        long before = 0;
        for (int i = 0; i < MINUTES; i++) {
            long token = number(in);
            if (token > 0) {
                long more = token - 1;
                before += (more >>> 1) ^ -(more & 1);
                minutes.mean[i] = (float) (before * unit);
                minutes.largest[i] = (float) ((before + number(in)) * unit);
            }
        }
        return minutes;
    }

    /** Seven bits a byte, the lowest first. */
    private static void number(DataOutputStream out, long value) throws IOException {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.writeByte((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    private static long number(DataInputStream in) throws IOException {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            int read = in.readByte();
            value |= (read & 0x7fL) << shift;
            if (read >= 0) {
                return value;
            }
        }
        throw new IOException("a number without an end");
    }
}
