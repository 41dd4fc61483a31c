package io.aiwm.controller.store.sqlite;

import io.aiwm.common.Failure;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.RateLimitedLog;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the data file when there is none, and distinguishes a lost file from one that never existed. The file is created under
 * another name and renamed, so an empty file in its place always means damage.
 */
final class SqliteCreation {
    private static final Logger log = LoggerFactory.getLogger(SqliteCreation.class);

    private SqliteCreation() {}

    /**
     * Called with the file's lock held. Fails with UNAVAILABLE and a remedy when the file is empty or missing although there were records.
     *
     * @param acceptEmpty the operator accepts the loss of the records
     */
    static void ensure(Path file, boolean acceptEmpty, RateLimitedLog failures) throws IOException, SQLException {
        if (size(file) > 0) {
            return;
        }
        String lost = lost(file);
        if (lost != null && !acceptEmpty) {
            throw new Failure(
                    Failure.Kind.UNAVAILABLE,
                    file + " " + lost + ", so all records are lost: restore it from a backup, together with its -wal"
                            + " file, or start once with --accept-empty to begin without any record");
        }
        if (lost != null) {
            setAside(file);
        }
        make(file, failures);
    }

    /** Returns the damage in words; null where nothing was ever stored. */
    private static String lost(Path file) {
        if (Files.exists(file)) {
            return "is empty";
        }
        if (size(sibling(file, "-wal")) > 0) {
            return "is gone and its -wal file is not";
        }
        // made right after the store was opened for the first time
        Path objects = file.resolveSibling("objects");
        return Files.exists(objects.resolve(".place")) || Files.exists(objects.resolve(".unfinished"))
                ? "is gone and " + objects + " is not"
                : null;
    }

    /** Keeps the old log for recovery: SQLite would delete a log without its file. */
    private static void setAside(Path file) throws IOException {
        String suffix = ".set-aside-" + System.currentTimeMillis();
        for (String part : List.of("", "-wal", "-shm")) {
            Path there = sibling(file, part);
            if (Files.exists(there)) {
                Files.move(there, sibling(there, suffix));
            }
        }
        log.warn("{} is made anew without any record; what was left of it is kept as *{}", file, suffix);
    }

    private static void make(Path file, RateLimitedLog failures) throws IOException, SQLException {
        Path fresh = sibling(file, ".new");
        Files.deleteIfExists(fresh);
        // it holds tokens' hashes and users' jobs; its log and index files inherit its mode
        PrivateFiles.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
                .close();
        try (SqliteSession session = SqliteSession.making(fresh, failures)) {
            session.execute(SqliteSchema.META);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    private static Path sibling(Path file, String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException notThere) {
            return 0;
        }
    }
}
