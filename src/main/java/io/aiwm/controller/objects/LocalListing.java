package io.aiwm.controller.objects;

import io.aiwm.controller.objects.ObjectStore.Listed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The objects below a folder in the order of their keys, from one key on. A folder counts as its name and a slash, which puts
 * {@code a-b} before {@code a/b} as S3 does. Only folders that can hold what is wanted are read. Blocks.
 */
final class LocalListing {
    private final String prefix;
    private final String after;
    private final int limit;
    private final List<Listed> found = new ArrayList<>();

    private LocalListing(String prefix, String after, int limit) {
        this.prefix = prefix;
        this.after = after;
        this.limit = limit;
    }

    static ObjectStore.Page list(Path folder, String prefix, String after, int limit) throws IOException {
        var listing = new LocalListing(prefix, after == null ? "" : after, limit + 1);
        listing.read(folder, "");
        List<Listed> found = listing.found;
        return found.size() <= limit
                ? new ObjectStore.Page(found, null)
                : new ObjectStore.Page(
                        List.copyOf(found.subList(0, limit)),
                        found.get(limit - 1).key());
    }

    private void read(Path folder, String above) throws IOException {
        for (String name : names(folder)) {
            if (found.size() == limit) {
                return;
            }
            String key = above + name;
            boolean within = key.startsWith(prefix) || prefix.startsWith(key);
            if (name.endsWith("/")) {
                if (within && (key.compareTo(after) > 0 || after.startsWith(key))) {
                    read(folder.resolve(name), key);
                }
            } else if (key.startsWith(prefix) && key.compareTo(after) > 0) {
                add(folder.resolve(name), key);
            }
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .map(file -> file.getFileName() + (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) ? "/" : ""))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException goneMeanwhile) {
            return List.of();
        }
    }

    private void add(Path file, String key) throws IOException {
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            found.add(new Listed(
                    key, attributes.size(), attributes.lastModifiedTime().toInstant()));
        } catch (NoSuchFileException goneMeanwhile) {
            return;
        }
    }
}
