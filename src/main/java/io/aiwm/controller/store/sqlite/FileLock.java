package io.aiwm.controller.store.sqlite;

import io.aiwm.common.Failure;
import io.aiwm.common.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Ensures that one process uses a data file. The lock is on a separate file beside it (closing any other handle of a locked file would
 * release the lock) and ends with the process.
 */
final class FileLock implements AutoCloseable {
    private final FileChannel channel;

    private FileLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Fails with CONFLICT when another process has it. */
    static FileLock of(Path file) throws IOException {
        FileChannel channel = PrivateFiles.open(
                file.resolveSibling(file.getFileName() + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = channel.tryLock() != null;
        } catch (OverlappingFileLockException ours) {
            locked = false;
        }
        if (!locked) {
            channel.close();
            throw new Failure(
                    Failure.Kind.CONFLICT,
                    "another controller is using " + file
                            + ": stop it, give this one a data directory of its own, or use MongoDB for several controllers");
        }
        return new FileLock(channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
