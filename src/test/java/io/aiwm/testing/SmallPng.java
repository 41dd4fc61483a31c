package io.aiwm.testing;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** Writes pictures of the page as PNG with 256 colours: the page has few, and text between them looks the same. */
public final class SmallPng {
    private static final int MOST_COLOURS = 256;
    private static final int BITS = 8;
    private static final int RGB = 0xFFFFFF;

    private SmallPng() {}

    /** Replaces a PNG by a smaller one. */
    public static void shrink(Path file) {
        try {
            BufferedImage full = ImageIO.read(file.toFile());
            ImageIO.write(indexed(full), "png", file.toFile());
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    private static BufferedImage indexed(BufferedImage full) {
        int[] palette = palette(full);
        var colours = new IndexColorModel(BITS, palette.length, palette, 0, false, -1, DataBuffer.TYPE_BYTE);
        var small = new BufferedImage(full.getWidth(), full.getHeight(), BufferedImage.TYPE_BYTE_INDEXED, colours);
        Map<Integer, Integer> known = new HashMap<>();
        for (int y = 0; y < full.getHeight(); y++) {
            for (int x = 0; x < full.getWidth(); x++) {
                int index = known.computeIfAbsent(full.getRGB(x, y) & RGB, colour -> nearest(palette, colour));
                small.getRaster().setSample(x, y, 0, index);
            }
        }
        return small;
    }

    /** The most common colours; of those that differ by less than an eye sees, one. */
    private static int[] palette(BufferedImage full) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int y = 0; y < full.getHeight(); y++) {
            for (int x = 0; x < full.getWidth(); x++) {
                counts.merge(full.getRGB(x, y) & RGB, 1, Integer::sum);
            }
        }
        List<Integer> common = counts.entrySet().stream()
                .sorted(Map.Entry.<Integer, Integer>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .toList();
        var palette = new ArrayList<Integer>();
        for (int limit = 48; palette.size() < MOST_COLOURS && limit >= 0; limit -= 24) {
            for (int colour : common) {
                int least = limit;
                if (palette.size() < MOST_COLOURS
                        && palette.stream().noneMatch(one -> distance(one, colour) <= least)) {
                    palette.add(colour);
                }
            }
        }
        return palette.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int nearest(int[] palette, int colour) {
        int best = 0;
        for (int i = 1; i < palette.length; i++) {
            if (distance(palette[i], colour) < distance(palette[best], colour)) {
                best = i;
            }
        }
        return best;
    }

    private static int distance(int a, int b) {
        int red = (a >> 16 & 0xFF) - (b >> 16 & 0xFF);
        int green = (a >> 8 & 0xFF) - (b >> 8 & 0xFF);
        int blue = (a & 0xFF) - (b & 0xFF);
        return red * red + green * green + blue * blue;
    }
}
