package io.aiwm.common;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Folders with all that is in them. Methods block. */
public final class FileTrees {
    private FileTrees() {}

    /**
     * Deletes a folder and all that is in it. Links are deleted and never followed. A folder whose owner took the rights from
     * himself gets them back first. Does nothing where there is no such folder.
     */
    public static void delete(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(folder);
            return;
        }
        giveRights(folder);
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path before, BasicFileAttributes attributes) {
                giveRights(before); // may be listed, but perhaps not changed
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            /** Called for a folder that cannot be listed, too. */
            @Override
            public FileVisitResult visitFileFailed(Path file, IOException cause) throws IOException {
                if (file.equals(folder)) {
                    throw cause;
                }
                delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path done, IOException cause) throws IOException {
                Files.deleteIfExists(done);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void giveRights(Path folder) {
        folder.toFile().setReadable(true);
        folder.toFile().setWritable(true);
        folder.toFile().setExecutable(true);
    }
}
