package io.aiwm.controller.objects;

import io.aiwm.common.Ids;
import io.aiwm.common.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are on the disk when they are said to be. Everything here blocks. */
final class DurableFiles {
    private DurableFiles() {}

    /** The bytes of a file that was written. */
    static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** The name of a file is on the disk only when its folder is. */
    static void flush(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Puts a file whose bytes are on the disk in the place of what is there, at once. */
    static void move(Path fresh, Path place) throws IOException {
        PrivateFiles.folders(place.getParent());
        try {
            Files.move(fresh, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (FileSystemException otherDisk) {
            // not on the same file system: copied beside it first
            Path beside = place.resolveSibling("." + place.getFileName() + "." + Ids.uuid7());
            try {
                Files.copy(fresh, beside);
                force(beside);
                Files.move(beside, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside); // left only by a copy that failed
            }
            Files.delete(fresh);
        }
        flush(place.getParent());
    }
}
